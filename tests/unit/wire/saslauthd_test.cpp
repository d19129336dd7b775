// SPDX-License-Identifier: MIT
#include "wire/saslauthd.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using extmail::Frame;
using extmail::wire::decode_saslauthd;
using extmail::wire::encode_saslauthd_no;
using extmail::wire::encode_saslauthd_ok;
using extmail::wire::encode_saslauthd_unavailable;
using extmail::wire::kMaxSaslauthdFieldBytes;
using extmail::wire::kMaxSaslauthdReplyBytes;
using extmail::wire::split_saslauthd;
using namespace std::string_view_literals;

/// A counted string, written independently of the code under test.
std::string counted(std::string_view text) {
  std::string out{static_cast<char>(text.size() / 256), static_cast<char>(text.size() % 256)};
  return out.append(text);
}

using Fields = std::vector<std::string_view>;

std::string request(const Fields& fields) {
  std::string out;
  for (const auto field : fields) {
    out += counted(field);
  }
  return out;
}

constexpr auto kLongestBytes = [] {
  std::array<char, kMaxSaslauthdFieldBytes> bytes{};
  bytes.fill('x');
  return bytes;
}();
constexpr std::string_view kLongest(kLongestBytes.data(), kLongestBytes.size());

struct Row {
  std::string_view name;
  std::string_view login;
  std::string_view password;
  std::string_view service;
  std::string_view realm;
  std::string_view user;

  [[nodiscard]] std::string bytes() const { return request({login, password, service, realm}); }
};

constexpr auto kRows = std::to_array<Row>({
    {"user and realm", "alice", "Sek.ret1", "smtp", "example.com", "alice@example.com"},
    {"no realm", "alice", "Sek.ret1", "smtp", "", "alice"},
    {"cut at the last at sign", "alice@sub", "Sek.ret1", "smtp", "example.com", "alice@sub@example.com"},
    {"all empty", "", "", "", "", ""},
    {"NUL bytes", "al\0ice"sv, "\0"sv, "s\0"sv, "\0r"sv, "al\0ice@\0r"sv},
    {"bytes over 127", "\xc3\xa9", "\xff\xfe", "smtp", "d", "\xc3\xa9@d"},
    {"the longest fields", kLongest, kLongest, kLongest, "", kLongest},
});

}  // namespace

TEST_CASE("saslauthd: a request is found and decoded", "[wire][saslauthd]") {
  for (const auto& row : kRows) {
    INFO(row.name);
    const std::string bytes = row.bytes();

    const Frame frame = split_saslauthd(bytes);
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK(frame.consumed == bytes.size());
    CHECK(frame.payload == bytes);

    const auto decoded = decode_saslauthd(frame.payload);
    REQUIRE(decoded.has_value());
    CHECK(decoded->login == row.login);
    CHECK(decoded->password.view() == row.password);
    CHECK(decoded->service == row.service);
    CHECK(decoded->realm == row.realm);
    CHECK(decoded->user() == row.user);
  }
}

TEST_CASE("saslauthd: a request cut at any byte is incomplete", "[wire][saslauthd]") {
  for (const auto& row : kRows) {
    const std::string bytes = row.bytes();
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      INFO(row.name << ", cut at byte " << cut);
      const std::string_view part = std::string_view(bytes).substr(0, cut);
      CHECK(split_saslauthd(part).state == Frame::State::Incomplete);
      CHECK_FALSE(decode_saslauthd(part).has_value());
    }
  }
}

TEST_CASE("saslauthd: a fifth string is left alone, whole or not", "[wire][saslauthd]") {
  const std::string four = request({"alice", "Sek.ret1", "smtp", "example.com"});
  const std::string five = four + counted("192.0.2.1;54321");
  for (std::size_t size = four.size(); size <= five.size(); ++size) {
    INFO("size " << size);
    const Frame frame = split_saslauthd(std::string_view(five).substr(0, size));
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK(frame.consumed == four.size());
    CHECK(frame.payload == four);
  }
}

TEST_CASE("saslauthd: an oversize string is malformed at its length", "[wire][saslauthd]") {
  const Fields good{"alice", "Sek.ret1", "smtp", "example.com"};
  for (std::size_t field = 0; field < good.size(); ++field) {
    for (const auto length : {"\x01\x01"sv, "\xff\xff"sv}) {  // 257 and 65535
      INFO("field " << field);
      const std::string start =
          request(Fields(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(field)));
      CHECK(split_saslauthd(start + std::string(length.substr(0, 1))).state == Frame::State::Incomplete);

      const Frame frame = split_saslauthd(start + std::string(length));
      CHECK(frame.state == Frame::State::Malformed);
      CHECK_FALSE(frame.error.empty());
    }
  }
}

TEST_CASE("saslauthd: only the exact payload decodes", "[wire][saslauthd]") {
  CHECK_FALSE(decode_saslauthd("").has_value());
  CHECK_FALSE(decode_saslauthd(request({"alice", "Sek.ret1", "smtp"})).has_value());
  CHECK_FALSE(decode_saslauthd(request({"alice", "Sek.ret1", "smtp", "d", "192.0.2.1;1"})).has_value());
  CHECK_FALSE(decode_saslauthd(request({"alice", "Sek.ret1", "smtp", "d"}) + '\0').has_value());
  const std::string too_long(kMaxSaslauthdFieldBytes + 1, 'x');
  CHECK_FALSE(decode_saslauthd(request({too_long, "Sek.ret1", "smtp", "d"})).has_value());
}

TEST_CASE("saslauthd: replies", "[wire][saslauthd]") {
  CHECK(encode_saslauthd_ok() == "\0\x02OK"sv);
  CHECK(encode_saslauthd_unavailable() == "\0\0"sv);
  CHECK(encode_saslauthd_no("") == "\0\x02NO"sv);
  CHECK(encode_saslauthd_no("wrong password") == "\0\x11NO wrong password"sv);

  const std::string cut = encode_saslauthd_no(std::string(70000, 'y'));
  CHECK(cut == counted("NO " + std::string(kMaxSaslauthdReplyBytes - 3, 'y')));
}
