// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

namespace extmail::ctl::transfer {

/// A file that is there whole, or as it was before: it is written beside its place, for its owner only, and takes it with
/// keep(). Without that it is removed.
///
/// Errors: Refused, with the file's name.
class NewFile {
 public:
  explicit NewFile(std::string path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  [[nodiscard]] std::ostream& stream() { return stream_; }
  void keep();

 private:
  std::string path_;
  std::string temporary_;
  std::ofstream stream_;
};

}  // namespace extmail::ctl::transfer
