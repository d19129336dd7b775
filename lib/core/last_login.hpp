// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace extmail {

/// When, by which service and from where a mailbox was last logged in to.
struct LastLogin {
  std::string username;  ///< as its row has it
  std::string service;
  std::string remote;  ///< empty: not known
  std::chrono::system_clock::time_point at;

  bool operator==(const LastLogin&) const = default;
};

/// Where last logins are kept.
///
/// Outcomes: how many were written, or a failure; some may have been written then, and may be written again.
/// Threads: implementations are called by one at a time.
class LastLoginSink {
 public:
  virtual ~LastLoginSink() = default;

  /// Writes those that are not older than what is kept for their mailbox and service. After the deadline nothing further
  /// is begun.
  [[nodiscard]] virtual Answer<std::size_t> write(std::span<const LastLogin> logins, Deadline deadline) = 0;
};

}  // namespace extmail
