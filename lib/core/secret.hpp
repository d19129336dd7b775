// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace extmail {

/// Text that must not outlive its use: a password, a hash, a frame that carries one. Wiped when destroyed or
/// replaced. It cannot be copied by accident and has no stream or format operator, so it can't reach a log.
///
/// Limits: wipes its own storage only; size it with reserve() before append() to leave no copy behind.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return Secret(text_); }
  [[nodiscard]] std::string_view view() const { return text_; }
  [[nodiscard]] const char* c_str() const { return text_.c_str(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  void reserve(std::size_t bytes);
  void append(std::string_view more);

 private:
  std::string text_;
};

/// In a time that tells nothing of where they differ.
[[nodiscard]] bool operator==(const Secret& a, const Secret& b);

/// Overwrites memory in a way the compiler can't leave out.
void wipe(void* data, std::size_t bytes);

/// Overwrites text, what earlier values left behind its end included, then empties it.
void wipe(std::string& text);

/// Appends more to text; where that has to move, what it leaves behind is wiped.
void append_wiping(std::string& text, std::string_view more);

/// Compares without telling by its duration where two texts differ.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace extmail
