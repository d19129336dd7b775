// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <iosfwd>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {

/// A password that an administrator gives somebody: asked for twice on a terminal, read from standard input, generated, or
/// known by its hash alone. Never from the command line, which others see.
///
/// Errors: Misuse where it is not told how, or not the same twice; Refused where it is too weak, or could not be checked
/// everywhere. `--force` overrides the latter two.
class NewPassword {
 public:
  /// --generate, --hash, --scheme, --force, and from_stdin.
  void add_options(CLI::App& command, const std::string& from_stdin);

  /// Takes it as the options say. user is its user's name, which is no good password.
  void take(const std::string& user);

  /// What the column gets. After take().
  [[nodiscard]] const Secret& hash() const { return hash_; }

  /// Prints it where it was generated: nobody knows it otherwise.
  void tell(std::ostream& out) const;

 private:
  [[nodiscard]] Secret clear_password(const std::string& user);

  bool is_from_stdin_ = false;
  bool is_generated_ = false;
  bool is_forced_ = false;
  std::string given_hash_;
  std::string scheme_ = "sha512-crypt";
  Secret hash_;
  Secret generated_;
};

/// Whether ExtMail itself can check a password against it, in whatever way it is set up. What we can check and ExtMail
/// can't locks users out of a webmail that reads the table.
[[nodiscard]] bool extmail_can_check(std::string_view stored);

}  // namespace extmail::ctl
