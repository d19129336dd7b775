// SPDX-License-Identifier: MIT
#include "ctl/explain/recording_directory.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace extmail::ctl {
namespace {

template <typename Record, typename Text>
AskedRow asked(const char* table, std::string_view key, const Answer<Record>& answer, const Text& text) {
  AskedRow row{table, std::string(key), answer.outcome(), {}};
  if (answer.is_found()) row.text = text(answer.value());
  if (answer.is_failure()) row.text = answer.reason();
  return row;
}

}  // namespace

void RecordingDirectory::note(AskedRow row) const {
  const bool is_known = std::any_of(asked_.begin(), asked_.end(), [&](const AskedRow& each) {
    return each.table == row.table && each.key == row.key;
  });
  if (!is_known) asked_.push_back(std::move(row));
}

Answer<DomainRecord> RecordingDirectory::find_domain(std::string_view name, Deadline deadline) const {
  auto answer = rows_.find_domain(name, deadline);
  note(asked("domain", name, answer, [&](const DomainRecord& domain) { return row_text(domain, judging_); }));
  return answer;
}

Answer<MailboxRecord> RecordingDirectory::find_mailbox(std::string_view username, Deadline deadline) const {
  auto answer = rows_.find_mailbox(username, deadline);
  note(asked("mailbox", username, answer,
             [&](const MailboxRecord& mailbox) { return row_text(mailbox, judging_); }));
  return answer;
}

Answer<AliasRecord> RecordingDirectory::find_alias(std::string_view address, Deadline deadline) const {
  auto answer = rows_.find_alias(address, deadline);
  note(asked("alias", address, answer, [&](const AliasRecord& alias) { return row_text(alias, address); }));
  return answer;
}

Answer<AccountRecord> RecordingDirectory::find_account(std::string_view username, Deadline deadline) const {
  auto answer = rows_.find_account(username, deadline);
  note(asked("mailbox", username, answer,
             [&](const AccountRecord& account) { return row_text(account.mailbox, judging_); }));
  return answer;
}

}  // namespace extmail::ctl
