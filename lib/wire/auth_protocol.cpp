// SPDX-License-Identifier: MIT
#include "wire/auth_protocol.hpp"

#include "wire/netstring.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace extmail::wire::auth {
namespace {

template <typename E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<Verb, 6> kVerbs{{{Verb::Hello, "hello"},
                                 {Verb::Verify, "verify"},
                                 {Verb::User, "user"},
                                 {Verb::Credentials, "credentials"},
                                 {Verb::List, "list"},
                                 {Verb::ChangePassword, "change-password"}}};

constexpr Names<Status, 6> kStatuses{{{Status::Ok, "ok"},
                                      {Status::Unknown, "unknown"},
                                      {Status::Mismatch, "mismatch"},
                                      {Status::Denied, "denied"},
                                      {Status::Temporary, "temporary"},
                                      {Status::Permanent, "permanent"}}};

template <typename E, std::size_t N>
std::string_view name_of(const Names<E, N>& names, E value) {
  return std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == value; })->second;
}

template <typename E, std::size_t N>
std::optional<E> value_of(const Names<E, N>& names, std::string_view name) {
  const auto it = std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.second == name; });
  if (it == names.end()) return std::nullopt;
  return it->first;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

template <typename Number>
bool parse_number(std::string_view text, std::optional<Number>& number) {
  return parse_number(text, number.emplace());
}

bool add_extra(UserData& user, std::string_view field) {
  const std::size_t equals = field.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  user.extra.emplace_back(field.substr(0, equals), field.substr(equals + 1));
  return true;
}

/// Collects a message's parts in wiped memory and frames them as one netstring.
class Writer {
 public:
  Writer(std::string_view word, std::uint64_t tag) {
    part(word);
    part(std::to_string(tag));
  }

  void field(std::string_view name, std::string_view value) {
    body_.append(std::to_string(name.size() + 1 + value.size()));
    body_.append(":");
    body_.append(name);
    body_.append("=");
    body_.append(value);
    body_.append(",");
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) field(name, value);
  }
  void number(std::string_view name, std::uint64_t value) { field(name, std::to_string(value)); }

  Secret finish() {
    Secret message;
    message.reserve(netstring_size(body_.view().size()));
    message.append(std::to_string(body_.view().size()));
    message.append(":");
    message.append(body_.view());
    message.append(",");
    return message;
  }

 private:
  void part(std::string_view text) {
    std::string netstring;
    append_netstring(netstring, text);
    body_.append(netstring);
  }

  Secret body_;
};

/// Walks the parts of a message's payload.
class Reader {
 public:
  explicit Reader(std::string_view payload) : rest_(payload) {}

  /// The next part; empty at the end, and then complete() says if the end was a clean one.
  std::optional<std::string_view> next() {
    const Frame part = split_netstring(rest_, kMaxMessageBytes);
    if (part.state != Frame::State::Complete) return std::nullopt;
    rest_.remove_prefix(part.consumed);
    return part.payload;
  }
  [[nodiscard]] bool complete() const { return rest_.empty(); }

  template <typename E, std::size_t N>
  bool head(const Names<E, N>& names, E& word, std::uint64_t& tag) {
    const auto first = next();
    const auto second = next();
    if (!first || !second || !parse_number(*second, tag)) return false;
    const auto value = value_of(names, *first);
    if (value) word = *value;
    return value.has_value();
  }

  /// Calls set(name, value) for each field; false when one is malformed or set() refuses it.
  template <typename Set>
  bool fields(Set set) {
    while (const auto part = next()) {
      const std::size_t equals = part->find('=');
      if (equals == std::string_view::npos) return false;
      if (!set(part->substr(0, equals), part->substr(equals + 1))) return false;
    }
    return complete();
  }

 private:
  std::string_view rest_;
};

}  // namespace

Frame split_message(std::string_view input) {
  return split_netstring(input, kMaxMessageBytes);
}

