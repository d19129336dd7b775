// SPDX-License-Identifier: MIT
#include "ctl/transfer/line_file.hpp"

#include "ctl/problem.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace extmail::ctl::transfer {

LineFile::LineFile(std::string path) : path_(std::move(path)) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path_, error)) {
    throw Refused(path_ + (error
                               ? ": " + error.message()
                               : ": is no regular file, and what is imported is read twice; save it in one"));
  }
  size_ = std::filesystem::file_size(path_, error);
  stream_.open(path_, std::ios::binary);
  if (!stream_) throw Refused(path_ + ": " + std::generic_category().message(errno));
}

bool LineFile::next(std::string& line) {
  if (!std::getline(stream_, line)) {
    if (stream_.bad()) throw Refused(path_ + ": " + std::generic_category().message(errno));
    return false;
  }
  ++line_;
  position_ += line.size() + 1;
  if (line.size() > kMaxLineBytes) {
    throw Refused(path_ + ':' + std::to_string(line_) + ": longer than " + std::to_string(kMaxLineBytes) +
                  " bytes; is this the right file?");
  }
  return true;
}

void LineFile::rewind() {
  stream_.clear();
  stream_.seekg(0);
  position_ = 0;
  line_ = 0;
}

}  // namespace extmail::ctl::transfer
