// SPDX-License-Identifier: MIT
#include "core/password/crypt.hpp"

#include "core/address.hpp"
#include "core/password/crypt_cost.hpp"

#include <array>
#include <optional>

#include <crypt.h>

namespace extmail::password {
namespace {

static_assert(kMaxPasswordBytes + 1 == CRYPT_MAX_PASSPHRASE_SIZE);

/// This thread's room for the library to work in, 32 kB, of which only the hash it has computed is left behind: the
/// library erases its scratch space itself (crypt.h). Made once a thread, because to make and wipe all of it takes 4 µs, of
/// the 110 µs of the quickest hash that people have, MD5-crypt.
class CryptData {
 public:
  CryptData() : data_(of_this_thread()) {}
  CryptData(const CryptData&) = delete;
  CryptData& operator=(const CryptData&) = delete;
  ~CryptData() { wipe(data_.output, sizeof data_.output); }

  /// Null where the library can't.
  const char* hash(const Secret& phrase, const char* setting) {
    return crypt_rn(phrase.c_str(), setting, &data_, sizeof data_);
  }

 private:
  static crypt_data& of_this_thread() {
    thread_local crypt_data data{};
    return data;
  }

  crypt_data& data_;
};

// The library reads C strings: a zero byte would cut a password or a hash short.
bool has_zero(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

PasswordCheck check_crypt(std::string_view password, const Secret& hash) {
  if (has_zero(password)) return PasswordCheck::Mismatch;
  if (has_zero(hash.view()) || is_too_costly(hash.view())) return PasswordCheck::Unusable;
  CryptData data;
  const Secret phrase(password);
  const char* computed = data.hash(phrase, hash.c_str());
  if (computed == nullptr) return PasswordCheck::Unusable;
  // A truncated hash is still a valid setting, but nothing can equal it: the row is damaged, not the password
  // wrong.
  const std::string_view result(computed);
  if (result.size() != hash.view().size()) return PasswordCheck::Unusable;
  return constant_time_equal(result, hash.view()) ? PasswordCheck::Match : PasswordCheck::Mismatch;
}

bool is_ambiguous_crypt(std::string_view password, std::string_view hash) {
  constexpr std::size_t kDesHash = 13;  // longer ones are of a successor, which reads on
  constexpr std::size_t kDesBytes = 8;
  if (hash.starts_with("$2x$") && !is_ascii(password)) return true;
  if (hash.starts_with("$2")) return password.size() >= kMaxBcryptPasswordBytes;
  return hash.size() == kDesHash && !hash.starts_with('$') && password.size() >= kDesBytes;
}

std::optional<Secret> make_crypt(std::string_view password, const char* prefix, unsigned long cost) {
  if (has_zero(password)) return std::nullopt;
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn(prefix, cost, nullptr, 0, setting.data(), CRYPT_GENSALT_OUTPUT_SIZE) == nullptr)
    return std::nullopt;
  CryptData data;
  const Secret phrase(password);
  const char* computed = data.hash(phrase, setting.data());
  if (computed == nullptr) return std::nullopt;
  return Secret(computed);
}

}  // namespace extmail::password
