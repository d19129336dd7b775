// SPDX-License-Identifier: MIT
#include "ctl/maildir/mail_tree.hpp"

#include "core/printable.hpp"
#include "ctl/maildir/folder_removal.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace extmail::ctl {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kPrivate = 0700;
constexpr std::array<const char*, 3> kMaildirParts{"tmp", "new",
                                                   "cur"};  // cur last: with it, the maildir is one

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Refused(printable(path, 1024) + ": " + why);
}

[[noreturn]] void refuse_for(const std::string& path, int error) {
  refuse(path, std::generic_category().message(error));
}

struct Owner {
  uid_t uid;
  gid_t gid;
  mode_t mode;
};

struct stat status_of(const Descriptor& folder, const std::string& path) {
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) refuse_for(path, errno);
  return status;
}

/// Closed where there is none.
Descriptor enter(const Descriptor& above, const std::string& name, const std::string& path) {
  Descriptor folder(::openat(above.get(), name.c_str(), kFolder));
  if (folder.is_open() || errno == ENOENT) return folder;
  const int error = errno;
  struct stat status {};
  if ((error == ENOTDIR || error == ELOOP) &&
      ::fstatat(above.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    refuse(path, S_ISLNK(status.st_mode) ? "is a symbolic link, which is not followed below the mail base"
                                         : "is no folder");
  }
  refuse_for(path, error);
}

Descriptor make(const Descriptor& above, const std::string& name, const std::string& path,
                const Owner& owner) {
  if (::mkdirat(above.get(), name.c_str(), kPrivate) != 0) refuse_for(path, errno);
  Descriptor folder = enter(above, name, path);
  if (!folder.is_open()) refuse(path, "went away as soon as it was made");
  // Whoever owns the folder above may have put another one there meanwhile.
  if (status_of(folder, path).st_uid != ::geteuid()) refuse(path, "was replaced as soon as it was made");
  if (::fchown(folder.get(), owner.uid, owner.gid) != 0) refuse_for(path, errno);
  if (::fchmod(folder.get(), owner.mode) != 0) refuse_for(path, errno);
  return folder;
}

/// Goes from the base down to path, part by part: step has the folder so far, the name of the next part and its path, and
/// gives the folder of that; closed to end the way.
Descriptor walk(
    const std::string& base, const Descriptor& from, const std::string& path,
    const std::function<Descriptor(const Descriptor&, const std::string&, const std::string&)>& step) {
  Descriptor folder(::fcntl(from.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder.is_open()) refuse_for(base, errno);
  if (path == base) return folder;
  if (!path.starts_with(base + '/')) refuse(path, "is not below the mail base " + base);
  if ((path + '/').find("/../") != std::string::npos) refuse(path, "has .. in it");
  std::size_t start = base.size() + 1;
  while (folder.is_open() && start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    folder = step(folder, path.substr(start, end - start), path.substr(0, end));
    start = end + 1;
  }
  return folder;
}

bool is_at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + '/');
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void check_owner(const Descriptor& folder, const std::string& path, const MailLocation& location) {
  const auto status = status_of(folder, path);
  if (status.st_uid == location.uid) return;
  refuse(path, "belongs to uid " + std::to_string(status.st_uid) + ", and its mailbox to uid " +
                   std::to_string(location.uid) + "; correct the row, or chown the folder");
}

void check_closed(const Descriptor& folder, const std::string& path) {
  if ((status_of(folder, path).st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
    refuse(path, "can be written to by everybody on this host; chmod o-w it first");
}

/// What is missing on the way to path is made: the mailbox's own parts for its owner, those above as they are.
Descriptor walk_making(const std::string& base, const Descriptor& from, const std::string& path,
                       const MailLocation& location, bool& is_changed) {
  return walk(
      base, from, path, [&](const Descriptor& above, const std::string& name, const std::string& so_far) {
        const bool is_own = is_at_or_below(so_far, location.home) || is_at_or_below(so_far, location.maildir);
        Descriptor folder = enter(above, name, so_far);
        if (folder.is_open()) {
          if (is_own)
            check_owner(folder, so_far, location);
          else
            check_closed(folder, so_far);
          return folder;
        }
        is_changed = true;
        if (is_own) return make(above, name, so_far, {location.uid, location.gid, kPrivate});
        const auto status = status_of(above, so_far);
        return make(above, name, so_far, {status.st_uid, status.st_gid, status.st_mode & 07777U});
      });
}

}  // namespace

MailTree::MailTree(std::string base) : base_(std::move(base)) {
  while (base_.size() > 1 && base_.back() == '/')
    base_.pop_back();
  folder_ = Descriptor(::open(base_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_.is_open()) refuse_for("mail base " + base_, errno);
}

bool MailTree::is_here(const std::string& base) {
  struct stat status {};
  return ::stat(base.c_str(), &status) == 0 || errno != ENOENT;
}

Descriptor MailTree::find(const std::string& path) const {
  return walk(base_, folder_, path, enter);
}

bool MailTree::has_folder(const std::string& path) const {
  return find(path).is_open();
}

bool MailTree::has(const MailLocation& location) const {
  if (!has_folder(location.home)) return false;
  const Descriptor maildir = find(location.maildir);
  if (!maildir.is_open()) return false;
  for (const char* part : kMaildirParts) {
    if (!enter(maildir, part, location.maildir + '/' + part).is_open()) return false;
  }
  return true;
}

bool MailTree::create(const MailLocation& location) const {
  bool is_changed = false;
  (void)walk_making(base_, folder_, location.home, location, is_changed);
  for (const char* part : kMaildirParts)
    (void)walk_making(base_, folder_, location.maildir + '/' + part, location, is_changed);
  return is_changed;
}

void MailTree::move(const std::string& from, const std::string& to) const {
  const Descriptor old_parent = find(parent_of(from));
  if (!old_parent.is_open()) refuse(from, "is not there");
  // No mailbox is at the new path yet, so that the folders above it are all made as those that they are in.
  bool is_changed = false;
  const MailLocation nobody{.home = to, .maildir = to};
  const Descriptor new_parent = walk_making(base_, folder_, parent_of(to), nobody, is_changed);
  if (::renameat2(old_parent.get(), name_of(from).c_str(), new_parent.get(), name_of(to).c_str(),
                  RENAME_NOREPLACE) == 0)
    return;
  if (errno == EEXIST) refuse(to, "is there already: move it away first");
  refuse(from, "can't be moved to " + to + ": " + std::generic_category().message(errno));
}

void MailTree::remove(const std::string& path) const {
  if (path == base_) refuse(path, "is the mail base");
  const Descriptor parent = find(parent_of(path));
  if (!parent.is_open()) return;
  if (!enter(parent, name_of(path), path).is_open()) return;
  remove_folder(parent, name_of(path), path);
}

}  // namespace extmail::ctl
