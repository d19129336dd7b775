// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

namespace extmail::ctl::transfer {

/// A file that is read line by line, more than once.
///
/// Errors: Refused, with the file's name, where it can't be opened or read, or is no file that can be read twice.
/// Limits: a line over kMaxLineBytes is none of anything that is imported, and refuses the file.
class LineFile {
 public:
  static constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20U;

  explicit LineFile(std::string path);

  /// The next line without its LF; false after the last one.
  bool next(std::string& line);
  void rewind();

  [[nodiscard]] std::size_t line() const { return line_; }  ///< the number of the last one
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::string path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::size_t line_ = 0;
};

}  // namespace extmail::ctl::transfer
