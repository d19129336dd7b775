// SPDX-License-Identifier: MIT
#include "ctl/objects/field.hpp"

#include "core/printable.hpp"
#include "core/quota.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>

namespace extmail::ctl {
namespace {

constexpr std::string_view kNever = "never";
constexpr std::string_view kUnlimited = "unlimited";
constexpr std::string_view kNoDate = "0000-00-00";
constexpr std::size_t kMaxSizeCharacters = 16;  // of the columns that hold one

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 5> kUnits{
    {{"T", 1ULL << 40U}, {"G", 1ULL << 30U}, {"M", 1ULL << 20U}, {"K", 1ULL << 10U}, {"", 1}}};

[[noreturn]] void refuse(const Field& field, std::string_view given, std::string_view wanted) {
  throw Misuse(std::string(field.column) + ": \"" + printable(given, 256) + "\" is " + std::string(wanted));
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (text.empty() || text.front() == '-' || error != std::errc() || end != last) return std::nullopt;
  return number;
}

std::string text_of(const Field& field, std::string_view given) {
  const auto length = count_printable(given);
  if (!length && !given.empty()) refuse(field, given, "no text in UTF-8 without control characters");
  if (length.value_or(0) > field.max_characters)
    refuse(field, given, "too long: at most " + std::to_string(field.max_characters) + " characters");
  return std::string(given);
}

std::string count_of(const Field& field, std::string_view given) {
  const auto number = number_of<std::int32_t>(given);
  if (!number) refuse(field, given, "no whole number from 0 to 2147483647");
  return std::to_string(*number);
}

/// Units as ExtMan's pages have them, of 1024.
std::string size_of(const Field& field, std::string_view given) {
  constexpr std::string_view kWanted =
      "no size: write bytes as 524288000, 512000K, 500M or 2G, or \"unlimited\"";
  if (given == kUnlimited) return "0S";
  if (given.ends_with('S')) given.remove_suffix(1);
  std::string_view digits = given;
  std::uint64_t unit = 1;
  for (const auto& known : kUnits) {
    if (known.name.empty() || !given.ends_with(known.name)) continue;
    unit = known.bytes;
    digits.remove_suffix(known.name.size());
  }
  const auto number = number_of<std::uint64_t>(digits);
  if (!number || *number > std::numeric_limits<std::int64_t>::max() / unit) refuse(field, given, kWanted);
  std::string stored = std::to_string(*number * unit) + 'S';
  if (stored.size() > kMaxSizeCharacters) refuse(field, given, "too large: the column has 16 characters");
  return stored;
}

std::string date_of(const Field& field, std::string_view given) {
  constexpr std::string_view kWanted = "no day: write it as 2027-01-31, or \"never\"";
  if (given == kNever || given == kNoDate) return std::string(kNoDate);
  if (given.size() != kNoDate.size() || given[4] != '-' || given[7] != '-') refuse(field, given, kWanted);
  const auto year = number_of<unsigned>(given.substr(0, 4));
  const auto month = number_of<unsigned>(given.substr(5, 2));
  const auto day = number_of<unsigned>(given.substr(8, 2));
  if (!year || !month || !day) refuse(field, given, kWanted);
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) refuse(field, given, kWanted);
  return std::string(given);
}

std::string period_of(const Field& field, std::string_view given) {
  if (given == kNever || given == "0") return "0";
  const std::string_view unit = given.substr(given.empty() ? 0 : given.size() - 1);
  const auto number = number_of<std::uint16_t>(given.substr(0, given.size() - unit.size()));
  if (!number || (unit != "y" && unit != "m" && unit != "d"))
    refuse(field, given, "no period of time: write 1y, 6m or 30d, or \"never\"");
  return std::string(given);
}

std::string flag_of(const Field& field, std::string_view given) {
  if (given == "yes" || given == "1" || given == "true") return "1";
  if (given == "no" || given == "0" || given == "false") return "0";
  refuse(field, given, "neither yes nor no");
}

std::string choice_of(const Field& field, std::string_view given) {
  for (std::string_view rest = field.choices; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    if (word == given) return std::string(given);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  refuse(field, given, "none of these: " + std::string(field.choices));
}

std::string shown_size(std::string_view stored) {
  const Quota quota = parse_quota(stored);
  if (quota.messages || (!quota.bytes && !stored.empty())) return std::string(stored);
  const std::uint64_t bytes = quota.bytes.value_or(0);
  if (bytes == 0) return std::string(kUnlimited);
  for (const auto& unit : kUnits) {
    if (bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return std::string(stored);
}

}  // namespace

std::string to_stored(const Field& field, std::string_view given) {
  switch (field.kind) {
    case FieldKind::Text:
      return text_of(field, given);
    case FieldKind::Count:
      return count_of(field, given);
    case FieldKind::Size:
      return size_of(field, given);
    case FieldKind::Date:
      return date_of(field, given);
    case FieldKind::Period:
      return period_of(field, given);
    case FieldKind::Flag:
      return flag_of(field, given);
    case FieldKind::Choice:
      return choice_of(field, given);
  }
  return std::string(given);
}

std::string type_name_of(const Field& field) {
  switch (field.kind) {
    case FieldKind::Text:
      break;
    case FieldKind::Count:
      return "NUMBER";
    case FieldKind::Size:
      return "SIZE";
    case FieldKind::Date:
      return "DATE";
    case FieldKind::Period:
      return "PERIOD";
    case FieldKind::Flag:
      return "{yes,no}";
    case FieldKind::Choice: {
      std::string words(field.choices);
      std::replace(words.begin(), words.end(), '|', ',');
      return '{' + words + '}';
    }
  }
  return "TEXT";
}

std::string to_shown(const Field& field, std::string_view stored) {
  switch (field.kind) {
    case FieldKind::Size:
      return shown_size(stored);
    case FieldKind::Date:
      return std::string(stored.starts_with(kNoDate) ? kNever : stored);
    case FieldKind::Period:
      return std::string(stored == "0" || stored.empty() ? kNever : stored);
    case FieldKind::Flag:
      return stored == "1" ? "yes" : stored == "0" ? "no" : std::string(stored);
    default:
      return std::string(stored);
  }
}

}  // namespace extmail::ctl
