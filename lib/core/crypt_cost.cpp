// SPDX-License-Identifier: MIT
#include "core/crypt_cost.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace extmail {
namespace {

constexpr std::uint64_t kMaxRounds = 1000000;  // SHA-2, SHA-1, SunMD5
constexpr std::uint64_t kMaxBcryptCost = 14;   // 2^14 rounds

// yescrypt and scrypt write 2^N as one character of crypt(3)'s alphabet, which is in ASCII order. `F` is mkpasswd's cost
// 11, the highest it offers; `9` is the default.
constexpr char kMaxMemoryCost = 'F';

std::uint64_t number_at(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : number;
}

std::uint64_t number_after(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string_view::npos ? 0 : number_at(text.substr(at + name.size()));
}

/// `j9T$`: flavor, N, block size. More than the three are parallelism, time and upgrades: none makes it cheaper.
bool is_costly_yescrypt(std::string_view parameters) {
  constexpr std::size_t kUsual = 3;
  constexpr char kMaxBlockSize = 'T';  // 32, the default
  return parameters.find('$') != kUsual || parameters[1] > kMaxMemoryCost || parameters[2] > kMaxBlockSize;
}

/// `CU..../....`: N, block size 32, parallelism 1.
bool is_costly_scrypt(std::string_view parameters) {
  constexpr std::string_view kUsual = "U..../....";
  return parameters.empty() || parameters.front() > kMaxMemoryCost ||
         parameters.substr(1, kUsual.size()) != kUsual;
}

/// `_CCCC`: 24 bits of rounds, the lowest first.
bool is_costly_bsdi(std::string_view hash) {
  constexpr std::size_t kHighestDigit = 4;
  return hash.size() <= kHighestDigit || hash[kHighestDigit] != '.';
}

}  // namespace

bool is_too_costly(std::string_view hash) {
  if (hash.substr(0, 1) == "_") return is_costly_bsdi(hash);
  if (hash.substr(0, 1) != "$") return false;  // DES has one cost
  const std::size_t end = std::min(hash.find('$', 1), hash.size());
  const std::string_view scheme = hash.substr(1, end - 1);
  const std::string_view rest = hash.substr(std::min(end + 1, hash.size()));
  if (scheme == "5" || scheme == "6") return number_after(rest, "rounds=") > kMaxRounds;
  if (scheme.substr(0, 1) == "2") return number_at(rest) > kMaxBcryptCost;
  if (scheme == "y" || scheme == "gy") return is_costly_yescrypt(rest);
  if (scheme == "7") return is_costly_scrypt(rest);
  if (scheme == "sha1") return number_at(rest) > kMaxRounds;
  if (scheme.substr(0, 3) == "md5") return number_after(hash, "rounds=") > kMaxRounds;
  return false;
}

}  // namespace extmail
