// SPDX-License-Identifier: MIT
#include "core/password/crypt_cost.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace extmail::password {
namespace {

constexpr std::uint64_t kMaxRounds = 1000000;  // SHA-2, SHA-1, SunMD5
constexpr std::uint64_t kMaxBcryptCost = 14;   // 2^14 rounds

// Both write the logarithm of N as one character of crypt(3)'s alphabet, which is in ASCII order; yescrypt writes one
// less. With the usual block size these are 256 MiB, as for Argon2: each hashing thread may use so much at once.
constexpr char kMaxYescryptN = 'D';  // mkpasswd's cost 9 of 11; `9` is the default
constexpr char kMaxScryptN = 'E';    // `C` is the default

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
  return parameters.find('$') != kUsual || parameters[1] > kMaxYescryptN || parameters[2] > kMaxBlockSize;
}

/// `CU..../....`: N, block size 32, parallelism 1.
bool is_costly_scrypt(std::string_view parameters) {
  constexpr std::string_view kUsual = "U..../....";
  return parameters.empty() || parameters.front() > kMaxScryptN ||
         parameters.substr(1, kUsual.size()) != kUsual;
}

/// `_CCCC`: 24 bits of rounds, the lowest first.
bool is_costly_bsdi(std::string_view hash) {
  constexpr std::size_t kHighestDigit = 4;
  return hash.size() <= kHighestDigit || hash[kHighestDigit] != '.';
}

/// What a character of crypt(3)'s alphabet counts; 0 for any other.
std::size_t digit(char c) {
  constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::size_t value = kAlphabet.find(c);
  return value == std::string_view::npos ? 0 : value;
}

/// Less memory than `j9T`: N, written as its logarithm less one, times the block size, written less one.
bool is_cheap_yescrypt(std::string_view parameters) {
  const auto memory = [](std::string_view p) { return (digit(p[2]) + 1) << (digit(p[1]) + 1); };
  return memory(parameters) < memory("j9T");
}

/// `AU..../....` takes as much memory as `j9T`.
bool is_cheap_scrypt(std::string_view parameters) {
  return parameters.front() < 'A';
}

/// The 13 characters of DES, and the 20 of BSDi's.
bool is_des(std::string_view hash) {
  constexpr std::size_t kDes = 13;
  constexpr std::size_t kBsdi = 20;
  return hash.size() == (hash.front() == '_' ? kBsdi : kDes);
}

/// A hash as its method and what comes behind it: `6` and `rounds=…`.
struct Parts {
  std::string_view method;
  std::string_view rest;
};

Parts split(std::string_view hash) {
  const std::size_t end = std::min(hash.find('$', 1), hash.size());
  return {hash.substr(1, end - 1), hash.substr(std::min(end + 1, hash.size()))};
}

}  // namespace

bool is_too_costly(std::string_view hash) {
  if (hash.substr(0, 1) == "_") return is_costly_bsdi(hash);
  if (hash.substr(0, 1) != "$") return false;  // DES has one cost
  const auto [method, rest] = split(hash);
  if (method == "5" || method == "6") return number_after(rest, "rounds=") > kMaxRounds;
  if (method.substr(0, 1) == "2") return number_at(rest) > kMaxBcryptCost;
  if (method == "y" || method == "gy") return is_costly_yescrypt(rest);
  if (method == "7") return is_costly_scrypt(rest);
  if (method == "sha1") return number_at(rest) > kMaxRounds;
  if (method.substr(0, 3) == "md5") return number_after(hash, "rounds=") > kMaxRounds;
  return false;
}

bool is_cheap(std::string_view hash) {
  if (hash.empty() || is_too_costly(hash)) return false;
  if (hash.front() != '$') return is_des(hash);
  const auto [method, rest] = split(hash);
  if (method == "5" || method == "6") return number_after(rest, "rounds=") < kNewSha512Rounds;  // 0 is 5000
  if (method.substr(0, 1) == "2") return number_at(rest) < kNewBcryptCost;
  if (method == "y" || method == "gy") return is_cheap_yescrypt(rest);
  if (method == "7") return is_cheap_scrypt(rest);
  if (method == "sha1") return number_at(rest) < kEnoughSha1Rounds;
  return true;
}

}  // namespace extmail::password
