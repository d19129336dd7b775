// SPDX-License-Identifier: MIT
#include "ctl/output/units.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>

namespace extmail::ctl {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;

/// With a decimal where it tells something.
std::string short_number(double value) {
  std::string text = with_digits(value, value < 10 ? 1 : 0);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

/// Two units, so that it is exact enough to tell a restart by.
std::string two_units(double value, double unit, const char* name, double lesser, const char* lesser_name) {
  const double whole = std::floor(value / unit);
  return with_digits(whole, 0) + ' ' + name + ' ' +
         with_digits(std::floor((value - whole * unit) / lesser), 0) + ' ' + lesser_name;
}

}  // namespace

std::string with_digits(double value, int digits) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return length < 0 || static_cast<std::size_t>(length) >= text.size() ? std::string("?")
                                                                       : std::string(text.data());
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  if (seconds <= 0) return "0 s";
  if (seconds >= kDay) return two_units(seconds, kDay, "d", kHour, "h");
  if (seconds >= kHour) return two_units(seconds, kHour, "h", kMinute, "min");
  if (seconds >= kMinute) return two_units(seconds, kMinute, "min", 1, "s");
  if (seconds >= 1) return short_number(seconds) + " s";
  if (seconds >= 1e-3) return short_number(seconds * 1e3) + " ms";
  return short_number(seconds * 1e6) + " us";
}

std::string size_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return short_number(bytes) + ' ' + kUnits.at(unit);
}

}  // namespace extmail::ctl
