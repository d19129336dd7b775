// SPDX-License-Identifier: MIT
#include "wire/authdaemond.hpp"

#include "core/password/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace extmail::wire::authdaemond {
namespace {

constexpr std::string_view kRemoteVariable = "TCPREMOTEIP";

/// An address in numbers, with a zone behind it.
constexpr std::size_t kMaxRemoteBytes = 64;

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kChallengeTypes{
    {{"cram-md5", "CRAM-MD5"}, {"cram-sha1", "CRAM-SHA1"}, {"cram-sha256", "CRAM-SHA256"}}};

/// Takes the text up to a separator off the front of rest; all of it where there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return text;
}

/// Takes a line without its end.
std::string_view take_line(std::string_view& rest) {
  std::string_view line = take_until(rest, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

bool has_any(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

/// A line of the head: a variable, or the command with its arguments.
struct HeadLine {
  bool is_variable = false;
  std::string_view name;
  std::string_view rest;
};

HeadLine parse_head(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(" ="), line.size());
  const bool is_variable = end < line.size() && line[end] == '=';
  const std::string_view rest = line.substr(std::min(end + 1, line.size()));
  return {is_variable, line.substr(0, end), is_variable ? rest : without_blanks(rest)};
}

/// How much AUTH says that comes behind it.
std::optional<std::size_t> parse_length(std::string_view text) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const std::string_view behind = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || !without_blanks(behind).empty()) return std::nullopt;
  return length;
}

Request impossible() {
  return {};
}

/// user, password.
Request decode_login(std::string_view data) {
  Request request;
  request.user = take_line(data);
  request.password = Secret(take_line(data));
  if (request.user.empty() || request.password.empty()) return impossible();
  request.command = Command::Login;
  return request;
}

/// Challenge and response in base64; the response is the user, a blank, and the digest.
Request decode_challenge(std::string_view mechanism, std::string_view data) {
  auto challenge = password::decode_base64(take_line(data));
  const auto response = password::decode_base64(take_line(data));
  if (!challenge || challenge->empty() || !response) return impossible();
  const std::string_view text = response->view();
  const std::size_t blank = text.rfind(' ');
  if (blank == std::string_view::npos || blank == 0 || blank + 1 == text.size()) return impossible();
  Request request;
  request.command = Command::Challenge;
  request.user = text.substr(0, blank);
  request.mechanism = mechanism;
  request.challenge = std::move(*challenge);
  request.digest_hex = Secret(text.substr(blank + 1));
  return request;
}

std::optional<Request> decode_auth(std::string_view body) {
  if (std::count(body.begin(), body.end(), '\n') < 2) return std::nullopt;
  const std::string_view service = take_line(body);
  const std::string_view type = take_line(body);
  Request request;
  if (type == "login") request = decode_login(body);
  for (const auto& [name, mechanism] : kChallengeTypes)
    if (type == name) request = decode_challenge(mechanism, body);
  request.service = service;
  return request;
}

/// The module that is to be asked (`.`: all), the service and the user, who may have blanks in the name.
std::optional<Request> decode_lookup(std::string_view arguments) {
  take_until(arguments, ' ');
  arguments = without_blanks(arguments);
  Request request;
  request.service = take_until(arguments, ' ');
  request.user = without_blanks(arguments);
  if (request.user.empty()) return std::nullopt;
  request.command = Command::Lookup;
  return request;
}

/// Anything behind a fourth tab is ignored, as Courier does.
std::optional<Request> decode_change(std::string_view arguments) {
  if (std::count(arguments.begin(), arguments.end(), '\t') < 3) return std::nullopt;
  Request request;
  const std::string_view service = take_until(arguments, '\t');
  const std::string_view user = take_until(arguments, '\t');
  const std::string_view old_password = take_until(arguments, '\t');
  const std::string_view new_password = take_until(arguments, '\t');
  request.service = service;
  const std::array<std::string_view, 3> needed{user, old_password, new_password};
  if (std::any_of(needed.begin(), needed.end(),
                  [](std::string_view text) { return text.empty() || has_control(text); }))
    return request;
  request.command = Command::ChangePassword;
  request.user = user;
  request.password = Secret(old_password);
  request.new_password = Secret(new_password);
  return request;
}

