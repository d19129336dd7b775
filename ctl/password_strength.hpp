// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct pwquality_settings;

namespace extmail::ctl {

/// What is a good password on this host: libpwquality, as /etc/security/pwquality.conf has it, as for the host's own users.
///
/// Where there is no dictionary (of cracklib), all but that is looked at.
/// Errors: Refused where pwquality.conf can't be read.
class PasswordStrength {
 public:
  PasswordStrength();

  /// Why password is too weak for user; empty where it is not.
  [[nodiscard]] std::optional<std::string> weakness(const Secret& password, const std::string& user) const;

  /// A new password that can be read aloud, of kGeneratedBits, and does not begin with `-`.
  [[nodiscard]] Secret generate() const;

  static constexpr int kGeneratedBits = 80;

 private:
  struct Free {
    void operator()(pwquality_settings* settings) const;
  };
  std::unique_ptr<pwquality_settings, Free> settings_;
};

}  // namespace extmail::ctl
