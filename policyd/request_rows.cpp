// SPDX-License-Identifier: MIT
#include "policyd/request_rows.hpp"

namespace extmail::policyd {
namespace {

/// More than rules ask for in most requests.
constexpr std::size_t kUsualKeyBytes = 512;

}  // namespace

template <typename Record, typename Find>
Answer<Record> RequestRows::once(std::forward_list<Known<Record>>& known, std::string_view key,
                                 const Find& find) const {
  for (const auto& row : known) {
    if (std::string_view(keys_).substr(row.key_start, row.key_bytes) == key) return row.answer;
  }
  if (keys_.empty()) keys_.reserve(kUsualKeyBytes);
  known.push_front({keys_.size(), key.size(), find()});
  keys_ += key;
  return known.front().answer;
}

Answer<DomainRecord> RequestRows::find_domain(std::string_view name, Deadline deadline) const {
  return once(domains_, name, [&] { return directory_.find_domain(name, deadline); });
}

Answer<MailboxRecord> RequestRows::find_mailbox(std::string_view username, Deadline deadline) const {
  return once(mailboxes_, username, [&] { return directory_.find_mailbox(username, deadline); });
}

Answer<AliasRecord> RequestRows::find_alias(std::string_view address, Deadline deadline) const {
  return once(aliases_, address, [&] { return directory_.find_alias(address, deadline); });
}

}  // namespace extmail::policyd
