// SPDX-License-Identifier: MIT
#include "wire/policy.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace extmail::wire::policy {
namespace {

using Field = std::string_view Request::*;

constexpr std::array<std::pair<std::string_view, Field>, 14> kFields{{
    {"protocol_state", &Request::protocol_state},
    {"helo_name", &Request::helo_name},
    {"queue_id", &Request::queue_id},
    {"sender", &Request::sender},
    {"recipient", &Request::recipient},
    {"recipient_count", &Request::recipient_count},
    {"client_address", &Request::client_address},
    {"client_name", &Request::client_name},
    {"reverse_client_name", &Request::reverse_client_name},
    {"instance", &Request::instance},
    {"sasl_username", &Request::sasl_username},
    {"size", &Request::size},
    {"server_port", &Request::server_port},
    {"policy_context", &Request::policy_context},
}};

}  // namespace

Frame split_request(std::string_view input) {
  constexpr std::string_view kEnd = "\n\n";
  if (!input.empty() && input.front() == '\n') return Frame::malformed("policy request without attributes");
  const std::size_t end = input.substr(0, kMaxRequestBytes).find(kEnd);
  if (end != std::string_view::npos) return Frame::complete(input.substr(0, end + 1), end + kEnd.size());
  if (input.size() >= kMaxRequestBytes) return Frame::malformed("policy request is longer than the limit");
  return Frame::incomplete();
}

std::optional<Request> decode_request(std::string_view payload) {
  Request request;
  bool is_policy_request = false;
  while (!payload.empty()) {
    const std::size_t end = std::min(payload.find('\n'), payload.size());
    const std::string_view line = payload.substr(0, end);
    payload.remove_prefix(std::min(end + 1, payload.size()));

    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (name == "request") is_policy_request = value == "smtpd_access_policy";
    for (const auto& [field_name, field] : kFields) {
      if (name == field_name) request.*field = value;
    }
  }
  if (!is_policy_request) return std::nullopt;
  return request;
}

std::string encode_action(std::string_view action) {
  assert(!action.empty());
  std::string reply("action=");
  reply.append(action.substr(0, kMaxActionBytes));
  std::replace_if(
      reply.begin(), reply.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  reply.append("\n\n");
  return reply;
}

}  // namespace extmail::wire::policy
