// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Postfix's policy delegation (SMTPD_POLICY_README), server side: `name=value` lines up to an empty line,
/// answered by one `action=` line and an empty one.
namespace extmail::wire::policy {

/// Longest request. Postfix sends about forty attributes, the longest of which are addresses and certificate
/// names.
inline constexpr std::size_t kMaxRequestBytes = 16384;

/// Longest action (SMTPD_POLICY_README: a reply string is at most 8192 bytes).
inline constexpr std::size_t kMaxActionBytes = 8192;

/// What the rules read of a request; attributes they don't know are skipped, so newer Postfix versions just
/// work. Views the payload.
struct Request {
  std::string_view protocol_state;
  std::string_view helo_name;
  std::string_view queue_id;
  std::string_view sender;
  std::string_view recipient;
  std::string_view recipient_count;
  std::string_view client_address;
  std::string_view client_name;  ///< `unknown` where the name does not lead back to the address
  std::string_view reverse_client_name;
  std::string_view instance;  ///< the same for all requests about one message
  std::string_view sasl_username;
  std::string_view size;
  std::string_view server_port;
  std::string_view policy_context;
};

/// The next request in input; its payload is the lines without the empty one. Malformed beyond
/// kMaxRequestBytes.
[[nodiscard]] Frame split_request(std::string_view input);

/// Empty when a line has no `=`, or `request=smtpd_access_policy` is missing.
[[nodiscard]] std::optional<Request> decode_request(std::string_view payload);

/// The framed reply. Line breaks in action are replaced, and it is cut at kMaxActionBytes.
/// Precondition: action is not empty; Postfix would take that for a permit.
[[nodiscard]] std::string encode_action(std::string_view action);

}  // namespace extmail::wire::policy
