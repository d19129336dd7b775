// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_location.hpp"
#include "core/mail_usage.hpp"

namespace extmail::maildir {

/// What mailboxes hold by the `maildirsize` of their Maildir++ folder, which Dovecot (quota driver maildir), maildrop,
/// Courier and ExtMail keep.
///
/// People who are not root can write the path into a row and files into the folder. So the path is that of locate_mail(),
/// no part of it below the mail base may be a symbolic link, and only a regular file of bounded size is read: whatever
/// lies there, no more comes of it than two numbers.
/// Outcomes: see MailUsage. NotFound also for a file that can't be relied on (read_maildir_size()). PermanentFailure
/// for a row that locate_mail() refuses, for symbolic links, and where the daemon may not read; other errors of the
/// disk are temporary.
class MaildirUsage final : public MailUsage {
 public:
  explicit MaildirUsage(MailSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Answer<Usage> find_usage(const MailboxRecord& mailbox) const override;

 private:
  const MailSettings settings_;
};

}  // namespace extmail::maildir
