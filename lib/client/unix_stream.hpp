// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace extmail::client {

/// A connection to a unix socket, each of whose waits ends at a deadline: for programs and plugins that ask one question
/// at a time and have nothing else to do meanwhile.
///
/// Errors: std::errc::timed_out at the deadline, else what the system says. A connection that failed is of no further
/// use.
/// Threads: one at a time.
/// Ownership: owns its file descriptor, which is closed on exec and in the destructor.
class UnixStream {
 public:
  /// A relative path starts at the working directory of the moment. temporary_failure, whose reason is the system's
  /// word for what is wrong, when nobody listens there, or takes the connection by the deadline.
  [[nodiscard]] static Answer<UnixStream> connect(const std::string& path, Deadline deadline);

  UnixStream(UnixStream&& other) noexcept;
  UnixStream& operator=(UnixStream&&) = delete;
  UnixStream(const UnixStream&) = delete;
  UnixStream& operator=(const UnixStream&) = delete;
  ~UnixStream();

  /// All of data, or an error. A peer that has gone is an error, never a SIGPIPE.
  [[nodiscard]] std::error_code send(std::string_view data, Deadline deadline);

  struct Received {
    std::error_code error;
    std::size_t bytes = 0;  ///< none and no error: the peer has closed
  };

  /// Appends what has come, as soon as there is something. No copy of it is left behind.
  [[nodiscard]] Received receive(Secret& data, Deadline deadline);

 private:
  explicit UnixStream(int fd) : fd_(fd) {}

  int fd_;  ///< -1: moved from
};

}  // namespace extmail::client
