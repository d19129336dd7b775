// SPDX-License-Identifier: MIT
#include "core/server_address.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace extmail {
namespace {

constexpr unsigned kMaxPort = 65535;
constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kTcp = "tcp:";

}  // namespace

std::string ServerAddress::text() const {
  if (!socket.empty()) return std::string(kUnix) + socket;
  const bool v6 = name.find(':') != std::string::npos;
  return std::string(kTcp) + (v6 ? '[' + name + ']' : name) + ':' + std::to_string(port);
}

std::optional<ServerAddress> parse_server_address(std::string_view text, unsigned default_port) {
  if (text.substr(0, kUnix.size()) == kUnix) {
    const std::string_view path = text.substr(kUnix.size());
    if (path.empty() || path.front() != '/') return std::nullopt;
    return ServerAddress{std::string(path), {}, 0};
  }
  if (text.substr(0, kTcp.size()) != kTcp) return std::nullopt;
  std::string_view name = text.substr(kTcp.size());
  std::string_view port;
  if (!name.empty() && name.front() == '[') {
    const std::size_t close = name.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    port = name.substr(close + 1);
    name = name.substr(1, close - 1);
  } else {
    const std::size_t colon = std::min(name.find(':'), name.size());
    port = name.substr(colon);
    name = name.substr(0, colon);
  }
  if (name.empty()) return std::nullopt;
  if (port.empty()) return ServerAddress{{}, std::string(name), default_port};

  unsigned number = 0;
  const char* last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data() + 1, last, number);
  if (port.front() != ':' || error != std::errc() || end != last || number == 0 || number > kMaxPort)
    return std::nullopt;
  return ServerAddress{{}, std::string(name), number};
}

}  // namespace extmail
