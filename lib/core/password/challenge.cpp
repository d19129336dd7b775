// SPDX-License-Identifier: MIT
#include "core/challenge.hpp"

#include "core/password/cram_md5.hpp"
#include "core/password/digest.hpp"
#include "core/password/encoding.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace extmail {
namespace {

using password::Digest;

constexpr std::string_view kCramMd5 = "CRAM-MD5";
constexpr std::array<std::pair<std::string_view, Digest>, 3> kMechanisms{
    {{kCramMd5, Digest::Md5}, {"CRAM-SHA1", Digest::Sha1}, {"CRAM-SHA256", Digest::Sha256}}};

std::optional<Digest> digest_of(std::string_view mechanism) {
  for (const auto& [name, digest] : kMechanisms)
    if (name == mechanism) return digest;
  return std::nullopt;
}

PasswordCheck compare(const ChallengeResponse& response, std::string_view expected) {
  const auto given = password::decode_hex(response.digest_hex.view());
  return given && constant_time_equal(given->view(), expected) ? PasswordCheck::Match
                                                               : PasswordCheck::Mismatch;
}

}  // namespace

PasswordCheck check_response(const ChallengeResponse& response, std::string_view password) {
  const auto digest = digest_of(response.mechanism);
  password::WipedBytes<password::kMaxDigestBytes> expected;
  if (!digest || !password::compute_hmac(*digest, password, response.challenge.view(), expected))
    return PasswordCheck::Unusable;
  if (password.empty()) return PasswordCheck::Mismatch;
  return compare(response, expected.view(password::bytes_of(*digest)));
}

PasswordCheck check_response_by_verifier(const ChallengeResponse& response, std::string_view stored) {
  if (response.mechanism != kCramMd5 || challenge_scheme(stored) != kCramMd5) return PasswordCheck::Unusable;
  const auto states = password::decode_hex(stored.substr(stored.find('}') + 1));
  const auto expected =
      states ? password::answer_cram_md5(states->view(), response.challenge.view()) : std::nullopt;
  return expected ? compare(response, expected->view()) : PasswordCheck::Unusable;
}

}  // namespace extmail
