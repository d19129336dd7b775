// SPDX-License-Identifier: MIT
#include "ctl/transfer/new_file.hpp"

#include "ctl/problem.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace extmail::ctl::transfer {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw Refused(path + ": " + std::generic_category().message(errno));
}

}  // namespace

NewFile::NewFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".XXXXXX") {
  const int file = ::mkostemp(temporary_.data(), 0);
  if (file < 0) fail(path_);
  ::close(file);
  stream_.open(temporary_, std::ios::binary);
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void NewFile::keep() {
  stream_.close();
  if (!stream_ || std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  temporary_.clear();
}

}  // namespace extmail::ctl::transfer
