// SPDX-License-Identifier: MIT
#include "net/socket_file.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::net {
namespace {

std::string error_text(int number) {
  return std::generic_category().message(number);
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw std::runtime_error("cannot listen on " + path + ": " + what);
}

/// The name under which a socket is made ready.
constexpr std::string_view kFreshSuffix = ".new";

constexpr std::size_t kMaxPathBytes = sizeof sockaddr_un::sun_path - 1 - kFreshSuffix.size();

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

int make_socket(const std::string& path) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) fail(path, error_text(errno));
  return descriptor;
}

/// Whether a living process answers behind the file.
bool is_served(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const int descriptor = make_socket(path);
  const int result = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int number = errno;
  ::close(descriptor);
  return result == 0 || (number != ECONNREFUSED && number != ENOENT);
}

void check_place(const std::string& path) {
  if (path.size() > kMaxPathBytes) {
    fail(path, "the path is longer than the " + std::to_string(kMaxPathBytes) +
                   " bytes that fit a socket's address");
  }
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    fail(path, error_text(errno));
  }
  if (!S_ISSOCK(info.st_mode))
    fail(path, "a file that is no socket is in the way; remove it or change the path");
  if (is_served(path)) fail(path, "another process serves it already; stop that one first");
}

}  // namespace

SocketFile::SocketFile(const UnixListener& listener) : path_(listener.path) {
  check_place(path_);
  const std::string fresh = path_ + std::string(kFreshSuffix);
  const sockaddr_un address = address_of(fresh);
  descriptor_ = make_socket(path_);

  const auto check = [&](bool ok, const std::string& hint) {
    if (ok) return;
    const int number = errno;
    ::unlink(fresh.c_str());
    ::close(std::exchange(descriptor_, -1));
    fail(path_, error_text(number) + hint);
  };

  ::unlink(fresh.c_str());
  const mode_t old_mask = umask(0777);
  const int bound = bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(old_mask);
  check(bound == 0, "; its folder must exist and be writable for user id " + std::to_string(geteuid()));
  if (listener.group) {
    check(chown(fresh.c_str(), static_cast<uid_t>(-1), *listener.group) == 0,
          "; the daemon must be a member of group id " + std::to_string(*listener.group));
  }
  check(chmod(fresh.c_str(), listener.mode) == 0, "");
  check(::listen(descriptor_, kBacklog) == 0, "");

  struct stat info {};
  check(lstat(fresh.c_str(), &info) == 0, "");
  device_ = info.st_dev;
  inode_ = info.st_ino;
  check(rename(fresh.c_str(), path_.c_str()) == 0, "");
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      device_(other.device_),
      inode_(other.inode_) {}

SocketFile::~SocketFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  struct stat info {};
  const bool is_ours =
      !path_.empty() && lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
}

int SocketFile::release_descriptor() {
  return std::exchange(descriptor_, -1);
}

}  // namespace extmail::net
