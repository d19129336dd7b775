// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// The same domain in its other form: `xn--bcher-kva.example` for `bücher.example`, and the reverse, by IDNA 2008 with
/// the mappings of UTS #46. Empty where there is none: a plain ASCII name, or one that is no domain name.
[[nodiscard]] std::optional<std::string> other_form(std::string_view domain);

/// A domain in all the forms that a row may have it in: as it is, in its other form, and as a U-label in lower case where
/// that is another one again.
[[nodiscard]] std::vector<std::string> domain_forms(const std::string& domain);
/// The same without the first: none for a plain ASCII name.
[[nodiscard]] std::vector<std::string> other_forms(std::string_view domain);

/// A directory in which a domain's A-label and U-label are one: rows are looked for in the form of the key first, then
/// in the other, then as a U-label in lower case. Plain ASCII names cost nothing.
///
/// Outcomes and threads as the directory it asks, which must outlive it.
class IdnDirectory final : public Directory {
 public:
  explicit IdnDirectory(const Directory& directory) : directory_(directory) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;

 private:
  const Directory& directory_;
};

/// The same for accounts.
class IdnAccountDirectory final : public AccountDirectory {
 public:
  explicit IdnAccountDirectory(const AccountDirectory& directory) : directory_(directory) {}

  [[nodiscard]] Answer<AccountRecord> find_account(std::string_view username,
                                                   Deadline deadline) const override;

 private:
  const AccountDirectory& directory_;
};

}  // namespace extmail
