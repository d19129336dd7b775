// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace extmail {

enum class Level { Error, Warning, Notice, Info, Debug };

/// Where events go. An event has a stable name (doc/events.md), so that an admin can match on it, and a text
/// that says what happened and what to do next. Never pass a secret; peer text is made safe by the
/// implementation.
///
/// Threads: implementations may be called concurrently.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view event, std::string_view text) = 0;
};

}  // namespace extmail