Secret encode(const Request& request) {
  Writer out(name_of(kVerbs, request.verb), request.tag);
  if (request.verb == Verb::Hello) {
    out.number("version", request.version);
    out.text("host", request.host);
    return out.finish();
  }
  if (request.verb == Verb::List) {
    out.text("after", request.after);
    return out.finish();
  }
  out.field("user", request.user);
  if (request.verb == Verb::Verify) out.field("password", request.password.view());
  if (request.verb == Verb::ChangePassword) {
    out.text("password", request.password.view());
    out.field("new_password", request.new_password.view());
  }
  out.text("scheme", request.scheme);
  if (request.verifies_next) out.number("verifies_next", 1);
  out.text("service", request.service);
  out.text("remote", request.remote);
  if (request.secured) out.number("secured", 1);
  return out.finish();
}

Secret encode(const Reply& reply) {
  Writer out(name_of(kStatuses, reply.status), reply.tag);
  out.text("reason", reply.reason);
  if (reply.user) {
    out.field("user", reply.user->user);
    out.number("uid", reply.user->uid);
    out.number("gid", reply.user->gid);
    out.text("home", reply.user->home);
    out.text("maildir", reply.user->maildir);
    if (reply.user->quota_bytes) out.number("quota_bytes", *reply.user->quota_bytes);
    if (reply.user->quota_messages) out.number("quota_messages", *reply.user->quota_messages);
    out.text("mailhost", reply.user->mailhost);
    for (const auto& [name, value] : reply.user->extra)
      out.field("extra", std::string(name).append("=").append(value));
  }
  if (reply.clear_password) out.field("clear_password", reply.clear_password->view());
  if (reply.stored_password) out.field("stored_password", reply.stored_password->view());
  for (const auto& name : reply.names)
    out.field("name", name);
  if (reply.has_more) out.number("more", 1);
  return out.finish();
}

std::optional<Request> decode_request(std::string_view payload) {
  Request request;
  Reader in(payload);
  if (!in.head(kVerbs, request.verb, request.tag)) return std::nullopt;
  const bool valid = in.fields([&](std::string_view name, std::string_view value) {
    if (name == "version") return parse_number(value, request.version);
    if (name == "host") request.host = value;
    if (name == "user") request.user = value;
    if (name == "password") request.password = Secret(value);
    if (name == "new_password") request.new_password = Secret(value);
    if (name == "scheme") request.scheme = value;
    if (name == "verifies_next") request.verifies_next = value == "1";
    if (name == "after") request.after = value;
    if (name == "service") request.service = value;
    if (name == "remote") request.remote = value;
    if (name == "secured") request.secured = value == "1";
    return true;
  });
  if (!valid) return std::nullopt;
  return request;
}

std::optional<Reply> decode_reply(std::string_view payload) {
  Reply reply;
  UserData data;
  bool has_user = false;
  Reader in(payload);
  if (!in.head(kStatuses, reply.status, reply.tag)) return std::nullopt;
  const bool valid = in.fields([&](std::string_view name, std::string_view value) {
    if (name == "reason") reply.reason = value;
    if (name == "clear_password") reply.clear_password.emplace(value);
    if (name == "user") {
      has_user = true;
      data.user = value;
    }
    if (name == "uid") return parse_number(value, data.uid);
    if (name == "gid") return parse_number(value, data.gid);
    if (name == "home") data.home = value;
    if (name == "maildir") data.maildir = value;
    if (name == "quota_bytes") return parse_number(value, data.quota_bytes);
    if (name == "quota_messages") return parse_number(value, data.quota_messages);
    if (name == "mailhost") data.mailhost = value;
    if (name == "extra") return add_extra(data, value);
    if (name == "stored_password") reply.stored_password.emplace(value);
    if (name == "name") reply.names.emplace_back(value);
    if (name == "more") reply.has_more = value == "1";
    return true;
  });
  if (!valid) return std::nullopt;
  if (has_user) reply.user = std::move(data);
  return reply;
}

}  // namespace extmail::wire::auth
