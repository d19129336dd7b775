// SPDX-License-Identifier: MIT
#include "ctl/maildir/folder_removal.hpp"

#include "core/printable.hpp"
#include "ctl/problem.hpp"

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace extmail::ctl {
namespace {

struct CloseList {
  void operator()(DIR* list) const { ::closedir(list); }
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Refused("can't delete " + printable(path, 1024) + ": " + why);
}

[[noreturn]] void refuse_for(const std::string& path, int error) {
  refuse(path, std::generic_category().message(error));
}

bool is_folder(int above, const dirent& entry, const std::string& path) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status {};
  if (::fstatat(above, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) refuse_for(path, errno);
  return S_ISDIR(status.st_mode);
}

void remove_from(int above, const std::string& name, const std::string& path, dev_t device, int depth) {
  if (depth == 0) refuse(path, "its folders lie too deep in one another");
  const int number = ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (number < 0) refuse_for(path, errno);
  const std::unique_ptr<DIR, CloseList> list(::fdopendir(number));
  if (!list) {
    const int error = errno;
    ::close(number);
    refuse_for(path, error);
  }
  struct stat status {};
  if (::fstat(number, &status) != 0) refuse_for(path, errno);
  if (status.st_dev != device) refuse(path, "another file system is mounted there");
  errno = 0;
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string each = entry->d_name;
    if (each == "." || each == "..") continue;
    std::string its_path = path;
    its_path.append("/").append(each);
    if (is_folder(number, *entry, its_path))
      remove_from(number, each, its_path, device, depth - 1);
    else if (::unlinkat(number, each.c_str(), 0) != 0 && errno != ENOENT)
      refuse_for(its_path, errno);
    errno = 0;
  }
  if (errno != 0) refuse_for(path, errno);
  if (::unlinkat(above, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) refuse_for(path, errno);
}

}  // namespace

void remove_folder(const Descriptor& parent, const std::string& name, const std::string& path) {
  struct stat status {};
  if (::fstat(parent.get(), &status) != 0) refuse_for(path, errno);
  remove_from(parent.get(), name, path, status.st_dev, kMaxFolderDepth);
}

}  // namespace extmail::ctl
