// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace extmail {

/// A hash for tables in memory whose keys strangers choose: with a key of this process, so that nobody can make texts
/// that meet in one slot.
///
/// Threads: any.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view text);

/// SHA-1 in hexadecimal digits, as a name that others give to a text; it keeps nobody out.
///
/// Threads: any.
[[nodiscard]] std::string sha1_hex(std::string_view text);

/// SHA-256 of what is add()ed, to tell a whole file from a damaged one.
class Sha256 {
 public:
  static constexpr std::size_t kBytes = 32;

  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Ends it: nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace extmail
