// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_location.hpp"
#include "ctl/maildir/descriptor.hpp"

#include <string>

namespace extmail::ctl {

/// The folders below the mail base, for a program that root runs among files of users who are not.
///
/// Each step from the base is taken from an open folder, and never through a symbolic link: whatever the users of the
/// folders change meanwhile, nothing outside of the base is touched. Paths are absolute, as locate_mail() gives them.
///
/// Errors: Refused, which names the path and what is wrong with it.
class MailTree {
 public:
  /// The base itself may be a symbolic link: its name is the administrator's.
  explicit MailTree(std::string base);

  /// Whether there is a base on this host.
  [[nodiscard]] static bool is_here(const std::string& base);

  /// Whether the maildir is there, with new, cur and tmp.
  [[nodiscard]] bool has(const MailLocation& location) const;

  /// Makes what is missing of the home folder and the maildir, closed to all but the owner. A missing folder above them is
  /// made as the one that it is in: with its owner and mode. Gives back whether something was missing.
  ///
  /// Refused also where a folder of the mailbox is there and belongs to somebody else, or one above it can be written to
  /// by everybody.
  [[nodiscard]] bool create(const MailLocation& location) const;

  [[nodiscard]] bool has_folder(const std::string& path) const;

  /// One rename(2). Refused where there is something at the new path.
  void move(const std::string& from, const std::string& to) const;

  /// With all that is in it; other file systems mounted there are left alone, and refused.
  void remove(const std::string& path) const;

 private:
  /// Closed where a part is missing.
  [[nodiscard]] Descriptor find(const std::string& path) const;

  std::string base_;
  Descriptor folder_;
};

}  // namespace extmail::ctl
