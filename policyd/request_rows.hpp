// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"

#include <cstddef>
#include <forward_list>
#include <string>
#include <string_view>

namespace extmail::policyd {

/// The rows of one request, each asked for once: the rules ask for the same ones, one after the other.
///
/// Outcomes: as the directory behind it.
/// Ownership: the directory must outlive it; it lives as long as one call of judge().
/// Threads: one.
/// Limits: some tens of rows; they are looked through one by one.
class RequestRows final : public Directory {
 public:
  explicit RequestRows(const Directory& directory) : directory_(directory) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;

 private:
  template <typename Record>
  struct Known {
    std::size_t key_start;  // in keys_
    std::size_t key_bytes;
    Answer<Record> answer;
  };

  template <typename Record, typename Find>
  Answer<Record> once(std::forward_list<Known<Record>>& known, std::string_view key, const Find& find) const;

  const Directory& directory_;
  mutable std::string keys_;  // of all, one behind the other
  mutable std::forward_list<Known<DomainRecord>> domains_;
  mutable std::forward_list<Known<MailboxRecord>> mailboxes_;
  mutable std::forward_list<Known<AliasRecord>> aliases_;
};

}  // namespace extmail::policyd
