// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// What Postfix's main.cf says of what it asks us. Values are as written there: `$name` is not replaced, and master.cf is
/// not read.
class MainCf {
 public:
  /// One in which everything is asked that extmail-maps(5) has: for where there is no file.
  MainCf() = default;

  /// Lines of `name = value`, which go on with lines that begin with a blank. `#` at its start makes a line a comment.
  explicit MainCf(std::string_view text);

  /// The file's, or everything's where it is not there.
  ///
  /// Errors: daemon::ConfigError for one that can't be read.
  [[nodiscard]] static MainCf read(const std::string& file);

  [[nodiscard]] bool is_read() const { return is_read_; }

  /// Whether a map of this name is asked by any parameter. A tcp table does not tell its name, and may be any.
  [[nodiscard]] bool asks(std::string_view map) const;

  /// Whether word stands in the value of a parameter.
  [[nodiscard]] bool has(std::string_view word) const;

  /// The value, or fallback where there is none.
  [[nodiscard]] std::string value(const std::string& name, const std::string& fallback) const;

 private:
  bool is_read_ = false;
  std::map<std::string, std::string, std::less<>> parameters_;
};

}  // namespace extmail::ctl
