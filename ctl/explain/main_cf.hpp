// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// What Postfix's main.cf says of what it asks us. master.cf is not read.
class MainCf {
 public:
  /// One in which everything is asked that extmail-maps(5) has: for where there is no file.
  MainCf() = default;

  /// As `postconf -n -x` tells it: lines `name = value`.
  explicit MainCf(std::string_view told);

  /// That of a folder, as postconf(1) reads it, or everything's where there is none.
  ///
  /// Errors: daemon::ConfigError where postconf is not there, or can't read it.
  [[nodiscard]] static MainCf read(const std::string& folder);

  [[nodiscard]] bool is_read() const { return is_read_; }

  /// Whether a map of this name is asked by any parameter. A tcp table does not tell its name, and may be any.
  [[nodiscard]] bool asks(std::string_view map) const;

  /// Whether word stands in the value of a parameter.
  [[nodiscard]] bool has(std::string_view word) const;

  /// The value, or fallback where there is none.
  [[nodiscard]] std::string value(const std::string& name, const std::string& fallback) const;

 private:
  bool is_read_ = false;
  std::map<std::string, std::string> parameters_;
};

}  // namespace extmail::ctl
