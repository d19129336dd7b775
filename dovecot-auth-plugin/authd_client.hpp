// SPDX-License-Identifier: MIT
#pragma once

#include "connection.hpp"
#include "core/secret.hpp"
#include "pending.hpp"
#include "wire/auth_protocol.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct auth_request;
struct event;
struct timeout;

namespace extmail::dovecot {

/// Who waits for an answer of extmail-authd.
class Lookup {
 public:
  virtual ~Lookup() = default;

  /// Called exactly once. If nobody answered, the reply is Status::Temporary or Permanent with the reason.
  virtual void finish(const wire::auth::Reply& reply) = 0;

  /// Dovecot's request that this is for, if it is for one.
  [[nodiscard]] virtual const ::auth_request* request() const { return nullptr; }
};

/// Asks extmail-authd on behalf of every passdb and userdb of this process that names the same socket.
///
/// One connection, opened by the first question and again by the first after it was lost. Questions don't
/// wait for one another. Those that a lost connection leaves unanswered are asked once more on a new one, so
/// that a restart of extmail-authd behind a listening socket fails no login; a second loss fails them, so
/// that a question which brings extmail-authd down is not asked for ever. While connecting leads to nothing
/// it is tried once in kRetryAfter, and what is asked in between fails at once.
///
/// Outcomes: those of the reply. No connection, no answer in time, or an answer that is none: Temporary.
/// Threads: Dovecot's event loop only. finish() may be called before ask() returns, and may ask again.
/// Limits: Pending::kMax questions at a time; more are Temporary.
class AuthdClient final : private Connection::Listener {
 public:
  /// The client for this socket; its users share it, and the last of them to leave closes the connection.
  [[nodiscard]] static std::shared_ptr<AuthdClient> shared(const std::string& socket_path);

  explicit AuthdClient(std::string socket_path);
  AuthdClient(const AuthdClient&) = delete;
  AuthdClient& operator=(const AuthdClient&) = delete;
  ~AuthdClient();

  /// Sends a question; its tag is chosen here. The time-out holds for both attempts together. The owner is
  /// only a name for fail_all().
  void ask(wire::auth::Request request, std::chrono::seconds timeout, const void* owner,
           std::unique_ptr<Lookup> lookup);

  /// Fails what owner has asked and not been told. Every owner that ends does so, because Dovecot must get
  /// each request back.
  void fail_all(const void* owner, const std::string& reason);

 private:
  using Clock = std::chrono::steady_clock;

  struct Question {
    Secret message;  // kept for asking again
    std::chrono::seconds timeout{0};
    Clock::time_point deadline;
    const void* owner = nullptr;
    std::unique_ptr<Lookup> lookup;
    std::uint64_t answers_before = 0;
    bool asked_again = false;
  };
  struct Finished {
    std::unique_ptr<Lookup> lookup;
    wire::auth::Reply reply;
  };

  void readable() override;
  static void on_deadline(void* context);
  void give_up_late();
  void watch(Clock::time_point deadline);

  // These change state and collect who is to be told. tell() comes last, because finish() may come back here.
  [[nodiscard]] std::string take_reply(std::string_view payload, std::vector<Finished>& finished);
  [[nodiscard]] std::string take_greeting(const wire::auth::Reply& reply);
  void ask_again(const std::string& reason, std::vector<Finished>& finished);
  void disconnect(const std::string& reason, std::vector<Finished>& finished);
  template <typename Which, typename Reason>
  void fail(Which which, Reason reason, std::vector<Finished>& finished);
  static void tell(std::vector<Finished> finished);

  [[nodiscard]] std::string connect();
  void hold_off(const std::string& trouble);
  void log_once(const std::string& trouble);

  const std::string socket_path_;
  ::event* event_;
  std::unique_ptr<Connection> connection_;
  Pending<Question> pending_;
  std::uint64_t hello_tag_ = 0;
  std::uint64_t answers_ = 0;  // so far; tells a connection that is stuck from a question that is slow

  ::timeout* deadline_ =
      nullptr;  // one for all: when the first of them is late, or later if that was answered
  Clock::time_point deadline_at_;

  // Why connecting led to nothing, until when it is not tried again, and what the log says already.
  std::string trouble_;
  Clock::time_point next_attempt_;
  unsigned unwelcome_ = 0;  // connections in a row that ended before a greeting
  bool welcome_ = false;    // the connection was greeted
  std::string logged_;
};

}  // namespace extmail::dovecot
