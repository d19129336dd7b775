// SPDX-License-Identifier: MIT
#include "store.hpp"

#include "core/password.hpp"
#include "core/secret.hpp"
#include "host_log.hpp"
#include "wire/auth_protocol.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include <strings.h>

namespace extmail::sasl {
namespace {

using wire::auth::Status;
using wire::auth::Verb;

bool has_value(const propval& property) {
  return property.values != nullptr && property.values[0] != nullptr;
}

bool is_password(const propval& property) {
  return ::strcasecmp(property.name, SASL_AUX_PASSWORD_PROP) == 0;
}

int refuse(const sasl_utils_t& utils, const std::string& account, const std::string& reason, int result) {
  log_to_host(utils, SASL_LOG_ERR, "can't set the password of " + account + ": " + reason);
  return result;
}

int set_password(const Ask& ask, const sasl_server_params_t& params, const propval& property,
                 std::string_view identity) {
  auto request = question_about(params, Verb::ChangePassword, identity);
  const sasl_utils_t& utils = *params.utils;
  const std::string account = printable(request.user);
  // libsasl2 deletes a user by taking away his password.
  if (!has_value(property)) return refuse(utils, account, "accounts are not deleted here", SASL_NOAUTHZ);
  const std::string_view password(property.values[0], property.valsize);
  if (property.nvalues != 1 || password.empty() || password.size() > kMaxPasswordBytes) {
    return refuse(utils, account, "it has to be one of 1 to " + std::to_string(kMaxPasswordBytes) + " bytes",
                  SASL_NOAUTHZ);
  }
  request.new_password = Secret(password);

  const auto answer = ask(std::move(request));
  if (!answer.is_found()) return refuse(utils, account, printable(answer.reason()), SASL_UNAVAIL);
  const auto& reply = answer.value();
  switch (reply.status) {
    case Status::Ok:
      return SASL_OK;
    case Status::Unknown:
      return SASL_NOUSER;
    case Status::Denied:
      return refuse(utils, account, printable(reply.reason), SASL_NOAUTHZ);
    case Status::Permanent:
      return refuse(utils, account, printable(reply.reason), SASL_FAIL);
    case Status::Mismatch:
    case Status::Temporary:
      break;
  }
  return refuse(utils, account, printable(reply.reason), SASL_UNAVAIL);
}

}  // namespace

int store(const Ask& ask, const sasl_server_params_t& params, propctx& properties,
          std::string_view identity) {
  const propval* const first = params.utils->prop_get(&properties);
  if (first == nullptr) return SASL_BADPARAM;
  int result = SASL_OK;
  for (const propval* property = first; property->name != nullptr; ++property) {
    // Those with a star are for lookups; SASL_AUX_ALL is one that stands for all others.
    if (property->name[0] == '*') continue;
    if (is_password(*property)) return set_password(ask, params, *property, identity);
    if (has_value(*property)) result = SASL_CONSTRAINT_VIOLAT;
  }
  return result;
}

}  // namespace extmail::sasl
