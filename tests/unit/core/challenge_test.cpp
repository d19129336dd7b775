// SPDX-License-Identifier: MIT
#include "core/challenge.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

namespace {

// RFC 2195, section 2.
constexpr const char* kChallenge = "<1896.697170952@postoffice.reston.mci.net>";
constexpr const char* kPassword = "tanstaaftanstaaf";
constexpr const char* kMd5 = "b913a602c7eda7a495b4e6e7334d3890";
// `doveadm pw -s CRAM-MD5 -p tanstaaftanstaaf`
constexpr const char* kStates = "{CRAM-MD5}d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b";

ChallengeResponse response(const std::string& mechanism, const std::string& digest) {
  return {mechanism, Secret(kChallenge), Secret(digest)};
}

}  // namespace

TEST_CASE("An answer is checked against the password") {
  struct Row {
    std::string mechanism;
    std::string digest;
    std::string password;
    PasswordCheck result;
  };
  const std::vector<Row> rows{
      {"CRAM-MD5", kMd5, kPassword, PasswordCheck::Match},
      {"CRAM-MD5", "B913A602C7EDA7A495B4E6E7334D3890", kPassword, PasswordCheck::Match},
      {"CRAM-SHA1", "8cb10ed0a8b764ab0e05125dd6eaa295f19b5943", kPassword, PasswordCheck::Match},
      {"CRAM-SHA256", "f0011bbf7c1618ef90e3f18148e5eda4e15631c9c38ebef062bf7143ff72e944", kPassword,
       PasswordCheck::Match},
      {"CRAM-SHA1", kMd5, kPassword, PasswordCheck::Mismatch},
      {"CRAM-MD5", kMd5, "tanstaaf", PasswordCheck::Mismatch},
      {"CRAM-MD5", "b913a602c7eda7a495b4e6e7334d38", kPassword, PasswordCheck::Mismatch},
      {"CRAM-MD5", "no digits", kPassword, PasswordCheck::Mismatch},
      {"CRAM-MD5", "", kPassword, PasswordCheck::Mismatch},
      {"CRAM-MD5", "a00b54b824afa19ec2de0f73cb2a04c2", "", PasswordCheck::Mismatch},
      {"CRAM-SHA512", kMd5, kPassword, PasswordCheck::Unusable},
  };
  for (const auto& row : rows) {
    INFO(row.mechanism << " " << row.digest << " " << row.password);
    CHECK(check_response(response(row.mechanism, row.digest), row.password) == row.result);
  }
}

TEST_CASE("An answer is checked against what is stored for CRAM-MD5") {
  CHECK(check_response_by_verifier(response("CRAM-MD5", kMd5), kStates) == PasswordCheck::Match);
  CHECK(check_response_by_verifier(response("CRAM-MD5", std::string(32, '0')), kStates) ==
        PasswordCheck::Mismatch);
  CHECK(check_response_by_verifier(response("CRAM-SHA1", kMd5), kStates) == PasswordCheck::Unusable);
  CHECK(check_response_by_verifier(response("CRAM-MD5", kMd5), "{CRAM-MD5}c25a") == PasswordCheck::Unusable);
  CHECK(check_response_by_verifier(response("CRAM-MD5", kMd5), "{PLAIN}tanstaaftanstaaf") ==
        PasswordCheck::Unusable);
}
