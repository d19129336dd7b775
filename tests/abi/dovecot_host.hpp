// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace extmail::tests {

/// How a lookup ended, by the names of Dovecot's result enums without their prefix.
struct HostAnswer {
  int times = 0;  ///< how often the plugin called back
  std::string result;
  std::map<std::string, std::string> fields;  ///< set with auth_request_set_field() or _set_userdb_field()
  std::string password;                       ///< `{SCHEME}text`, as given to passdb_handle_credentials()
};

/// A list of users, taken the way an auth-worker does.
struct HostList {
  std::vector<std::string> names;
  bool ended = false;
  bool failed = false;
};

/// Dovecot's auth process as the plugin sees it: the real libdovecot with its event loop, and stand-ins for
/// the functions of the auth program. Loads the built plugin like Dovecot, and unloads it at its end.
///
/// Threads: one host at a time, on one thread.
class DovecotHost {
 public:
  explicit DovecotHost(const std::string& plugin_path);
  DovecotHost(const DovecotHost&) = delete;
  DovecotHost& operator=(const DovecotHost&) = delete;
  ~DovecotHost();

  /// Configures a passdb and a userdb.
  void open(const std::string& socket_path, int timeout_seconds);
  /// Ends them in Dovecot's order, the passdb first.
  void close_passdb();
  void close_userdb();

  std::shared_ptr<const HostAnswer> verify(const std::string& user, const std::string& password);
  /// After a passdb with result_success = continue has verified the password.
  std::shared_ptr<const HostAnswer> verify_again(const std::string& user, const std::string& password);
  /// For a mechanism that wants the password in this scheme; for "" any answer will do.
  std::shared_ptr<const HostAnswer> credentials(const std::string& user, const std::string& scheme);
  /// After a passdb with result_success = continue has given them.
  std::shared_ptr<const HostAnswer> credentials_again(const std::string& user, const std::string& scheme);
  std::shared_ptr<const HostAnswer> lookup(const std::string& user);
  /// What the next answer's callback does first: Dovecot may start a lookup from there.
  void on_next_answer(std::function<void()> action);

  /// Takes a list of users, with a full output buffer after each `chunk` names. One list at a time.
  std::shared_ptr<const HostList> list(std::size_t chunk);
  /// The output buffer is empty again, as often as the loop may say so.
  void resume_list();
  /// The client has gone.
  void end_list();

  /// Turns the event loop until done() or five seconds later, and tells which. between() runs between turns.
  bool run(const std::function<bool()>& done, const std::function<void()>& between);

  /// References to requests that the plugin still holds.
  [[nodiscard]] int references() const;
  [[nodiscard]] std::vector<std::string> log() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace extmail::tests
