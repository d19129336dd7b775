// SPDX-License-Identifier: MIT
#include "wire/socketmap.hpp"

#include "wire/netstring.hpp"

namespace extmail::wire::socketmap {
namespace {

/// A reason ends up in one line of Postfix's log.
constexpr std::size_t kMaxReasonBytes = 1000;

std::string reply(std::string_view word, std::string_view text) {
  std::string payload(word);
  payload.append(1, ' ').append(text);
  std::string framed;
  append_netstring(framed, payload);
  return framed;
}

std::string found(std::string_view data) {
  if (data.empty())
    return reply("PERM", "the answer is empty, which Postfix takes for a configuration error");
  if (data.size() + std::string_view("OK ").size() > kMaxReplyBytes) {
    return reply("PERM",
                 "the answer is over 100000 bytes, the most that Postfix takes; split the alias in two");
  }
  return reply("OK", data);
}

}  // namespace

Frame split_request(std::string_view input) {
  return split_netstring(input, kMaxRequestBytes);
}

std::optional<Request> decode_request(std::string_view payload) {
  const std::size_t space = payload.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return Request{payload.substr(0, space), payload.substr(space + 1)};
}

std::string encode_reply(const Answer<std::string>& answer) {
  switch (answer.outcome()) {
    case Outcome::Found:
      return found(answer.value());
    case Outcome::NotFound:
      return reply("NOTFOUND", "");
    case Outcome::TemporaryFailure:
      return reply("TEMP", answer.reason().substr(0, kMaxReasonBytes));
    case Outcome::PermanentFailure:
      break;
  }
  return reply("PERM", answer.reason().substr(0, kMaxReasonBytes));
}

std::string encode_request(const Request& request) {
  std::string framed;
  if (request.map.empty() || request.map.find(' ') != std::string_view::npos) return framed;
  const std::string payload = std::string(request.map) + ' ' + std::string(request.key);
  if (payload.size() <= kMaxRequestBytes) append_netstring(framed, payload);
  return framed;
}

Frame split_reply(std::string_view input) {
  return split_netstring(input, kMaxReplyBytes);
}

Answer<std::string> decode_reply(std::string_view payload) {
  using Told = Answer<std::string>;
  const std::size_t space = payload.find(' ');
  const std::string_view word = payload.substr(0, space);
  const std::string text(space == std::string_view::npos ? std::string_view() : payload.substr(space + 1));
  if (word == "OK") {
    return text.empty() ? Told::permanent_failure("the answer is empty, which Postfix takes for an error")
                        : Told::found(text);
  }
  if (word == "NOTFOUND") return Told::not_found();
  if (word == "PERM") return Told::permanent_failure(text);
  if (word == "TEMP" || word == "TIMEOUT") return Told::temporary_failure(text);
  return Told::temporary_failure("no answer of socketmap's");
}

}  // namespace extmail::wire::socketmap
