// SPDX-License-Identifier: MIT
#include "ctl/password_strength.hpp"

#include "ctl/problem.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

#include <pwquality.h>

namespace extmail::ctl {
namespace {

std::string text_of(int error, void* detail) {
  std::array<char, PWQ_MAX_ERROR_MESSAGE_LEN> buffer{};
  const char* text = pwquality_strerror(buffer.data(), buffer.size(), error, detail);
  return text == nullptr ? "error " + std::to_string(error) : text;
}

/// cracklib says of any password that it is bad where it has no dictionary. This one is in none.
bool has_dictionary(pwquality_settings* settings) {
  constexpr const char* kUnknownWord = "k7#Vq9!mZx4$wB2&Lr8@";
  void* detail = nullptr;
  const int result = pwquality_check(settings, kUnknownWord, nullptr, nullptr, &detail);
  if (result < 0) (void)text_of(result, detail);  // frees detail
  return result != PWQ_ERROR_CRACKLIB_CHECK;
}

}  // namespace

void PasswordStrength::Free::operator()(pwquality_settings* settings) const {
  pwquality_free_settings(settings);
}

PasswordStrength::PasswordStrength() : settings_(pwquality_default_settings()) {
  if (!settings_) throw std::bad_alloc();
  void* detail = nullptr;
  const int result = pwquality_read_config(settings_.get(), nullptr, &detail);
  // Without a file the library's own values hold.
  if (result != 0 && result != PWQ_ERROR_CFGFILE_OPEN)
    throw Refused("pwquality.conf: " + text_of(result, detail));
  if (!has_dictionary(settings_.get())) pwquality_set_int_value(settings_.get(), PWQ_SETTING_DICT_CHECK, 0);
}

std::optional<std::string> PasswordStrength::weakness(const Secret& password, const std::string& user) const {
  void* detail = nullptr;
  const int result = pwquality_check(settings_.get(), password.c_str(), nullptr, user.c_str(), &detail);
  if (result >= 0) return std::nullopt;
  return text_of(result, detail);
}

Secret PasswordStrength::generate() const {
  char* generated = nullptr;
  const int result = pwquality_generate(settings_.get(), kGeneratedBits, &generated);
  if (result != 0) throw Refused("no password could be generated: " + text_of(result, nullptr));
  Secret password(generated);
  wipe(generated, std::strlen(generated));
  std::free(generated);
  return password;
}

}  // namespace extmail::ctl
