// SPDX-License-Identifier: MIT
#include "wire/policy.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace extmail::wire::policy {
namespace {

using Field = std::string_view Request::*;

using NamedField = std::pair<std::string_view, Field>;

/// By the length of the name.
constexpr std::array<NamedField, 14> kFields{{
    {"size", &Request::size},
    {"sender", &Request::sender},
    {"instance", &Request::instance},
    {"queue_id", &Request::queue_id},
    {"recipient", &Request::recipient},
    {"helo_name", &Request::helo_name},
    {"client_name", &Request::client_name},
    {"server_port", &Request::server_port},
    {"sasl_username", &Request::sasl_username},
    {"protocol_state", &Request::protocol_state},
    {"client_address", &Request::client_address},
    {"policy_context", &Request::policy_context},
    {"recipient_count", &Request::recipient_count},
    {"reverse_client_name", &Request::reverse_client_name},
}};

static_assert(std::is_sorted(kFields.begin(), kFields.end(), [](const NamedField& a, const NamedField& b) {
  return a.first.size() < b.first.size();
}));

constexpr std::size_t kMaxNameBytes = kFields.back().first.size();

/// Where in kFields the names start that are so long, or longer: a name is compared with its like only.
constexpr auto kStarts = [] {
  std::array<std::size_t, kMaxNameBytes + 2> starts{};
  for (std::size_t length = 0, place = 0; length < starts.size(); ++length) {
    while (place < kFields.size() && kFields[place].first.size() < length)
      ++place;
    starts[length] = place;
  }
  return starts;
}();

const NamedField* find_field(std::string_view name) {
  if (name.size() > kMaxNameBytes) return nullptr;
  for (std::size_t place = kStarts[name.size()]; place < kStarts[name.size() + 1]; ++place) {
    if (name == kFields[place].first) return &kFields[place];
  }
  return nullptr;
}

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
    if (const auto* field = find_field(name)) request.*field->second = value;
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
