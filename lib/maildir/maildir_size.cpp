// SPDX-License-Identifier: MIT
#include "maildir/maildir_size.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace extmail::maildir {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// The number that text begins with, behind blanks; it is cut off.
std::optional<std::int64_t> take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool add(std::int64_t& sum, std::int64_t number) {
  return !__builtin_add_overflow(sum, number, &sum);
}

}  // namespace

std::optional<Usage> read_maildir_size(std::string_view text) {
  const std::size_t quota_end = text.find('\n');
  if (text.size() > kMaxMaildirSizeBytes || quota_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(quota_end + 1);
  std::int64_t bytes = 0;
  std::int64_t messages = 0;
  bool is_counted = false;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto more_bytes = take_number(line);
    const auto more_messages = take_number(line);
    const bool is_whole = line.find_first_not_of(kBlanks) == std::string_view::npos;
    if (!more_bytes || !more_messages || !is_whole) return std::nullopt;
    if (!add(bytes, *more_bytes) || !add(messages, *more_messages)) return std::nullopt;
    is_counted = true;
  }
  if (!is_counted || bytes < 0 || messages < 0) return std::nullopt;
  return Usage{static_cast<std::uint64_t>(bytes), static_cast<std::uint64_t>(messages)};
}

}  // namespace extmail::maildir
