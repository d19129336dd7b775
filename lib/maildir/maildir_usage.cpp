// SPDX-License-Identifier: MIT
#include "maildir/maildir_usage.hpp"

#include "core/printable.hpp"
#include "maildir/maildir_size.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace extmail::maildir {
namespace {

constexpr const char* kFileName = "maildirsize";
constexpr std::size_t kMaxShownBytes = 300;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Cuts off the first part of a path; empty at its end. Those that lead nowhere are left out.
std::string take_part(std::string_view& path) {
  std::string part;
  while (!path.empty() && (part.empty() || part == ".")) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return part == "." ? std::string() : part;
}

/// The folder at path, without following a symbolic link behind base. Not open, with errno, where there is none.
Descriptor open_folder(std::string_view base, std::string_view path) {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  std::string start = "/";
  while (!take_part(base).empty())
    start += take_part(path) + '/';
  Descriptor folder(open(start.c_str(), kFlags));
  for (auto part = take_part(path); folder.is_open() && !part.empty(); part = take_part(path)) {
    Descriptor next(openat(folder.fd(), part.c_str(), kFlags | O_NOFOLLOW));
    const int error = errno;
    folder = std::move(next);
    errno = error;  // whatever closing the other one made of it
  }
  return folder;
}

/// Up to one byte more than there may be.
std::string read_some(int fd) {
  std::string text;
  std::array<char, 8192> buffer{};
  while (text.size() <= kMaxMaildirSizeBytes) {
    const ssize_t bytes = read(fd, buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) throw std::system_error(errno, std::generic_category());
    if (bytes == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  return text;
}

Answer<Usage> failure(int error, const std::string& folder) {
  const std::string what = "mail usage: " + printable(folder, kMaxShownBytes) + '/' + kFileName + ": " +
                           std::generic_category().message(error);
  switch (error) {
    case ENOENT:
      return Answer<Usage>::not_found();
    case EACCES:
    case EPERM:
      return Answer<Usage>::permanent_failure(what + "; the user of this program needs the right to read it");
    case ELOOP:
    case ENOTDIR:
      return Answer<Usage>::permanent_failure(what + "; nothing below the mail base may be a symbolic link");
    case ENAMETOOLONG:
      return Answer<Usage>::permanent_failure(what);
    default:
      return Answer<Usage>::temporary_failure(what);
  }
}

Answer<Usage> read_usage(const Descriptor& folder, const std::string& path) {
  // O_NONBLOCK: a named pipe without a writer would wait for one.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const Descriptor file(openat(folder.fd(), kFileName, kFlags));
  struct stat status {};
  if (!file.is_open() || fstat(file.fd(), &status) != 0) return failure(errno, path);
  if (!S_ISREG(status.st_mode)) return Answer<Usage>::not_found();
  const auto usage = read_maildir_size(read_some(file.fd()));
  return usage ? Answer<Usage>::found(*usage) : Answer<Usage>::not_found();
}

}  // namespace

Answer<Usage> MaildirUsage::find_usage(const MailboxRecord& mailbox) const {
  const auto location = locate_mail(mailbox, settings_);
  if (!location.is_found()) return Answer<Usage>::same_failure(location);
  const std::string& path = location.value().maildir;
  try {
    const Descriptor folder = open_folder(settings_.base, path);
    return folder.is_open() ? read_usage(folder, path) : failure(errno, path);
  } catch (const std::system_error& error) {
    return failure(error.code().value(), path);
  }
}

}  // namespace extmail::maildir