std::optional<Request> decode_command(const HeadLine& line, std::string_view body) {
  if (line.name == "AUTH") return decode_auth(body);
  if (line.name == "PRE") return decode_lookup(line.rest);
  if (line.name == "PASSWD") return decode_change(line.rest);
  if (line.name != "ENUMERATE") return std::nullopt;
  Request request;
  request.command = Command::Enumerate;
  return request;
}

void append_field(Secret& out, std::string_view name, std::string_view value) {
  if (value.empty() || has_any(value, std::string_view("\0\r\n", 3))) return;
  out.append(name);
  out.append("=");
  out.append(value);
  out.append("\n");
}

}  // namespace

Frame split_request(std::string_view input) {
  std::size_t consumed = 0;
  for (;;) {
    const std::string_view rest = input.substr(consumed);
    const std::size_t end = rest.find('\n');
    if (std::min(end, rest.size()) >= kMaxLineBytes)
      return Frame::malformed("a line is longer than 8191 bytes");
    if (end == std::string_view::npos) return Frame::incomplete();
    consumed += end + 1;
    if (consumed > kMaxHeadBytes) return Frame::malformed("too many lines before the command");
    std::string_view text = rest;
    const HeadLine line = parse_head(take_line(text));
    if (line.is_variable) continue;
    if (line.name == "AUTH") {
      const auto length = parse_length(line.rest);
      if (!length || *length > kMaxBodyBytes)
        return Frame::malformed("AUTH names no length, or one over 8191 bytes");
      if (input.size() - consumed < *length) return Frame::incomplete();
      consumed += *length;
    } else if (line.name != "PRE" && line.name != "PASSWD" && line.name != "ENUMERATE") {
      return Frame::malformed("no command of authdaemond");
    }
    return Frame::complete(input.substr(0, consumed), consumed);
  }
}

std::optional<Request> decode_request(std::string_view payload) {
  std::string_view remote;
  while (!payload.empty()) {
    const HeadLine line = parse_head(take_line(payload));
    if (!line.is_variable) {
      auto request = decode_command(line, payload);
      if (request) request->remote = remote;
      return request;
    }
    if (line.name == kRemoteVariable) remote = line.rest.substr(0, kMaxRemoteBytes);
  }
  return std::nullopt;
}

Secret encode(const Account& account) {
  constexpr std::size_t kNamesBytes = 128;
  Secret out;
  out.reserve(kNamesBytes + account.home.size() + account.address.size() + account.name.size() +
              account.maildir.size() + account.quota.size() + account.password.view().size() +
              account.clear_password.view().size() + account.options.size());
  append_field(out, "UID", std::to_string(account.uid));
  append_field(out, "GID", std::to_string(account.gid));
  append_field(out, "HOME", account.home);
  append_field(out, "ADDRESS", account.address);
  append_field(out, "NAME", std::string_view(account.name).substr(0, account.name.find(',')));
  append_field(out, "MAILDIR", account.maildir);
  append_field(out, "QUOTA", account.quota);
  append_field(out, "PASSWD", account.password.view());
  append_field(out, "PASSWD2", account.clear_password.view());
  append_field(out, "OPTIONS", account.options);
  out.append(".\n");
  return out;
}

std::string encode(const Listed& mailbox) {
  std::string line;
  for (const std::string& field : {mailbox.user, std::to_string(mailbox.uid), std::to_string(mailbox.gid),
                                   mailbox.home, mailbox.maildir, mailbox.options}) {
    if (has_control(field)) return {};
    line += field;
    line += '\t';
  }
  line.back() = '\n';
  if (line.size() > kMaxLineBytes) line.clear();
  return line;
}

}  // namespace extmail::wire::authdaemond
