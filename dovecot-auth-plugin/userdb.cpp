// SPDX-License-Identifier: MIT
//
// The userdb: who is this user for the system, and where is their mail?

#include "databases.hpp"
#include "dovecot.hpp"
#include "guard.hpp"
#include "host_request.hpp"
#include "module.hpp"
#include "user_fields.hpp"

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

using Userdb = Module<userdb_module>;

/// Holds a reference to Dovecot's request until it has been told, so that a client which leaves does no harm.
class UserLookup final : public Lookup {
 public:
  UserLookup(auth_request* request, userdb_callback_t* callback) : request_(request), callback_(callback) {
    auth_request_ref(request_);
  }
  UserLookup(const UserLookup&) = delete;
  UserLookup& operator=(const UserLookup&) = delete;
  ~UserLookup() override { auth_request_unref(&request_); }

  void finish(const auth::Reply& reply) override { callback_(result_of(reply), request_); }

 private:
  userdb_result result_of(const auth::Reply& reply) {
    switch (reply.status) {
      case auth::Status::Ok:
        return accept(reply);
      case auth::Status::Unknown:
        log_unknown_user(request_);
        return USERDB_RESULT_USER_UNKNOWN;
      case auth::Status::Denied:
        // A userdb can say "no such user" or "try later", and an account that is closed won't open by trying
        // later: with the first, LMTP answers 550 5.1.1 and the sender learns it at once; with the second,
        // mail would sit in the queue for days and bounce then.
        e_info(authdb_event(request_), "Lookup refused: %s", printable_reason(reply).c_str());
        return USERDB_RESULT_USER_UNKNOWN;
      case auth::Status::Mismatch:
      case auth::Status::Temporary:
      case auth::Status::Permanent:
        break;
    }
    return fail(printable_reason(reply));
  }

  userdb_result accept(const auth::Reply& reply) {
    if (!reply.user || reply.user->user.empty()) {
      return fail("extmail-authd found the user but named none; is it of the same release?");
    }
    const auto fields = user_fields(*reply.user);
    if (!fields.is_found()) return fail(fields.reason());
    if (reply.user->user != request_->fields.user) {
      auth_request_set_userdb_field(request_, "user", reply.user->user.c_str());
    }
    for (const UserField& field : fields.value()) {
      auth_request_set_userdb_field(request_, field.name, field.value.c_str());
    }
    return USERDB_RESULT_OK;
  }

  userdb_result fail(const std::string& reason) {
    log_failure(*request_, reason);
    return USERDB_RESULT_INTERNAL_FAILURE;
  }

  auth_request* request_;
  userdb_callback_t* callback_;
};

userdb_module* preinit(pool_t pool, const char* args) {
  return guarded([&] { return Userdb::create(pool, "userdb", args); });
}

void deinit(userdb_module* module) {
  guarded([&] { Userdb::of(module).close(); });
}

void lookup(auth_request* request, userdb_callback_t* callback) {
  guarded([&] {
    Userdb::of(request->userdb->userdb)
        .ask(question_about(*request, auth::Verb::User), std::make_unique<UserLookup>(request, callback));
  });
}

}  // namespace

userdb_module_interface userdb_interface = {
    .name = "extmail",
    .preinit = preinit,
    .init = nullptr,
    .deinit = deinit,
    .lookup = lookup,
    .iterate_init = nullptr,
    .iterate_next = nullptr,
    .iterate_deinit = nullptr,
};

}  // namespace extmail::dovecot
