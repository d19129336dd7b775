// SPDX-License-Identifier: MIT
#pragma once

#include "wire/auth_protocol.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::tests {

/// Speaks for extmail-authd on a unix socket, one step of poll() at a time, and answers only when told to.
class SteppedAuthd {
 public:
  explicit SteppedAuthd(std::string path);
  SteppedAuthd(const SteppedAuthd&) = delete;
  SteppedAuthd& operator=(const SteppedAuthd&) = delete;
  ~SteppedAuthd();

  /// Accepts, reads and greets what is there; never waits.
  void poll();

  /// Requests that arrived on any connection, greetings left out.
  std::vector<wire::auth::Request> asked;
  int greetings = 0;
  wire::auth::Status greeting = wire::auth::Status::Ok;
  std::string host;  ///< what the last greeting named
  int reads = 0;     ///< that brought something
  int connections = 0;
  bool closes_at_once = false;

  /// Sends on the newest connection.
  void reply(const wire::auth::Reply& reply);
  void send_raw(std::string_view bytes);
  void hang_up();
  [[nodiscard]] bool is_connected() const { return client_ >= 0; }

 private:
  const std::string path_;
  int listener_ = -1;
  int client_ = -1;
  std::string input_;
};

}  // namespace extmail::tests
