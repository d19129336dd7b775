// SPDX-License-Identifier: MIT
#include "wire/authdaemond.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace extmail;
using namespace std::string_view_literals;
using namespace wire::authdaemond;

namespace {

struct Row {
  std::string name;
  std::string bytes;
  Command command;
  std::string service;
  std::string user;
  std::string password;
  std::string new_password;
  std::string remote;
};

const std::string kLongest(200, 'x');

const std::vector<Row> kRows{
    {"ExtMail", "AUTH 41\nextmail\nlogin\nalice@example.com\nSek.ret1\n", Command::Login, "extmail",
     "alice@example.com", "Sek.ret1", "", ""},
    {"no last line end", "AUTH 28\nimap\nlogin\na@example.com\nx y", Command::Login, "imap", "a@example.com",
     "x y", "", ""},
    {"carriage returns", "AUTH 31\r\nimap\r\nlogin\r\na@example.com\r\nx\r\n", Command::Login, "imap",
     "a@example.com", "x", "", ""},
    {"blanks about the length", "AUTH  16 \nimap\nlogin\na@b\nx", Command::Login, "imap", "a@b", "x", "", ""},
    {"a client's address", "TCPREMOTEIP=192.0.2.7\nAUTH 16\nimap\nlogin\na@b\nx", Command::Login, "imap",
     "a@b", "x", "", "192.0.2.7"},
    {"other variables", "A=b c\n=\nTCPREMOTEIP=::1\r\nTCPLOCALPORT=143\nPRE . imap a@b\n", Command::Lookup,
     "imap", "a@b", "", "", "::1"},
    {"an address that is none", "TCPREMOTEIP=" + kLongest + "\nPRE . imap a@b\n", Command::Lookup, "imap",
     "a@b", "", "", kLongest.substr(0, 64)},
    {"no password", "AUTH 15\nimap\nlogin\na@b\n", Command::Impossible, "imap", "", "", "", ""},
    {"an empty password", "AUTH 16\nimap\nlogin\na@b\n\n", Command::Impossible, "imap", "", "", "", ""},
    {"no user", "AUTH 14\nimap\nlogin\n\nx\n", Command::Impossible, "imap", "", "", "", ""},
    {"nothing behind the type", "AUTH 11\nimap\nlogin\n", Command::Impossible, "imap", "", "", "", ""},
    {"an unknown type", "AUTH 19\nimap\nkerberos\na@b\nx", Command::Impossible, "imap", "", "", "", ""},
    {"a type in capitals", "AUTH 16\nimap\nLOGIN\na@b\nx", Command::Impossible, "imap", "", "", "", ""},
    {"a lookup", "PRE . imap alice@example.com\n", Command::Lookup, "imap", "alice@example.com", "", "", ""},
    {"of one module", "PRE authmysql login alice@example.com\r\n", Command::Lookup, "login",
     "alice@example.com", "", "", ""},
    {"blanks between", "PRE  .  imap  a b@c\n", Command::Lookup, "imap", "a b@c", "", "", ""},
    {"a password change", "PASSWD extmail\ta@b\told one\tnew=one\n", Command::ChangePassword, "extmail",
     "a@b", "old one", "new=one", ""},
    {"something behind it", "PASSWD extmail\ta@b\told\tnew\tmore\n", Command::ChangePassword, "extmail",
     "a@b", "old", "new", ""},
    {"without the old one", "PASSWD extmail\ta@b\t\tnew\n", Command::Impossible, "extmail", "", "", "", ""},
    {"without a new one", "PASSWD extmail\ta@b\told\t\n", Command::Impossible, "extmail", "", "", "", ""},
    {"without a user", "PASSWD extmail\t\told\tnew\n", Command::Impossible, "extmail", "", "", "", ""},
    {"a control character", "PASSWD extmail\ta@b\told\tn\x01w\n", Command::Impossible, "extmail", "", "", "",
     ""},
    {"a list", "ENUMERATE\n", Command::Enumerate, "", "", "", "", ""},
    {"a list with something behind it", "ENUMERATE all\r\n", Command::Enumerate, "", "", "", "", ""},
};

/// `<1896.697170952@postoffice.example.net>` and `tim b913a602c7eda7a495b4e6e7334d3890`: RFC 2195's example.
constexpr std::string_view kChallenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UuZXhhbXBsZS5uZXQ+";
constexpr std::string_view kResponse = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw";

std::string auth(const std::string& body) {
  return "AUTH " + std::to_string(body.size()) + "\n" + body;
}

std::string challenge(std::string_view type, std::string_view sent, std::string_view answered) {
  return auth("imap\n" + std::string(type) + "\n" + std::string(sent) + "\n" + std::string(answered) + "\n");
}

Request decoded(const std::string& bytes) {
  const Frame frame = split_request(bytes);
  REQUIRE(frame.state == Frame::State::Complete);
  auto request = decode_request(frame.payload);
  REQUIRE(request);
  return std::move(*request);
}

Account alice() {
  Account account;
  account.uid = 1000;
  account.gid = 1001;
  account.home = "/b/example.com/alice";
  account.address = "alice@example.com";
  account.name = "Alice";
  account.maildir = "/b/example.com/alice/Maildir/";
  account.quota = "209715200S";
  account.password = Secret("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0");
  account.clear_password = Secret("Sek.ret1");
  account.options = "disableimap=1,netdiskquota=52428800S";
  return account;
}

}  // namespace

