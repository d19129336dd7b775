// SPDX-License-Identifier: MIT
#include "lookup.hpp"

#include "core/address.hpp"
#include "core/outcome.hpp"
#include "host_log.hpp"
#include "options.hpp"
#include "verifiers.hpp"
#include "wire/auth_protocol.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <strings.h>

namespace extmail::sasl {
namespace {

using wire::auth::Reply;
using wire::auth::Status;

/// The request for a property of the identity that this pass is about, if there is one. In the pass for the
/// authentication id its name starts with a `*`, in the one for the authorisation id it does not.
const propval* find_request(const sasl_server_params_t& params, unsigned flags, const char* name) {
  const bool is_authorisation = (flags & SASL_AUXPROP_AUTHZID) != 0;
  const propval* property = params.utils->prop_get(params.propctx);
  for (; property != nullptr && property->name != nullptr; ++property) {
    const bool has_star = property->name[0] == '*';
    if (has_star == is_authorisation) continue;
    if (::strcasecmp(property->name + (has_star ? 1 : 0), name) == 0) return property;
  }
  return nullptr;
}

/// The mechanism that is under way; empty for a plain check of user and password.
std::string_view mechanism(const sasl_utils_t& utils) {
  const void* name = nullptr;
  if (utils.getprop(utils.conn, SASL_MECHNAME, &name) != SASL_OK || name == nullptr) return {};
  return static_cast<const char*>(name);
}

/// Whether the password itself comes over the wire.
bool receives_password(std::string_view mechanism) {
  return mechanism.empty() || mechanism == "PLAIN" || mechanism == "LOGIN";
}

/// The ways to check a password, in lower case, in the order in which libsasl2 tries them.
std::vector<std::string> password_checks(const sasl_utils_t& utils) {
  const std::string methods = fold_case(find_option(utils, "pwcheck_method").value_or("auxprop"));
  constexpr const char* kSpace = " \t";
  std::vector<std::string> checks;
  for (std::size_t start = methods.find_first_not_of(kSpace); start != std::string::npos;) {
    const std::size_t end = methods.find_first_of(kSpace, start);
    checks.push_back(methods.substr(start, end - start));
    start = methods.find_first_not_of(kSpace, end);
  }
  return checks;
}

bool has_other_password_check(const sasl_utils_t& utils) {
  const auto checks = password_checks(utils);
  return std::any_of(checks.begin(), checks.end(), [](const auto& check) { return check != "auxprop"; });
}

/// Whether the password goes to saslauthd where libsasl2 can't compare it. What it compares itself extmail-authd does not hear
/// of, so this is told to it.
bool goes_on_to_saslauthd(const sasl_utils_t& utils) {
  if (!receives_password(mechanism(utils))) return false;
  const auto checks = password_checks(utils);
  const auto own = std::find(checks.begin(), checks.end(), "auxprop");
  return std::find(own, checks.end(), "saslauthd") != checks.end();
}

/// A hash is no trouble where the password itself comes over the wire and somebody else goes on to check it.
void log_missing_password(const sasl_utils_t& utils, const std::string& account,
                          const std::optional<Verifier>& verifier) {
  const std::string_view name = mechanism(utils);
  if (!receives_password(name)) {
    log_to_host(utils, SASL_LOG_FAIL,
                account + " stores no clear password, and " + std::string(name) + " can't work with " +
                    (verifier ? "what is stored for " + std::string(verifier->mechanism) : "a hash"));
  } else if (!has_other_password_check(utils)) {
    log_to_host(utils, SASL_LOG_FAIL,
                account + " stores no clear password: pwcheck_method needs saslauthd too");
  }
}

/// libsasl treats passwords as C strings: an empty one would match an empty guess, and one with a NUL byte
/// would match what stands before it.
bool is_usable(std::string_view password) {
  return !password.empty() && password.find('\0') == std::string_view::npos;
}

int set(const sasl_server_params_t& params, const char* property, std::string_view value) {
  return params.utils->prop_set(params.propctx, property, value.data(), static_cast<int>(value.size()));
}

/// Where the mechanism under way is the one that the verifier is for: libsasl would not say why it can't use another's.
int hand_over_verifier(const sasl_server_params_t& params, unsigned flags, const Reply& reply,
                       const std::string& account) {
  const auto verifier = reply.stored_password ? verifier_of(reply.stored_password->view()) : std::nullopt;
  if (verifier && mechanism(*params.utils).starts_with(verifier->mechanism)) {
    const propval* const wanted = find_request(params, flags, verifier->property);
    if (wanted != nullptr && wanted->values != nullptr) return SASL_OK;  // another plugin's
    if (wanted != nullptr) return set(params, wanted->name, verifier->value.view());
  }
  log_missing_password(*params.utils, account, verifier);
  return SASL_OK;
}

int hand_over(const sasl_server_params_t& params, unsigned flags, const char* property, const Reply& reply,
              const std::string& account) {
  const sasl_utils_t& utils = *params.utils;
  if (!reply.clear_password) return hand_over_verifier(params, flags, reply, account);
  const std::string_view password = reply.clear_password->view();
  if (!is_usable(password)) {
    log_to_host(utils, SASL_LOG_FAIL,
                account + " stores a clear password that is empty or has a NUL byte in it");
    return SASL_OK;
  }
  return set(params, property, password);
}

int unavailable(const sasl_utils_t& utils, const std::string& account, const std::string& reason) {
  log_to_host(utils, SASL_LOG_ERR, "can't look up " + account + ": " + printable(reason));
  return SASL_UNAVAIL;
}

int ask_for_password(const Ask& ask, const sasl_server_params_t& params, unsigned flags, const char* property,
                     std::string_view identity) {
  auto request = question_about(params, wire::auth::Verb::Credentials, identity);
  request.scheme = mechanism(*params.utils);
  if (request.scheme.empty()) request.scheme = "PLAIN";
  // A program that asks for the password of whom one acts as wants it itself.
  request.verifies_next = (flags & SASL_AUXPROP_AUTHZID) == 0 && goes_on_to_saslauthd(*params.utils);

  const std::string account = printable(request.user);
  const auto answer = ask(std::move(request));
  if (!answer.is_found()) return unavailable(*params.utils, account, answer.reason());

  const Reply& reply = answer.value();
  switch (reply.status) {
    case Status::Ok:
      return hand_over(params, flags, property, reply, account);
    case Status::Unknown:
      return SASL_NOUSER;
    case Status::Denied:
      // Not SASL_DISABLED: Postfix shows its text to a stranger who has not proven a password yet.
      log_to_host(*params.utils, SASL_LOG_FAIL, account + " may not log in: " + printable(reply.reason));
      return SASL_NOUSER;
    case Status::Mismatch:
    case Status::Temporary:
    case Status::Permanent:
      break;
  }
  return unavailable(*params.utils, account, reply.reason);
}

}  // namespace

int look_up(const Ask& ask, sasl_server_params_t& params, unsigned flags, std::string_view identity) {
  const propval* const wanted = find_request(params, flags, SASL_AUX_PASSWORD_PROP);
  // Mechanisms also call before they know what they want; an answer to nothing needs no question.
  if (wanted == nullptr) return SASL_OK;

  if (wanted->values != nullptr) {
    // With VERIFY_AGAINST_HASH the value is what the person typed, waiting to be compared with itself.
    if ((flags & (SASL_AUXPROP_OVERRIDE | SASL_AUXPROP_VERIFY_AGAINST_HASH)) == 0) return SASL_OK;
    params.utils->prop_erase(params.propctx, wanted->name);
  }
  const int result = ask_for_password(ask, params, flags, wanted->name, identity);
  return result == SASL_NOUSER && (flags & SASL_AUXPROP_AUTHZID) != 0 ? SASL_OK : result;
}

}  // namespace extmail::sasl
