// SPDX-License-Identifier: MIT
//
// The passdb: is this the user's password, and may they log in? extmail-authd has the hashes and the rules;
// this only says its answer in Dovecot's words.

#include "databases.hpp"
#include "dovecot.hpp"
#include "guard.hpp"
#include "host_request.hpp"
#include "module.hpp"

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

using Passdb = Module<passdb_module>;

/// Holds a reference to Dovecot's request until it has been told, so that a client which leaves does no harm.
class PasswordLookup final : public Lookup {
 public:
  PasswordLookup(auth_request* request, verify_plain_callback_t* callback)
      : request_(request), callback_(callback) {
    auth_request_ref(request_);
  }
  PasswordLookup(const PasswordLookup&) = delete;
  PasswordLookup& operator=(const PasswordLookup&) = delete;
  ~PasswordLookup() override { auth_request_unref(&request_); }

  void finish(const auth::Reply& reply) override { callback_(result_of(reply), request_); }

 private:
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
    log_failure(*request_, printable_reason(reply));
    return PASSDB_RESULT_INTERNAL_FAILURE;
  }

  passdb_result accept(const auth::Reply& reply) {
    if (!reply.user || reply.user->user.empty()) {
      log_failure(*request_,
                  "extmail-authd accepted the password but named no user; is it of the same release?");
      return PASSDB_RESULT_INTERNAL_FAILURE;
    }
    // From here on Dovecot knows the user by the stored name, whatever case they typed.
    if (reply.user->user != request_->fields.user) {
      auth_request_set_field(request_, "user", reply.user->user.c_str(), nullptr);
    }
    return PASSDB_RESULT_OK;
  }

  passdb_result deny(const std::string& reason) {
    e_info(authdb_event(request_), "Login refused: %s", reason.c_str());
    auth_request_set_field(request_, "reason", reason.c_str(), nullptr);
    return PASSDB_RESULT_USER_DISABLED;
  }

  auth_request* request_;
  verify_plain_callback_t* callback_;
};

passdb_module* preinit(pool_t pool, const char* args) {
  return guarded([&] { return Passdb::create(pool, "passdb", args); });
}

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

}  // namespace

passdb_module_interface passdb_interface = {
    .name = "extmail",
    .preinit = preinit,
    .init = nullptr,
    .deinit = deinit,
    .verify_plain = verify_plain,
    .lookup_credentials = nullptr,
    .set_credentials = nullptr,
};

}  // namespace extmail::dovecot
