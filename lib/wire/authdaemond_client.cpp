// SPDX-License-Identifier: MIT
#include "wire/authdaemond_client.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace extmail::wire::authdaemond {
namespace {

constexpr std::string_view kEnd = ".\n";

bool can_be_said(std::initializer_list<std::string_view> parts) {
  constexpr std::string_view kNot("\0\r\n", 3);
  return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return part.find_first_of(kNot) == std::string_view::npos;
  });
}

void append_remote(Secret& out, const std::string& remote) {
  if (remote.empty()) return;
  out.append("TCPREMOTEIP=");
  out.append(remote);
  out.append("\n");
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

/// What has been read of an account so far.
struct Reading {
  Account account;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;

  void take(std::string_view name, std::string_view value) {
    if (name == "UID") uid = parse_id(value);
    if (name == "GID") gid = parse_id(value);
    if (name == "HOME") account.home = value;
    if (name == "ADDRESS") account.address = value;
    if (name == "NAME") account.name = value;
    if (name == "MAILDIR") account.maildir = value;
    if (name == "QUOTA") account.quota = value;
    if (name == "PASSWD") account.password = Secret(value);
    if (name == "PASSWD2") account.clear_password = Secret(value);
    if (name == "OPTIONS") account.options = value;
  }
};

}  // namespace

std::optional<Secret> encode_login(const Question& question, std::string_view password) {
  if (question.service.empty() || question.user.empty()) return std::nullopt;
  if (!can_be_said({question.service, question.user, question.remote, password})) return std::nullopt;
  constexpr std::string_view kType = "\nlogin\n";
  const std::size_t bytes =
      question.service.size() + kType.size() + question.user.size() + password.size() + 2;
  if (bytes > kMaxBodyBytes || question.remote.size() > kMaxLineBytes / 2) return std::nullopt;

  constexpr std::size_t kHeadBytes = 64;
  Secret out;
  out.reserve(kHeadBytes + question.remote.size() + bytes);
  append_remote(out, question.remote);
  out.append("AUTH ");
  out.append(std::to_string(bytes));
  out.append("\n");
  out.append(question.service);
  out.append(kType);
  out.append(question.user);
  out.append("\n");
  out.append(password);
  out.append("\n\n");  // Courier's clients do not count the last one
  return out;
}

std::optional<Secret> encode_lookup(const Question& question) {
  if (question.service.empty() || question.user.empty()) return std::nullopt;
  if (!can_be_said({question.service, question.user, question.remote})) return std::nullopt;
  if (question.service.find(' ') != std::string::npos || question.user.front() == ' ') return std::nullopt;
  const std::string line = "PRE . " + question.service + ' ' + question.user + '\n';
  if (line.size() > kMaxLineBytes || question.remote.size() > kMaxLineBytes / 2) return std::nullopt;
  Secret out;
  append_remote(out, question.remote);
  out.append(line);
  return out;
}

Frame split_answer(std::string_view input) {
  std::size_t consumed = 0;
  while (true) {
    const std::size_t end = input.find('\n', consumed);
    if (std::min(end, input.size()) >= kMaxAnswerBytes) return Frame::malformed("an answer over 8191 bytes");
    if (end == std::string_view::npos) return Frame::incomplete();
    const std::string_view line = input.substr(consumed, end + 1 - consumed);
    consumed = end + 1;
    if (line == kEnd || line == kFail) return Frame::complete(input.substr(0, consumed), consumed);
  }
}

std::optional<Answer<Account>> decode_answer(std::string_view payload) {
  if (payload == kFail) return Answer<Account>::not_found();
  Reading reading;
  while (payload != kEnd) {
    const std::size_t end = payload.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = payload.substr(0, end);
    const std::size_t sign = line.find('=');
    if (sign == std::string_view::npos) return std::nullopt;
    reading.take(line.substr(0, sign), line.substr(sign + 1));
    payload.remove_prefix(end + 1);
  }
  if (!reading.uid || !reading.gid) return std::nullopt;
  reading.account.uid = *reading.uid;
  reading.account.gid = *reading.gid;
  return Answer<Account>::found(std::move(reading.account));
}

}  // namespace extmail::wire::authdaemond
