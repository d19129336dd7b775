// SPDX-License-Identifier: MIT
#pragma once

#include "dovecot.hpp"
#include "module.hpp"

#include <string>
#include <vector>

namespace extmail::dovecot {

/// A list of all users on its way from extmail-authd to Dovecot, which takes one name at a time (`doveadm
/// user '*'`). A page of names is held at a time, and the next is asked for when Dovecot has taken the last
/// name.
///
/// Dovecot runs it in an auth-worker process, whose connection is not the one that logins wait for.
///
/// Errors: a page that does not come is logged and ends the list as failed, so that a short list is never
/// taken for a whole one.
/// Ownership: Dovecot's, by userdb_iterate_context, from iterate_init() to iterate_deinit().
class Iteration final : public userdb_iterate_context {
 public:
  Iteration(Module<userdb_module>& userdb, ::auth_request* request, userdb_iter_callback_t* call,
            void* for_whom);
  Iteration(const Iteration&) = delete;
  Iteration& operator=(const Iteration&) = delete;
  ~Iteration();

  /// Tells Dovecot the next name, or NULL at the end; at once, or when a page has come. A call while one is
  /// waited for changes nothing. Dovecot may call it, or end the iteration, before its callback returns.
  void next();

 private:
  class Page;

  void ask_for_page();
  void take_page(const wire::auth::Reply& reply);
  void end_as_failed(const std::string& reason);

  Module<userdb_module>& userdb_;
  Page* page_ = nullptr;  // what is waited for; owned by who will finish it
  std::vector<std::string> names_;
  std::size_t told_ = 0;  // of names_
  std::string last_;      // the name after which the next page begins
  bool has_more_ = true;
};

}  // namespace extmail::dovecot
