// SPDX-License-Identifier: MIT
#include "net/listener.hpp"

#include <charconv>

#include <asio.hpp>

namespace extmail::net {

bool TcpListener::is_loopback() const {
  asio::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

std::optional<TcpListener> parse_tcp_listener(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);

  TcpListener listener;
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != in_brackets) return std::nullopt;
  listener.address = address.to_string();

  const std::string_view digits = text.substr(colon + 1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), listener.port);
  if (fault != std::errc() || end != digits.data() + digits.size() || listener.port == 0) return std::nullopt;
  return listener;
}

std::string describe(const Listener& listener) {
  if (const auto* path = std::get_if<UnixListener>(&listener)) return path->path;
  const auto& tcp = std::get<TcpListener>(listener);
  const bool is_v6 = tcp.address.find(':') != std::string::npos;
  return (is_v6 ? '[' + tcp.address + ']' : tcp.address) + ':' + std::to_string(tcp.port);
}

}  // namespace extmail::net
