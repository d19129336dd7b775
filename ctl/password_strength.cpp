// SPDX-License-Identifier: MIT
#include "ctl/password_strength.hpp"

#include "ctl/problem.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

#include <crack.h>
#include <pwquality.h>
#include <unistd.h>

namespace extmail::ctl {
namespace {

std::string text_of(int error, void* detail) {
  std::array<char, PWQ_MAX_ERROR_MESSAGE_LEN> buffer{};
  const char* text = pwquality_strerror(buffer.data(), buffer.size(), error, detail);
  return text == nullptr ? "error " + std::to_string(error) : text;
}

/// Where cracklib can read none, it says so on standard error at each password, and that the password is bad.
bool has_dictionary(pwquality_settings* settings) {
  const char* configured = nullptr;
  (void)pwquality_get_str_value(settings, PWQ_SETTING_DICT_PATH, &configured);
  const std::string words =
      std::string(configured != nullptr ? configured : GetDefaultCracklibDict()) + ".pwd";
  return ::access(words.c_str(), R_OK) == 0 || ::access((words + ".gz").c_str(), R_OK) == 0;
}

Secret generated(pwquality_settings* settings) {
  char* text = nullptr;
  const int result = pwquality_generate(settings, PasswordStrength::kGeneratedBits, &text);
  if (result != 0) throw Refused("no password could be generated: " + text_of(result, nullptr));
  Secret password(text);
  wipe(text, std::strlen(text));
  std::free(text);
  return password;
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
  for (;;) {
    Secret password = generated(settings_.get());
    // With that in front it would be an option to the commands that it is given to (doveadm auth test, authtest).
    if (!password.view().starts_with('-')) return password;
  }
}

}  // namespace extmail::ctl
