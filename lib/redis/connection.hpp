// SPDX-License-Identifier: MIT
#pragma once

#include "redis/reply.hpp"
#include "redis/settings.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct redisContext;

namespace extmail::redis {

/// One connection to Redis that never waits, but for a host's name to be resolved: its owner polls fd().
///
/// Errors: members that can fail are false; error() then says why, and the connection is of no further use.
/// Threads: one at a time.
/// Limits: what has come of a reply that is not complete, up to kMaxReplyBytes.
class Connection {
 public:
  static constexpr std::size_t kMaxReplyBytes = 4UL << 20U;

  /// Begins to connect; it can be written to once poll(2) says so. fd() is -1 where that failed at once.
  explicit Connection(const Settings& settings);

  [[nodiscard]] int fd() const;
  [[nodiscard]] const std::string& error() const { return error_; }

  /// After the first POLLOUT: whether there is a server.
  [[nodiscard]] bool finish_connecting();

  [[nodiscard]] bool append(const Command& command);
  [[nodiscard]] bool write();
  [[nodiscard]] bool has_unwritten() const { return has_unwritten_; }

  [[nodiscard]] bool read();
  /// Sets reply to the next one that is complete, or to none.
  [[nodiscard]] bool next(std::optional<Reply>& reply);

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  bool failed(std::string error);
  bool context_failed();

  std::unique_ptr<redisContext, Free> context_;
  std::string error_;
  bool has_unwritten_ = false;
};

}  // namespace extmail::redis
