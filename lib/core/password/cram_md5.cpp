// SPDX-License-Identifier: MIT
//
// EVP shows a digest when it is finished, and not the state before. So this is MD5_Init() and its like:
// deprecated since OpenSSL 3.0, and still in all its releases. The other way would be an MD5 of our own.
#define OPENSSL_SUPPRESS_DEPRECATED  // NOLINT(cppcoreguidelines-macro-usage): the library's own switch

#include "core/password/cram_md5.hpp"

#include "core/password/digest.hpp"

#include <array>
#include <cstdint>

#include <openssl/md5.h>

namespace extmail::password {
namespace {

constexpr std::size_t kStateBytes = MD5_DIGEST_LENGTH;
using Block = WipedBytes<MD5_CBLOCK>;
using States = WipedBytes<2 * kStateBytes>;

/// The state after the key's block, each byte of which was changed by pad (RFC 2104).
bool write_state(Block& key, unsigned char pad, unsigned char* to) {
  Block block;
  for (std::size_t i = 0; i < MD5_CBLOCK; ++i)
    block.data()[i] = static_cast<unsigned char>(key.data()[i] ^ pad);
  MD5_CTX context{};
  const bool done = MD5_Init(&context) == 1 && MD5_Update(&context, block.data(), MD5_CBLOCK) == 1;
  for (const std::uint32_t word : {context.A, context.B, context.C, context.D}) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      *to++ = static_cast<unsigned char>(word >> shift);
  }
  wipe(&context, sizeof context);
  return done;
}

/// A password that is longer than a block is replaced by its digest.
bool write_key(std::string_view password, Block& key) {
  WipedBytes<kMaxDigestBytes> digest;
  const bool is_long = password.size() > MD5_CBLOCK;
  if (is_long && !compute_digest(Digest::Md5, password, {}, digest)) return false;
  const std::string_view bytes = is_long ? digest.view(MD5_DIGEST_LENGTH) : password;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    key.data()[i] = static_cast<unsigned char>(bytes[i]);
  return true;
}

/// The digest of a block that led to state and of text behind it.
bool finish_from(std::string_view state, std::string_view text, States& digest) {
  MD5_CTX context{};
  if (MD5_Init(&context) != 1) return false;
  const std::array<MD5_LONG*, 4> words{&context.A, &context.B, &context.C, &context.D};
  for (std::size_t i = 0; i < kStateBytes; ++i) {
    MD5_LONG& word = *words[i / 4];
    if (i % 4 == 0) word = 0;
    word |= static_cast<MD5_LONG>(static_cast<unsigned char>(state[i])) << (8 * (i % 4));
  }
  context.Nl = 8 * MD5_CBLOCK;  // bits so far
  const bool done =
      MD5_Update(&context, text.data(), text.size()) == 1 && MD5_Final(digest.data(), &context) == 1;
  wipe(&context, sizeof context);
  return done;
}

}  // namespace

std::optional<Secret> answer_cram_md5(std::string_view states, std::string_view challenge) {
  if (states.size() != 2 * kStateBytes) return std::nullopt;
  States inner;
  States outer;
  if (!finish_from(states.substr(kStateBytes), challenge, inner) ||
      !finish_from(states.substr(0, kStateBytes), inner.view(kStateBytes), outer))
    return std::nullopt;
  return Secret(outer.view(kStateBytes));
}

PasswordCheck check_cram_md5(std::string_view password, std::string_view states) {
  constexpr unsigned char kOuter = 0x5c;
  constexpr unsigned char kInner = 0x36;
  Block key;
  States computed;
  if (!write_key(password, key) || !write_state(key, kOuter, computed.data()) ||
      !write_state(key, kInner, computed.data() + kStateBytes))
    return PasswordCheck::Unusable;
  return constant_time_equal(computed.view(2 * kStateBytes), states) ? PasswordCheck::Match
                                                                     : PasswordCheck::Mismatch;
}

}  // namespace extmail::password
