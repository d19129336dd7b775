// SPDX-License-Identifier: MIT
#pragma once

#include "redis/reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// What RedisState has Redis do, each atomically, in Lua.
///
/// The first argument of each is the time in milliseconds since 1970, or empty: then it is that of Redis. They decide by the
/// times that they write down; that a key expires, a minute later, is for tidiness only, and each does. What was counted or
/// noted at a time that is yet to come, because the clock went back, is taken as of now.
/// Limits: numbers up to kMostNumber.
struct RedisScripts {
  /// What a double of Lua holds exactly, and a limit can't go beyond.
  static constexpr std::uint64_t kMostNumber = (std::uint64_t{1} << 53U) - 1;

  class Script {
   public:
    explicit Script(std::string_view body);
    [[nodiscard]] const std::string& text() const { return text_; }
    /// As EVALSHA knows it.
    [[nodiscard]] const std::string& digest() const { return digest_; }

   private:
    std::string text_;
    std::string digest_;
  };

  RedisScripts();

  /// Keys: counters. Arguments for each: limit, period, width of a slot, amount, 1 or 0: is_enforced.
  /// Reply: the place that refused or -1, and for each: used, slot, room_in.
  Script take;
  /// Keys: counters. Arguments for each: slot, amount.
  Script give_back;
  /// Keys: triplet, client, sender domain, correspondent. Arguments: 1 or 0 for each: is it asked; delay, window,
  /// lifetime, client_passes, domain_passes.
  /// Reply: GreylistAnswer::By, and the wait.
  Script greylist;
  /// Key: correspondent. Argument: lifetime.
  Script note;
  /// Key: set. Arguments: member, period, at_most.
  Script count_distinct;
  /// Keys: mark, names of all marks, the same by their end. Arguments: key, how many ms it lasts, until, text.
  Script set_mark;
  /// Key: mark. Reply: until and text, or nothing.
  Script find_mark;
  /// Keys: as set_mark. Argument: key. Reply: 1 or 0: was it there.
  Script remove_mark;
  /// Keys: names, ends. Arguments: prefix of keys, at_most, and what stands before a key to make it that of Redis.
  /// Reply: for each: key, until, text.
  Script list_marks;

  /// What makes all of them known to Redis by their digests.
  [[nodiscard]] std::vector<redis::Command> loads() const;
};

}  // namespace extmail::policyd
