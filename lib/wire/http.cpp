// SPDX-License-Identifier: MIT
#include "wire/http.hpp"

#include <algorithm>
#include <cctype>

namespace extmail::wire::http {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";

/// Takes the first line off, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
}

/// Where the head ends, with its empty line; npos while it does not.
std::size_t end_of_head(std::string_view input) {
  std::size_t start = 0;  // of a line
  while (true) {
    const std::size_t end = input.find('\n', start);
    if (end == std::string_view::npos) return end;
    const std::string_view line = input.substr(start, end - start);
    if (line.empty() || line == "\r") return end + 1;
    start = end + 1;
  }
}

bool is_host(std::string_view line) {
  constexpr std::string_view kHost = "host:";
  return line.size() >= kHost.size() &&
         std::equal(kHost.begin(), kHost.end(), line.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Bad Request";
  }
}

}  // namespace

Frame split_request(std::string_view input) {
  const std::string_view within = input.substr(0, kMaxHeadBytes);
  const std::size_t end = end_of_head(within);
  const std::string_view head = within.substr(0, end);
  if (std::any_of(head.begin(), head.end(), is_control)) return Frame::malformed("no HTTP request");
  if (end != std::string_view::npos) return Frame::complete(head, end);
  if (input.size() < kMaxHeadBytes) return Frame::incomplete();
  return Frame::malformed("a request head over 8192 bytes");
}

Request decode_request(std::string_view head) {
  const std::string_view line = take_line(head);
  const std::size_t method_end = line.find(' ');
  const std::size_t version_start = line.rfind(' ');
  if (method_end == 0 || method_end == std::string_view::npos || version_start == method_end) return {};
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, version_start - method_end - 1);
  const std::string_view version = line.substr(version_start + 1);
  if (target.empty() || target.find(' ') != std::string_view::npos) return {};
  if (version.size() != kVersion.size() + 1 || version.substr(0, kVersion.size()) != kVersion) return {};
  const char minor = version.back();
  if (minor < '0' || minor > '9') return {};

  std::size_t hosts = 0;
  while (!head.empty())
    hosts += is_host(take_line(head)) ? 1 : 0;
  if (hosts > 1 || (hosts == 0 && minor != '0')) return {};

  const std::string_view path = target.substr(0, target.find('?'));
  if (method == "GET") return {Request::Kind::Get, path};
  if (method == "HEAD") return {Request::Kind::Head, path};
  return {Request::Kind::Other, path};
}

std::string encode_response(const Response& response, Request::Kind kind) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status);
  text += ' ';
  text += reason_of(response.status);
  text += "\r\nContent-Type: ";
  text += response.content_type;
  text += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (response.status == 405) text += "\r\nAllow: GET, HEAD";
  text += "\r\nConnection: close\r\n\r\n";
  if (kind != Request::Kind::Head) text += response.body;
  return text;
}

}  // namespace extmail::wire::http
