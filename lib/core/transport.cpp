// SPDX-License-Identifier: MIT
#include "core/transport.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace extmail {
namespace {

bool is_ipv6_address(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

std::string_view stored_transport(std::string_view column) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = column.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  const auto text = column.substr(first, column.find_last_not_of(kBlanks) - first + 1);
  return text == "NULL" ? std::string_view() : text;
}

std::string_view transport_name(std::string_view transport) {
  return transport.substr(0, transport.find(':'));
}

bool is_host(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;  // of a name in DNS
  if (text.empty() || text.size() > kMaxBytes) return false;
  const bool is_name = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._").find(c) != std::string_view::npos;
  });
  return is_name || is_ipv6_address(std::string(text));
}

std::string fill_in_host(std::string_view pattern, std::string_view host) {
  constexpr std::string_view kPlace = "%h";
  std::string text;
  for (std::size_t at = 0; (at = pattern.find(kPlace)) != std::string_view::npos;) {
    text += pattern.substr(0, at);
    text += host;
    pattern.remove_prefix(at + kPlace.size());
  }
  return text += pattern;
}

}  // namespace extmail
