// SPDX-License-Identifier: MIT
#include "ctl/generated_password.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace extmail::ctl {
namespace {

constexpr std::string_view kLetters = "23456789abcdefghijkmnpqrstuvwxyz";  // no 0, 1, l, o
constexpr std::size_t kBitsEach = 5;
static_assert(kLetters.size() == std::size_t{1} << kBitsEach);
constexpr std::size_t kLength = kGeneratedBits / kBitsEach;
constexpr std::size_t kGroup = 4;

}  // namespace

Secret generate_password() {
  std::array<unsigned char, kLength> random{};
  if (::getentropy(random.data(), random.size()) != 0)
    throw std::system_error(errno, std::generic_category(), "random numbers");
  Secret password;
  password.reserve(kLength + kLength / kGroup);
  for (std::size_t i = 0; i < kLength; ++i) {
    if (i > 0 && i % kGroup == 0) password.append("-");
    password.append(kLetters.substr(random[i] % kLetters.size(), 1));
  }
  wipe(random.data(), random.size());
  return password;
}

}  // namespace extmail::ctl
