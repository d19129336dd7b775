// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"

#include <string>

#include <sys/types.h>

namespace extmail::net {

/// Makes the listening socket of a UnixListener, and removes its file again.
///
/// The socket is made under a name of its own and renamed when its owner and mode are right, so that no peer
/// ever meets it half ready.
/// Errors: std::runtime_error with a text that says what to do.
class SocketFile {
 public:
  explicit SocketFile(const UnixListener& listener);
  ~SocketFile();
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  /// Gives up ownership of the descriptor; the file stays ours.
  [[nodiscard]] int release_descriptor();

 private:
  std::string path_;
  int descriptor_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace extmail::net
