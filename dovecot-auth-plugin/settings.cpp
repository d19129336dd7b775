// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <algorithm>
#include <charconv>

#include <sys/un.h>

namespace extmail::dovecot {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

/// Takes the first word off the front of text; empty at its end.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// Not a number of seconds: out of bounds.
std::chrono::seconds parse_seconds(std::string_view value) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size()) return std::chrono::seconds::zero();
  return std::chrono::seconds(seconds);
}

}  // namespace

std::string set_socket_path(Settings& settings, std::string_view value) {
  if (!value.starts_with('/')) return "must be an absolute path, not " + quoted(value);
  if (value.size() > kMaxSocketPathBytes) {
    return "is longer than " + std::to_string(kMaxSocketPathBytes) + " bytes: " + quoted(value);
  }
  settings.socket_path = value;
  return {};
}

std::string set_timeout(Settings& settings, std::chrono::seconds value) {
  if (value < std::chrono::seconds(1) || value > kMaxTimeout) {
    return "must be a time from 1 to " + std::to_string(kMaxTimeout.count()) + " seconds";
  }
  settings.timeout = value;
  return {};
}

Answer<Settings> parse_settings(std::string_view args) {
  Settings settings;
  for (std::string_view word = next_word(args); !word.empty(); word = next_word(args)) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    std::string error;
    if (name == "socket") {
      error = set_socket_path(settings, value);
    } else if (name == "timeout") {
      error = set_timeout(settings, parse_seconds(value));
      if (!error.empty()) error += ", not " + quoted(value);
    } else {
      return Answer<Settings>::permanent_failure("unknown setting " + quoted(word) +
                                                 " (known: socket=PATH, timeout=SECONDS)");
    }
    if (!error.empty()) return Answer<Settings>::permanent_failure(std::string(name) + " " + error);
  }
  return Answer<Settings>::found(std::move(settings));
}

}  // namespace extmail::dovecot
