// SPDX-License-Identifier: MIT
//
// The passdb: is this the user's password, may they log in, and what is stored of their password?
// extmail-authd has the hashes and the rules; this only says its answer in Dovecot's words.

#include "databases.hpp"
#include "dovecot.hpp"
#include "guard.hpp"
#include "host_request.hpp"
#include "module.hpp"
#include "preinit.hpp"

#include <optional>
#include <string_view>

#include <strings.h>

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

using Passdb = Module<passdb_module>;

constexpr char kKind[] = "passdb";

/// Holds a reference to Dovecot's request until it has been told, so that a client which leaves does no harm.
class PassdbLookup : public Lookup {
 public:
  explicit PassdbLookup(auth_request* request) : request_(request) { auth_request_ref(request_); }
  PassdbLookup(const PassdbLookup&) = delete;
  PassdbLookup& operator=(const PassdbLookup&) = delete;
  ~PassdbLookup() override { auth_request_unref(&request_); }

  [[nodiscard]] const auth_request* request() const override { return request_; }

 protected:
  /// Logs what there is to log, and puts the fields of an accepted user into Dovecot's reply.
  passdb_result result_of(const auth::Reply& reply) {
    switch (reply.status) {
      case auth::Status::Ok:
        return accept(reply);
      case auth::Status::Unknown:
        log_unknown_user(request_);
        return PASSDB_RESULT_USER_UNKNOWN;
      case auth::Status::Mismatch:
        log_password_mismatch(request_);
        return PASSDB_RESULT_PASSWORD_MISMATCH;
      case auth::Status::Denied:
        return deny(printable_reason(reply));
      case auth::Status::Temporary:
      case auth::Status::Permanent:
        break;
    }
    return fail(printable_reason(reply));
  }

  void log_denied(const std::string& reason) {
    e_info(authdb_event(request_), "Login refused: %s", reason.c_str());
  }

  auth_request* request_;

 private:
  passdb_result accept(const auth::Reply& reply) {
    if (!reply.user || reply.user->user.empty()) {
      return fail("extmail-authd accepted the password but named no user; is it of the same release?");
    }
    const auto fields = login_fields(*reply.user, kFieldNames);
    if (!fields.is_found()) return fail(fields.reason());
    // From here on Dovecot knows the user by the stored name, whatever case they typed.
    if (reply.user->user != request_->fields.user) {
      auth_request_set_field(request_, "user", reply.user->user.c_str(), nullptr);
    }
    return set_passdb_fields(request_, fields.value()) ? PASSDB_RESULT_OK : PASSDB_RESULT_INTERNAL_FAILURE;
  }

  passdb_result deny(const std::string& reason) {
    log_denied(reason);
    auth_request_set_field(request_, "reason", reason.c_str(), nullptr);
    return PASSDB_RESULT_USER_DISABLED;
  }

  passdb_result fail(const std::string& reason) {
    log_failure(*request_, reason);
    return PASSDB_RESULT_INTERNAL_FAILURE;
  }
};

/// For mechanisms that send the password.
class PasswordLookup final : public PassdbLookup {
 public:
  PasswordLookup(auth_request* request, verify_plain_callback_t* callback)
      : PassdbLookup(request), callback_(callback) {}

  void finish(const auth::Reply& reply) override { callback_(result_of(reply), request_); }

 private:
  verify_plain_callback_t* callback_;
};

/// For mechanisms that prove the password, and for lookups without one.
class CredentialsLookup final : public PassdbLookup {
 public:
  CredentialsLookup(auth_request* request, lookup_credentials_callback_t* callback)
      : PassdbLookup(request), callback_(callback) {}

  void finish(const auth::Reply& reply) override {
    const passdb_result result = is_for_a_stranger(reply) ? hide_denied(reply) : result_of(reply);
    std::optional<Password> password;
    if (result == PASSDB_RESULT_OK && needs_password(*request_)) {
      password = choose(reply, wanted_scheme_of(*request_));
      if (!password) explain(wanted_scheme_of(*request_));
    }
    // Makes what the mechanism needs out of a clear password, takes a stored one if it is what the mechanism
    // needs, and knows what it means when there is none.
    passdb_handle_credentials(result, password ? password->text : nullptr,
                              password ? password->scheme.c_str() : nullptr, callback_, request_);
  }

