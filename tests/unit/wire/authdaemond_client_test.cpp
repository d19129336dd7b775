// SPDX-License-Identifier: MIT
#include "wire/authdaemond_client.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace extmail;
using namespace extmail::wire::authdaemond;
using namespace std::string_view_literals;

namespace {

std::string login(const Question& question, std::string_view password) {
  const auto bytes = encode_login(question, password);
  return bytes ? std::string(bytes->view()) : "can't be said";
}

std::string lookup(const Question& question) {
  const auto bytes = encode_lookup(question);
  return bytes ? std::string(bytes->view()) : "can't be said";
}

constexpr std::string_view kAlice =
    "UID=1000\nGID=1001\nHOME=/b/example.com/alice\nADDRESS=alice@example.com\nNAME=Alice\n"
    "MAILDIR=/b/example.com/alice/Maildir/\nQUOTA=209715200S\nPASSWD=$1$phz1mRrj$x\nPASSWD2=Sek.ret1\n"
    "OPTIONS=disableimap=1,netdiskquota=5S\n.\n";

}  // namespace

TEST_CASE("authdaemond client: what it asks is what Courier's clients ask", "[wire][authdaemond]") {
  CHECK(login({"extmail", "alice@example.com", ""}, "Sek.ret1") ==
        "AUTH 41\nextmail\nlogin\nalice@example.com\nSek.ret1\n\n");
  CHECK(login({"login", "a b@c", "192.0.2.7"}, "") ==
        "TCPREMOTEIP=192.0.2.7\nAUTH 19\nlogin\nlogin\na b@c\n\n\n");
  CHECK(lookup({"imap", "alice@example.com", ""}) == "PRE . imap alice@example.com\n");
  CHECK(lookup({"imap", "al ice", "::1"}) == "TCPREMOTEIP=::1\nPRE . imap al ice\n");
}

TEST_CASE("authdaemond client: the server reads what it asks", "[wire][authdaemond]") {
  const Question question{"pop3", "alice@example.com", "2001:db8::7"};
  for (const std::string_view password : {" two  words "sv, "tab\there"sv, "\xd0\xbf\xff"sv, "{PLAIN}=x"sv}) {
    const auto bytes = encode_login(question, password);
    REQUIRE(bytes);
    const Frame frame = split_request(bytes->view());
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK(bytes->view().substr(frame.consumed) == "\n");
    const auto request = decode_request(frame.payload);
    REQUIRE(request);
    CHECK(request->command == Command::Login);
    CHECK(request->service == question.service);
    CHECK(request->user == question.user);
    CHECK(request->remote == question.remote);
    CHECK(request->password.view() == password);
  }
  const auto bytes = encode_lookup(question);
  REQUIRE(bytes);
  const Frame frame = split_request(bytes->view());
  REQUIRE(frame.state == Frame::State::Complete);
  CHECK(frame.consumed == bytes->view().size());
  const auto request = decode_request(frame.payload);
  REQUIRE(request);
  CHECK(request->command == Command::Lookup);
  CHECK(request->service == question.service);
  CHECK(request->user == question.user);
  CHECK(request->remote == question.remote);
}

TEST_CASE("authdaemond client: what the protocol can't say is not sent", "[wire][authdaemond]") {
  const std::string long_text(kMaxBodyBytes, 'x');
  for (const auto& question : std::vector<Question>{
           {"", "user", ""},
           {"login", "", ""},
           {"log\nin", "user", ""},
           {"login", "us\ner", ""},
           {"login", "us\rer", ""},
           {"login", std::string("us\0er", 5), ""},
           {"login", "user", "::1\nAUTH 1"},
           {"login", long_text, ""},
           {"login", "user", long_text},
       }) {
    INFO(question.service << '/' << question.user << '/' << question.remote);
    CHECK_FALSE(encode_login(question, "password"));
    CHECK_FALSE(encode_lookup(question));
  }
  CHECK_FALSE(encode_login({"login", "user", ""}, "two\nlines"));
  CHECK_FALSE(encode_login({"login", "user", ""}, "zero\0"sv));
  CHECK_FALSE(encode_login({"login", "user", ""}, long_text));
  CHECK_FALSE(encode_lookup({"log in", "user", ""}));
  CHECK_FALSE(encode_lookup({"login", " user", ""}));

  // "login\nlogin\nuser\n" and the line break behind the password are 18 bytes.
  CHECK(encode_login({"login", "user", ""}, long_text.substr(18)));
  CHECK_FALSE(encode_login({"login", "user", ""}, long_text.substr(17)));
  // "PRE . login " and the line break are 13.
  CHECK(encode_lookup({"login", long_text.substr(13), ""}));
  CHECK_FALSE(encode_lookup({"login", long_text.substr(12), ""}));
}

