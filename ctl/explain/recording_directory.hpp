// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"
#include "core/records_directory.hpp"
#include "ctl/explain/explanation.hpp"
#include "ctl/explain/row_text.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// The rows of a source, asked one by one, and a record of each question and what answered it.
///
/// Outcomes as the source. Threads: one at a time.
class RecordingDirectory final : public Directory, public AccountDirectory {
 public:
  /// source must outlive the directory.
  RecordingDirectory(const RecordSource& source, Judging judging)
      : rows_(source), judging_(std::move(judging)) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;
  [[nodiscard]] Answer<AccountRecord> find_account(std::string_view username,
                                                   Deadline deadline) const override;

  /// What was asked since this was called last, in that order, and each question once.
  [[nodiscard]] std::vector<AskedRow> take() { return std::exchange(asked_, {}); }

 private:
  void note(AskedRow row) const;

  RecordsDirectory rows_;
  Judging judging_;
  mutable std::vector<AskedRow> asked_;
};

}  // namespace extmail::ctl
