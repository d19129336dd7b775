// SPDX-License-Identifier: MIT
//
// Input: the default scheme, a line end, then what is stored. What takes long is read, and not computed: hashes may cost
// a second each.
#include "core/password.hpp"
#include "core/password/argon2.hpp"
#include "core/password/crypt_cost.hpp"
#include "core/password/encoding.hpp"
#include "core/password/pbkdf2.hpp"
#include "core/password/scheme.hpp"
#include "core/password/scram.hpp"
#include "frame_properties.hpp"

#include <cstddef>
#include <cstdint>

using extmail::PasswordCheck;
using extmail::tests::require;

namespace {

constexpr std::string_view kPassword = "extmail";

void check_encodings(std::string_view text) {
  const auto hex = extmail::password::decode_hex(text);
  require(!hex || hex->view().size() * 2 == text.size());
  const auto base64 = extmail::password::decode_base64(text);
  require(!base64 || base64->view().size() <= text.size());
}

void check_costs(std::string_view text) {
  (void)extmail::password::is_affordable_argon2(text);
  require(!extmail::password::is_cheap(text) || !extmail::password::is_too_costly(text));
}

/// Old kinds of crypt(3), and few rounds.
bool takes_little(const extmail::password::StoredValue& value) {
  using extmail::password::Form;
  constexpr int kFewRounds = 5000;
  const std::string_view text = value.bytes.view();
  if (value.form == Form::Crypt)
    return text.substr(0, 1) != "$" || text.substr(0, 3) == "$1$" || text.substr(0, 3) == "$3$";
  if (value.form == Form::Pbkdf2) {
    const auto hash = extmail::password::read_pbkdf2(text);
    return !hash || hash->rounds <= kFewRounds;
  }
  if (value.form == Form::Scram) {
    const auto verifier = extmail::password::read_scram(text, value.digest);
    return !verifier || verifier->rounds <= kFewRounds;
  }
  return value.form != Form::Argon2;
}

void check_clear(const extmail::Secret& clear, std::string_view stored, std::string_view usual) {
  require(extmail::is_quick(stored, usual) && extmail::is_weak(stored, usual));
  require(!extmail::challenge_scheme(stored));
  if (clear.view().size() <= extmail::kMaxPasswordBytes)
    require(extmail::check_password(clear.view(), stored, usual) == PasswordCheck::Match);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const std::string_view usual = end == std::string_view::npos ? "CRYPT" : input.substr(0, end);
  const std::string_view stored = end == std::string_view::npos ? input : input.substr(end + 1);
  check_encodings(stored);
  check_costs(stored);

  const auto value = extmail::password::read_stored(stored, usual);
  if (!value) {
    require(extmail::check_password(kPassword, stored, usual) == PasswordCheck::Unusable);
    require(extmail::is_quick(stored, usual) && !extmail::is_weak(stored, usual));
    require(!extmail::challenge_scheme(stored) && extmail::clear_text(stored, usual).empty());
    return 0;
  }
  require(!value->bytes.empty() && stored.size() <= extmail::password::kMaxStoredBytes);
  check_costs(value->bytes.view());
  require(!extmail::challenge_scheme(stored) || !extmail::is_weak(stored, usual));
  require(extmail::check_password("", stored, usual) == PasswordCheck::Mismatch);

  const extmail::Secret clear = extmail::clear_text(stored, usual);
  if (!clear.empty()) check_clear(clear, stored, usual);
  if (takes_little(*value)) (void)extmail::check_password(kPassword, stored, usual);

  extmail::DecoyHash decoy;
  decoy.resemble(stored, usual);
  require(!decoy.is_quick() || extmail::is_quick(stored, usual));
  return 0;
}
