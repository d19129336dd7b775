// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/new_password.hpp"
#include "ctl/objects/object.hpp"

namespace extmail::ctl {

/// A row of mailbox. A new one gets what its domain's template has, and no more than its domain has left.
///
/// Its hash and clear password are no fields: they are never shown, and `extmailctl passwd` changes them.
class Mailbox final : public Object {
 public:
  Mailbox();

  [[nodiscard]] std::string to_key(std::string_view given) const override;
  void add_options(CLI::App& add) override;
  void add_rename_options(CLI::App& rename) override;
  void add_removal_options(CLI::App& removal) override;
  void ask(const std::string& key) override;
  void tell(std::ostream& out) const override { password_.tell(out); }
  void complete(const Context& context, const Values& given, Values& values) const override;
  void added(const Context& context, const Values& values, Changes& changes) const override;
  void check_change(const Context& context, const Values& old, const Values& changed) const override;
  [[nodiscard]] std::vector<Reference> references(const Context& context,
                                                  const std::string& key) const override;
  void removed(const Context& context, const Values& old, Changes& changes) const override;
  void rename(const Context& context, const Values& old, const std::string& key,
              Changes& changes) const override;

 private:
  NewPassword password_;
  bool is_without_maildir_ = false;  ///< --no-maildir
  bool removes_files_ = false;       ///< --files
};

}  // namespace extmail::ctl
