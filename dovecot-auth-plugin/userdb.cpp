// SPDX-License-Identifier: MIT
//
// The userdb: who is this user for the system, where is their mail, and which users are there?

#include "databases.hpp"
#include "dovecot.hpp"
#include "guard.hpp"
#include "host_request.hpp"
#include "iteration.hpp"
#include "module.hpp"
#include "preinit.hpp"

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

using Userdb = Module<userdb_module>;

constexpr char kKind[] = "userdb";

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
  [[nodiscard]] const auth_request* request() const override { return request_; }

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
    const auto fields = user_fields(*reply.user, kFieldNames);
    if (!fields.is_found()) return fail(fields.reason());
    if (reply.user->user != request_->fields.user) {
      auth_request_set_userdb_field(request_, "user", reply.user->user.c_str());
    }
    return set_userdb_fields(request_, fields.value()) ? USERDB_RESULT_OK : USERDB_RESULT_INTERNAL_FAILURE;
  }

  userdb_result fail(const std::string& reason) {
    log_failure(*request_, reason);
    return USERDB_RESULT_INTERNAL_FAILURE;
  }

  auth_request* request_;
  userdb_callback_t* callback_;
};

void deinit(userdb_module* module) {
  guarded([&] { Userdb::of(module).close(); });
}

void lookup(auth_request* request, userdb_callback_t* callback) {
  guarded([&] {
    Userdb::of(request->userdb->userdb)
        .ask(question_about(*request, auth::Verb::User), std::make_unique<UserLookup>(request, callback));
  });
}

userdb_iterate_context* iterate_init(auth_request* request, userdb_iter_callback_t* callback, void* context) {
  return guarded([&]() -> userdb_iterate_context* {
    return std::make_unique<Iteration>(Userdb::of(request->userdb->userdb), request, callback, context)
        .release();
  });
}

void iterate_next(userdb_iterate_context* context) {
  guarded([&] { static_cast<Iteration*>(context)->next(); });
}

int iterate_deinit(userdb_iterate_context* context) {
  return guarded([&] {
    const std::unique_ptr<const Iteration> iteration(static_cast<Iteration*>(context));
    return iteration->failed ? -1 : 0;
  });
}

}  // namespace

userdb_module_interface userdb_interface = {
    .name = "extmail",
    .preinit = preinit<userdb_module, kKind>,
    .init = nullptr,
    .deinit = deinit,
    .lookup = lookup,
    .iterate_init = iterate_init,
    .iterate_next = iterate_next,
    .iterate_deinit = iterate_deinit,
};

}  // namespace extmail::dovecot