TEST_CASE("authdaemond client: an account is read", "[wire][authdaemond]") {
  const Frame frame = split_answer(kAlice);
  REQUIRE(frame.state == Frame::State::Complete);
  CHECK(frame.payload == kAlice);
  const auto answer = decode_answer(frame.payload);
  REQUIRE(answer);
  REQUIRE(answer->is_found());
  const Account& account = answer->value();
  CHECK(account.uid == 1000);
  CHECK(account.gid == 1001);
  CHECK(account.home == "/b/example.com/alice");
  CHECK(account.address == "alice@example.com");
  CHECK(account.name == "Alice");
  CHECK(account.maildir == "/b/example.com/alice/Maildir/");
  CHECK(account.quota == "209715200S");
  CHECK(account.password.view() == "$1$phz1mRrj$x");
  CHECK(account.clear_password.view() == "Sek.ret1");
  CHECK(account.options == "disableimap=1,netdiskquota=5S");
  CHECK(encode(account).view() == kAlice);
}

TEST_CASE("authdaemond client: fields may be missing, unknown or there twice", "[wire][authdaemond]") {
  const auto answer = decode_answer("GID=2\nNEW=thing\nUID=1\nHOME=/a\nHOME=/b\nNAME=a=b\n.\n");
  REQUIRE(answer);
  REQUIRE(answer->is_found());
  CHECK(answer->value().uid == 1);
  CHECK(answer->value().gid == 2);
  CHECK(answer->value().home == "/b");
  CHECK(answer->value().name == "a=b");
  CHECK(answer->value().address.empty());
  CHECK(answer->value().password.empty());
}

TEST_CASE("authdaemond client: a refusal is not found", "[wire][authdaemond]") {
  const Frame frame = split_answer("FAIL\n");
  REQUIRE(frame.state == Frame::State::Complete);
  const auto answer = decode_answer(frame.payload);
  REQUIRE(answer);
  CHECK(answer->is_not_found());
}

TEST_CASE("authdaemond client: what is cut off is no answer", "[wire][authdaemond]") {
  for (const std::string_view whole : {kAlice, "FAIL\n"sv}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      INFO(whole.substr(0, cut));
      CHECK(split_answer(whole.substr(0, cut)).state == Frame::State::Incomplete);
      CHECK_FALSE(decode_answer(whole.substr(0, cut)));
    }
  }
}

TEST_CASE("authdaemond client: what is no answer is not taken for one", "[wire][authdaemond]") {
  for (const std::string_view wrong : {
           "OK\n.\n"sv,
           ".\n"sv,
           "UID=1\n.\n"sv,
           "GID=1\n.\n"sv,
           "UID=\nGID=1\n.\n"sv,
           "UID=-1\nGID=1\n.\n"sv,
           "UID=1x\nGID=1\n.\n"sv,
           "UID=4294967296\nGID=1\n.\n"sv,
           "UID=1\nUID=x\nGID=1\n.\n"sv,
           "UID=1\nGID=1\n\n.\n"sv,
           "UID=1\nGID=1\nFAIL\n"sv,
           "UID=1\nGID=1\n.\r\n"sv,
           "FAIL\r\n"sv,
       }) {
    INFO(wrong);
    CHECK_FALSE(decode_answer(wrong));
  }
}

TEST_CASE("authdaemond client: an answer has a limit", "[wire][authdaemond]") {
  const std::string start = "UID=1\nGID=1\nHOME=";
  const std::string longest = start + std::string(kMaxAnswerBytes - start.size() - 3, 'x') + "\n.\n";
  REQUIRE(longest.size() == kMaxAnswerBytes);
  CHECK(split_answer(longest).state == Frame::State::Complete);
  const std::string over = start + std::string(kMaxAnswerBytes - start.size() - 2, 'x') + "\n.\n";
  CHECK(split_answer(over).state == Frame::State::Malformed);
  CHECK(split_answer(std::string(kMaxAnswerBytes, 'x')).state == Frame::State::Malformed);
  CHECK(split_answer(std::string(kMaxAnswerBytes - 1, 'x')).state == Frame::State::Incomplete);
}
