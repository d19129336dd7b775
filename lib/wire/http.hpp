// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// HTTP/1.1 (RFC 9112), server side, as far as a page of metrics needs it: a request without a body, one response, and
/// the end of the connection.
namespace extmail::wire::http {

/// Longest head of a request, its empty line included. Scrapers send under 1 KiB; 8000 bytes for the request line alone
/// is what RFC 9112 recommends to accept.
inline constexpr std::size_t kMaxHeadBytes = 8192;

/// Everything up to the empty line that ends a request's head. Lines end in CR LF or in LF.
///
/// Malformed beyond kMaxHeadBytes, and where control characters show that it is no HTTP.
[[nodiscard]] Frame split_request(std::string_view input);

/// What a head asks for.
struct Request {
  enum class Kind {
    Get,
    Head,
    Other,   ///< a method that we do not have
    Broken,  ///< no request line of HTTP/1, or HTTP/1.1 without its one Host
  };
  Kind kind = Kind::Broken;
  std::string_view path;  ///< without a query; views the head
};
[[nodiscard]] Request decode_request(std::string_view head);

/// What is sent before a connection is closed whose request is malformed.
inline constexpr std::string_view kFarewell =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The whole response; the connection ends with it.
struct Response {
  int status = 200;  ///< 200, 400, 404 or 405
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};
/// For HEAD the body is only counted.
[[nodiscard]] std::string encode_response(const Response& response, Request::Kind kind);

}  // namespace extmail::wire::http
