// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace extmail {

/// What was decided about one request, as it is kept: every text is fit for a line and fits its column.
struct Decision {
  /// Width of the columns, in bytes; VARCHAR(255).
  static constexpr std::size_t kMaxTextBytes = 255;

  std::chrono::sys_seconds at;
  std::string stage;  ///< as metrics have it
  std::string client;
  std::string sasl_username;
  std::string sender;
  std::string recipient;
  std::string queue_id;
  std::string rule;
  std::string action;  ///< reject, defer, hold, other
  std::string text;    ///< of access(5), as Postfix got it
  std::string reason;

  bool operator==(const Decision&) const = default;
};

/// Where decisions are kept.
///
/// Outcomes: how many rows, or a failure; some may have been written then, and may be written again.
/// Threads: implementations are called by one at a time.
class DecisionSink {
 public:
  virtual ~DecisionSink() = default;

  /// After the deadline nothing further is begun.
  [[nodiscard]] virtual Answer<std::size_t> write(std::span<const Decision> decisions, Deadline deadline) = 0;
  /// Removes up to kMostRemoved of those that are older, the oldest first.
  [[nodiscard]] virtual Answer<std::size_t> remove_before(std::chrono::sys_seconds oldest,
                                                          Deadline deadline) = 0;

  /// So few that nobody waits long for their locks, and that a replica keeps up.
  static constexpr std::size_t kMostRemoved = 1000;
};

}  // namespace extmail
