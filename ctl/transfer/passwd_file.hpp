// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/line_file.hpp"
#include "ctl/transfer/record.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace extmail::ctl::transfer {

/// Mailboxes of the users in a file such as /etc/passwd (passwd(5)), or Dovecot's passwd-file. Lines that are empty or
/// begin with # are left out, as are users whose uid is below min_uid: they belong to the system.
///
/// A user without a domain is one of `domain`. A hash that is elsewhere (`x`) is taken from the shadow file; who has none,
/// or a locked one, gets a mailbox that is not active. Homes are not taken over: the mail lies where ExtMan would put it.
class PasswdSource final : public RecordSource {
 public:
  struct Options {
    std::string path;
    std::string shadow = {};  ///< empty: none
    std::string domain = {};  ///< empty: every user has to have one
    std::uint32_t min_uid = 1000;
  };

  /// Errors: Refused.
  explicit PasswdSource(Options options);

  [[nodiscard]] std::optional<Record> next() override;
  void rewind() override { file_.rewind(); }
  [[nodiscard]] std::uint64_t position() const override { return file_.position(); }
  [[nodiscard]] std::uint64_t total() const override { return file_.size(); }

 private:
  [[nodiscard]] std::optional<Record> to_record(const std::string& text);

  Options options_;
  LineFile file_;
  std::map<std::string, std::string> hashes_;  ///< of the shadow file, by user
};

}  // namespace extmail::ctl::transfer
