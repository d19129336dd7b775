// SPDX-License-Identifier: MIT
#include "ctl/doctor/rows.hpp"

#include "core/address.hpp"
#include "core/idn.hpp"
#include "ctl/changes.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace extmail::ctl {
namespace {

constexpr std::size_t kDateBytes = std::string_view("YYYY-MM-DD").size();

/// All of text as a number; empty where it is none, or has a sign.
std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

}  // namespace

Census::Domain* Census::find_domain(std::string_view canonical) {
  const auto found = domains.find(std::string(canonical));
  return found == domains.end() ? nullptr : &found->second;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

std::string canonical_domain(std::string_view name) {
  std::string folded = fold_case(trimmed(name));
  if (is_ascii(folded)) return folded;
  return other_form(folded).value_or(folded);
}

std::string canonical_address(std::string_view address) {
  address = trimmed(address);
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return fold_case(address);
  return fold_case(trimmed(address.substr(0, at))) + '@' + canonical_domain(address.substr(at + 1));
}

std::string update_of(std::string_view table, std::string_view column,
                      const std::optional<std::string>& value, std::string_view key_column,
                      std::string_view key) {
  return "UPDATE " + std::string(table) + " SET " + std::string(column) + " = " + sql_literal(value) +
         " WHERE " + std::string(key_column) + " = " + sql_literal(std::string(key)) + ';';
}

bool is_date(const std::optional<std::string>& date) {
  if (!date) return false;
  const std::string_view day = std::string_view(*date).substr(0, kDateBytes);
  if (day == "0000-00-00") return true;
  if (day.size() < kDateBytes || day[4] != '-' || day[7] != '-') return false;
  const auto year = number_of(day.substr(0, 4));
  const auto month = number_of(day.substr(5, 2));
  const auto of_month = number_of(day.substr(8));
  if (!year || !month || !of_month || *year == 0) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*of_month)))
      .ok();
}

bool is_past(const std::optional<std::string>& date, std::string_view today) {
  if (!date || date->size() < kDateBytes || date->starts_with("0000")) return false;
  return std::string_view(*date).substr(0, kDateBytes) <= today;
}

bool is_quota(std::string_view text) {
  if (text.empty()) return true;
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    if (part.ends_with('S') || part.ends_with('C')) part.remove_suffix(1);
    if (!number_of(part)) return false;
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace extmail::ctl