  /// False for a lookup without a login (LMTP, doveadm, a proxy), and where an earlier passdb took care of
  /// the password.
  static bool needs_password(const auth_request& request) {
    return !wanted_scheme_of(request).empty() && !is_password_verified(request) &&
           request.fields.delayed_credentials == nullptr;
  }

 private:
  /// Whether it tells of a closed account to somebody who has not proven a password yet. Who sends a wrong one by PLAIN does
  /// not learn either that the account is there, and why it is closed.
  [[nodiscard]] bool is_for_a_stranger(const auth::Reply& reply) const {
    return reply.status == auth::Status::Denied && needs_password(*request_);
  }

  passdb_result hide_denied(const auth::Reply& reply) {
    log_denied(printable_reason(reply));
    return PASSDB_RESULT_USER_UNKNOWN;
  }

  struct Password {
    const char* text;  // the reply's
    std::string scheme;
  };

  /// What is stored in the very form is taken before the clear password, which costs Dovecot a key derivation
  /// for SCRAM at each login.
  static std::optional<Password> choose(const auth::Reply& reply, std::string_view wanted) {
    auto stored = reply.stored_password ? take_apart(*reply.stored_password) : std::nullopt;
    if (stored && stored->scheme.size() == wanted.size() &&
        strncasecmp(stored->scheme.data(), wanted.data(), wanted.size()) == 0) {
      return stored;
    }
    if (reply.clear_password) return Password{reply.clear_password->c_str(), "PLAIN"};
    return std::nullopt;
  }

  /// `{SCHEME}text`.
  static std::optional<Password> take_apart(const Secret& stored) {
    const std::string_view text = stored.view();
    const std::size_t close = text.find('}');
    if (!text.starts_with('{') || close == std::string_view::npos) return std::nullopt;
    return Password{stored.c_str() + close + 1, std::string(text.substr(1, close - 1))};
  }

  void explain(std::string_view wanted) {
    const std::string scheme(wanted);
    e_warning(authdb_event(request_),
              "No login by %s: neither the clear password of this user is stored, nor {%s}. They can log in "
              "by PLAIN or LOGIN over TLS, or have their password stored so; see libauthdb_extmail(7)",
              request_->fields.mech_name == nullptr ? scheme.c_str() : request_->fields.mech_name,
              scheme.c_str());
  }

  lookup_credentials_callback_t* callback_;
};

void deinit(passdb_module* module) {
  guarded([&] { Passdb::of(module).close(); });
}

void verify_plain(auth_request* request, const char* password, verify_plain_callback_t* callback) {
  guarded([&] {
    // With the password verified already it may be a master user's, and only the user is in question.
    const bool verified = is_password_verified(*request);
    auth::Request question = question_about(*request, verified ? auth::Verb::User : auth::Verb::Verify);
    if (!verified) question.password = Secret(password);
    Passdb::of(request->passdb->passdb)
        .ask(std::move(question), std::make_unique<PasswordLookup>(request, callback));
  });
}

void lookup_credentials(auth_request* request, lookup_credentials_callback_t* callback) {
  guarded([&] {
    const bool needed = CredentialsLookup::needs_password(*request);
    auth::Request question = question_about(*request, needed ? auth::Verb::Credentials : auth::Verb::User);
    if (needed) question.scheme = wanted_scheme_of(*request);
    Passdb::of(request->passdb->passdb)
        .ask(std::move(question), std::make_unique<CredentialsLookup>(request, callback));
  });
}

}  // namespace

passdb_module_interface passdb_interface = {
    .name = "extmail",
    .preinit = preinit<passdb_module, kKind>,
    .init = nullptr,
    .deinit = deinit,
    .verify_plain = verify_plain,
    .lookup_credentials = lookup_credentials,
    .set_credentials = nullptr,
};

}  // namespace extmail::dovecot