TEST_CASE("authdaemond: a request is found and decoded", "[wire][authdaemond]") {
  for (const auto& row : kRows) {
    INFO(row.name);
    for (const std::string behind : {"", "\n", "more"}) {
      const std::string bytes = row.bytes + behind;
      const Frame frame = split_request(bytes);
      REQUIRE(frame.state == Frame::State::Complete);
      CHECK(frame.consumed == row.bytes.size());
      CHECK(frame.payload == row.bytes);
    }
    const Request request = decoded(row.bytes);
    CHECK(request.command == row.command);
    CHECK(request.service == row.service);
    CHECK(request.user == row.user);
    CHECK(request.password.view() == row.password);
    CHECK(request.new_password.view() == row.new_password);
    CHECK(request.remote == row.remote);
  }
}

TEST_CASE("authdaemond: a request cut at any byte is incomplete", "[wire][authdaemond]") {
  for (const auto& row : kRows) {
    for (std::size_t cut = 0; cut < row.bytes.size(); ++cut) {
      INFO(row.name << ", cut at byte " << cut);
      CHECK(split_request(std::string_view(row.bytes).substr(0, cut)).state == Frame::State::Incomplete);
    }
  }
}

TEST_CASE("authdaemond: what comes in place of a request is malformed", "[wire][authdaemond]") {
  const std::vector<std::string> none{"\n",
                                      "\r\n",
                                      "HELLO\n",
                                      "auth 16\n",
                                      " PRE . imap a@b\n",
                                      "GET / HTTP/1.1\r\n",
                                      "AUTH\n",
                                      "AUTH \n",
                                      "AUTH x\n",
                                      "AUTH -1\n",
                                      "AUTH 16x\n",
                                      "AUTH 16 x\n",
                                      "AUTH 8192\n",
                                      "AUTH 99999999999999999999\n"};
  for (const auto& bytes : none) {
    INFO(bytes);
    const Frame frame = split_request(bytes);
    CHECK(frame.state == Frame::State::Malformed);
    CHECK_FALSE(frame.error.empty());
    CHECK_FALSE(decode_request("").has_value());
  }
}

TEST_CASE("authdaemond: what names nothing to do is no request", "[wire][authdaemond]") {
  for (const std::string bytes :
       {"AUTH 0\n", "AUTH 4\nimap", "AUTH 5\nimap\n", "AUTH 10\nimap\nlogin", "PRE\n", "PRE .\n",
        "PRE . imap\n", "PRE . imap \n", "PASSWD\n", "PASSWD a\tb\tc\n"}) {
    INFO(bytes);
    const Frame frame = split_request(bytes);
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK_FALSE(decode_request(frame.payload).has_value());
  }
  CHECK_FALSE(decode_request("A=b\n").has_value());
}

TEST_CASE("authdaemond: lines and bodies are bounded", "[wire][authdaemond]") {
  const std::string longest = "PRE . imap " + std::string(kMaxLineBytes - 12, 'u') + "\n";
  REQUIRE(longest.size() == kMaxLineBytes);
  CHECK(split_request(longest).state == Frame::State::Complete);
  CHECK(split_request("u" + longest).state == Frame::State::Malformed);
  CHECK(split_request(std::string(kMaxLineBytes - 1, 'u')).state == Frame::State::Incomplete);
  CHECK(split_request(std::string(kMaxLineBytes, 'u')).state == Frame::State::Malformed);

  std::string body = "imap\nlogin\na@b\n";
  body.append(kMaxBodyBytes - body.size(), 'p');
  CHECK(decoded(auth(body)).password.view().size() == kMaxBodyBytes - 15);
  CHECK(split_request(auth(body + "p")).state == Frame::State::Malformed);

  std::string variables;
  while (variables.size() <= kMaxHeadBytes)
    variables += "A=b\n";
  CHECK(split_request(variables).state == Frame::State::Malformed);
}

