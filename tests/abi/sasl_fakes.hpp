// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "wire/auth_protocol.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace extmail::tests {

/// A unix socket server on a thread of its own, which answers each frame with what a function makes of it.
///
/// Threads: members may be called from any thread; respond runs on the server's own.
class FakeServer {
 public:
  struct Response {
    std::string bytes;
    bool close = false;  ///< after the bytes
  };
  using Split = Frame (*)(std::string_view input);
  using Respond = std::function<Response(std::string_view payload)>;

  FakeServer(std::string path, Split split, Respond respond);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  /// How many clients connected so far.
  [[nodiscard]] std::size_t connections() const;

  /// Closes every connection, as an idle time-out or a restart does, and returns when it is done.
  void drop_connections();

 private:
  struct Client {
    int fd;
    std::string input;
  };

  void run();
  bool serve(Client& client);
  void close_all();
  void wake() const;

  const std::string path_;
  const Split split_;
  const Respond respond_;
  int listener_ = -1;
  int wakeup_ = -1;
  std::list<Client> clients_;  // the server thread's own

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable dropped_;
  std::size_t connections_ = 0;
  bool drop_ = false;
  bool stop_ = false;

  std::thread thread_;
};

/// extmail-authd as the plugin sees it. How it treats a user is decided by the local part, at any domain:
/// see the table in sasl_fakes.cpp.
class FakeAuthd {
 public:
  static constexpr std::string_view kPassword = "Sek.ret1";

  explicit FakeAuthd(const std::string& path);

  struct Question {
    wire::auth::Verb verb;
    std::string host;
    std::string user;
    std::string service;
    std::string remote;
    bool verifies_next;
    std::string password;      ///< the old one, of a change
    std::string new_password;  ///< of a change
  };

  /// Requests for credentials and changes of passwords so far; host is what the last greeting named.
  [[nodiscard]] std::vector<Question> questions() const;
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }
  void drop_connections() { server_.drop_connections(); }

 private:
  FakeServer::Response respond(std::string_view payload);

  mutable std::mutex mutex_;
  std::string host_;
  std::vector<Question> questions_;
  FakeServer server_;  // last: its thread uses the members above
};

/// A server of the saslauthd protocol. It knows hash and elsewhere, at any domain, with FakeAuthd::kPassword,
/// and has trouble with temporary.
class FakeSaslauthd {
 public:
  explicit FakeSaslauthd(const std::string& path);

  [[nodiscard]] std::size_t connections() const { return server_.connections(); }

 private:
  FakeServer server_;
};

}  // namespace extmail::tests
