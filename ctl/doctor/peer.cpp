// SPDX-License-Identifier: MIT
#include "ctl/doctor/peer.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace extmail::ctl {
namespace {

constexpr unsigned kSeconds = 10;
constexpr int kUntested = 255;  // no error number of Linux

/// The exit status of the process that tries: the error, or 0.
[[noreturn]] void try_as(const passwd& user, const std::string& root, const std::string& path) {
  ::alarm(kSeconds);
  // Groups are read from files that are not there below root.
  if (::initgroups(user.pw_name, user.pw_gid) != 0) ::_exit(kUntested);
  if (!root.empty() && (::chroot(root.c_str()) != 0 || ::chdir("/") != 0)) ::_exit(kUntested);
  if (::setgid(user.pw_gid) != 0 || ::setuid(user.pw_uid) != 0) ::_exit(kUntested);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) ::_exit(ENAMETOOLONG);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) ::_exit(kUntested);
  const int failed = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::_exit(failed == 0 ? 0 : errno);
}

Reach::Kind kind_of(int error) {
  switch (error) {
    case 0:
      return Reach::Kind::Open;
    case ENOENT:
    case ENOTDIR:
      return Reach::Kind::Missing;
    case EACCES:
    case EPERM:
      return Reach::Kind::Closed;
    case kUntested:
      return Reach::Kind::Untested;
    default:
      return Reach::Kind::Dead;
  }
}

}  // namespace

Reach reach_as(const std::string& user, const std::string& root, const std::string& path) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return {Reach::Kind::Untested, "this host has no user " + user};
  if (::geteuid() != 0) return {Reach::Kind::Untested, "only root can try as " + user};
  const pid_t child = ::fork();
  if (child < 0) return {Reach::Kind::Untested, std::strerror(errno)};
  if (child == 0) try_as(*entry, root, path);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status)) return {Reach::Kind::Dead, "it takes no connection within 10 seconds"};
  const int error = WEXITSTATUS(status);
  const auto kind = kind_of(error);
  if (kind == Reach::Kind::Untested) return {kind, "could not become " + user};
  return {kind, error == 0 ? "" : std::strerror(error)};
}

}  // namespace extmail::ctl