TEST_CASE("authdaemond: the answer to a challenge", "[wire][authdaemond]") {
  for (const auto& [type, mechanism] : std::vector<std::pair<std::string, std::string>>{
           {"cram-md5", "CRAM-MD5"}, {"cram-sha1", "CRAM-SHA1"}, {"cram-sha256", "CRAM-SHA256"}}) {
    const Request request = decoded(challenge(type, kChallenge, kResponse));
    CHECK(request.command == Command::Challenge);
    CHECK(request.service == "imap");
    CHECK(request.mechanism == mechanism);
    CHECK(request.user == "tim");
    CHECK(request.challenge.view() == "<1896.697170952@postoffice.example.net>");
    CHECK(request.digest_hex.view() == "b913a602c7eda7a495b4e6e7334d3890");
  }
  // `a b c`: the digest is behind the last blank.
  CHECK(decoded(challenge("cram-md5", kChallenge, "YSBiIGM=")).user == "a b");
  CHECK(decoded(challenge("cram-md5", kChallenge, "YSBiIGM=")).digest_hex.view() == "c");
  for (const auto& [sent, answered] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"", kResponse},
                                                                  {kChallenge, ""},
                                                                  {"!", kResponse},
                                                                  {kChallenge, "!"},
                                                                  {kChallenge, "dGlt"},     // `tim`
                                                                  {kChallenge, "IHg="},     // ` x`
                                                                  {kChallenge, "eCA="}}) {  // `x `
    INFO(sent << " " << answered);
    CHECK(decoded(challenge("cram-md5", sent, answered)).command == Command::Impossible);
  }
}

TEST_CASE("authdaemond: an account, byte for byte", "[wire][authdaemond]") {
  CHECK(encode(alice()).view() ==
        "UID=1000\nGID=1001\nHOME=/b/example.com/alice\nADDRESS=alice@example.com\nNAME=Alice\n"
        "MAILDIR=/b/example.com/alice/Maildir/\nQUOTA=209715200S\nPASSWD=$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0\n"
        "PASSWD2=Sek.ret1\nOPTIONS=disableimap=1,netdiskquota=52428800S\n.\n");
}

TEST_CASE("authdaemond: a field that is empty or would be several is left out", "[wire][authdaemond]") {
  Account account;
  account.uid = 1000;
  account.gid = 1001;
  account.home = "/h";
  CHECK(encode(account).view() == "UID=1000\nGID=1001\nHOME=/h\n.\n");
  for (const auto value : {"x\nUID=0"sv, "x\rUID=0"sv, "x\0UID=0"sv, "\n.\n"sv}) {
    account.address = account.name = account.maildir = account.quota = account.options = value;
    account.password = Secret(value);
    account.clear_password = Secret(value);
    CHECK(encode(account).view() == "UID=1000\nGID=1001\nHOME=/h\n.\n");
  }
}

TEST_CASE("authdaemond: of a person's name comes what is before a comma", "[wire][authdaemond]") {
  Account account = alice();
  account.name = "Alice, room 7";
  CHECK(encode(account).view().find("NAME=Alice\n") != std::string_view::npos);
  account.name = ",x";
  CHECK(encode(account).view().find("NAME=") == std::string_view::npos);
}

TEST_CASE("authdaemond: a line of a list", "[wire][authdaemond]") {
  const Listed mailbox{"a@b", 1000, 1001, "/h", "/h/Maildir/", "disableimap=1"};
  CHECK(encode(mailbox) == "a@b\t1000\t1001\t/h\t/h/Maildir/\tdisableimap=1\n");
  CHECK(encode(Listed{"a@b", 1, 2, "/h", "", ""}) == "a@b\t1\t2\t/h\t\t\n");

  for (const auto part : {"\t"sv, "\n"sv, "\0"sv, "\x1f"sv}) {
    Listed broken = mailbox;
    broken.maildir += part;
    CHECK(encode(broken).empty());
    broken = mailbox;
    broken.user.insert(0, part);
    CHECK(encode(broken).empty());
  }
  Listed longest = mailbox;
  longest.home += std::string(kMaxLineBytes - encode(mailbox).size(), 'h');
  CHECK(encode(longest).size() == kMaxLineBytes);
  longest.home += 'h';
  CHECK(encode(longest).empty());
}
