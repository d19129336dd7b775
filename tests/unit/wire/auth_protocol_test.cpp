// SPDX-License-Identifier: MIT
#include "wire/auth_protocol.hpp"

#include "support/catch.hpp"
#include "wire/netstring.hpp"

#include <string>

using namespace extmail;
using namespace extmail::wire::auth;

namespace {

std::string message(std::initializer_list<std::string> parts) {
  std::string payload;
  for (const auto& part : parts)
    wire::append_netstring(payload, part);
  return payload;
}

std::string payload_of(const Secret& framed) {
  const Frame frame = split_message(framed.view());
  REQUIRE(frame.state == Frame::State::Complete);
  CHECK(frame.consumed == framed.view().size());
  return std::string(frame.payload);
}

}  // namespace

TEST_CASE("A request arrives as it was sent") {
  Request request;
  request.verb = Verb::Verify;
  request.tag = 18446744073709551615U;
  request.user = "alice@test.com";
  request.password = Secret(std::string("p=,:\0\xff", 6));
  request.service = "imap";
  request.remote = "192.0.2.1";
  request.secured = true;
  const auto read = decode_request(payload_of(encode(request)));
  REQUIRE(read);
  CHECK(read->verb == Verb::Verify);
  CHECK(read->tag == request.tag);
  CHECK(read->user == request.user);
  CHECK(read->password.view() == request.password.view());
  CHECK(read->service == "imap");
  CHECK(read->remote == "192.0.2.1");
  CHECK(read->secured);
  CHECK_FALSE(read->verifies_next);
}

TEST_CASE("A question for credentials says what the host does next") {
  Request request;
  request.verb = Verb::Credentials;
  request.user = "alice@test.com";
  request.scheme = "PLAIN";
  request.verifies_next = true;
  const auto read = decode_request(payload_of(encode(request)));
  REQUIRE(read);
  CHECK(read->scheme == "PLAIN");
  CHECK(read->verifies_next);
}

TEST_CASE("A change of password carries both, or the new one alone") {
  Request request;
  request.verb = Verb::ChangePassword;
  request.user = "alice@test.com";
  request.new_password = Secret("n,e=w");
  auto read = decode_request(payload_of(encode(request)));
  REQUIRE(read);
  CHECK(read->verb == Verb::ChangePassword);
  CHECK(read->password.empty());
  CHECK(read->new_password == request.new_password);

  request.password = Secret("old");
  read = decode_request(payload_of(encode(request)));
  REQUIRE(read);
  CHECK(read->password == request.password);
}

TEST_CASE("The handshake names version and host") {
  Request hello;
  hello.host = "dovecot-2.3";
  const auto read = decode_request(payload_of(encode(hello)));
  REQUIRE(read);
  CHECK(read->verb == Verb::Hello);
  CHECK(read->version == kVersion);
  CHECK(read->host == "dovecot-2.3");
}

TEST_CASE("A reply arrives as it was sent, absent fields absent") {
  Reply reply;
  reply.status = Status::Ok;
  reply.tag = 7;
  reply.user = UserData{"alice@test.com", 2525, 2526, "/m/alice", "/m/alice/Maildir", 0, {}, {}, {}};
  auto read = decode_reply(payload_of(encode(reply)));
  REQUIRE(read);
  REQUIRE(read->user);
  CHECK(read->user->user == "alice@test.com");
  CHECK(read->user->gid == 2526);
  CHECK(read->user->quota_bytes == std::optional<std::uint64_t>(0));
  CHECK_FALSE(read->user->quota_messages);
  CHECK_FALSE(read->clear_password);

  Reply refused;
  refused.status = Status::Denied;
  refused.reason = "the mailbox is inactive";
  read = decode_reply(payload_of(encode(refused)));
  REQUIRE(read);
  CHECK(read->status == Status::Denied);
  CHECK(read->reason == refused.reason);
  CHECK_FALSE(read->user);

  Reply credentials;
  credentials.status = Status::Ok;
  credentials.clear_password.emplace("secret");
  read = decode_reply(payload_of(encode(credentials)));
  REQUIRE(read);
  REQUIRE(read->clear_password);
  CHECK(read->clear_password->view() == "secret");
}

TEST_CASE("What the admin adds to a user arrives by name and in order") {
  Reply reply;
  reply.status = Status::Ok;
  reply.user.emplace();
  reply.user->user = "alice@test.com";
  reply.user->mailhost = "mail2.test.com";
  reply.user->extra = {{"allow_nets", "192.0.2.0/24"}, {"userdb_note", "a=b"}, {"nologin", ""}};
  reply.stored_password.emplace("{SCRAM-SHA-256}4096,c2FsdA==,a,b");
  const auto read = decode_reply(payload_of(encode(reply)));
  REQUIRE(read);
  REQUIRE(read->user);
  CHECK(read->user->mailhost == "mail2.test.com");
  CHECK(read->user->extra == reply.user->extra);
  REQUIRE(read->stored_password);
  CHECK(read->stored_password->view() == reply.stored_password->view());
}

TEST_CASE("Mailboxes are listed in pages") {
  Request request;
  request.verb = Verb::List;
  request.after = "m@test.com";
  const auto asked = decode_request(payload_of(encode(request)));
  REQUIRE(asked);
  CHECK(asked->verb == Verb::List);
  CHECK(asked->after == "m@test.com");

  Reply reply;
  reply.status = Status::Ok;
  reply.names = {"n@test.com", "o@test.com"};
  reply.has_more = true;
  const auto read = decode_reply(payload_of(encode(reply)));
  REQUIRE(read);
  CHECK(read->names == reply.names);
  CHECK(read->has_more);
}

TEST_CASE("Fields from a newer release are skipped") {
  CHECK(decode_request(message({"user", "1", "user=a@x", "colour=blue"})));
  CHECK(decode_reply(message({"ok", "1", "user=a@x", "colour=blue"})));
}

TEST_CASE("What is no message is refused") {
  for (const auto& payload :
       {std::string(), message({"verify"}), message({"verify", "x"}), message({"verify", "-1"}),
        message({"dance", "1"}), message({"verify", "1", "no equals sign"}),
        message({"verify", "1"}) + "5:half", message({"hello", "1", "version=x"}),
        message({"hello", "18446744073709551616"})}) {
    INFO(payload);
    CHECK_FALSE(decode_request(payload));
  }
  for (const auto& payload : {std::string(), message({"maybe", "1"}), message({"ok", "1", "uid=-1"}),
                              message({"ok", "1", "uid=4294967296"}), message({"ok", "1", "quota_bytes="}),
                              message({"ok", "1", "extra=nothing"})}) {
    INFO(payload);
    CHECK_FALSE(decode_reply(payload));
  }
  CHECK(split_message("65537:").state == Frame::State::Malformed);
}
