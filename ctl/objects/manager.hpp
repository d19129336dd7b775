// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/new_password.hpp"
#include "ctl/objects/object.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// A row of manager: who administers in ExtMan. An admin may do anything, a postmaster what belongs to the domains that
/// domain_manager gives him; ExtMan keeps a row without a domain there for who has none.
///
/// The hash of the password is no field: it is never shown, and `extmailctl passwd --manager` changes it.
class Manager final : public Object {
 public:
  Manager();

  [[nodiscard]] std::optional<Derived> derived() const override;
  [[nodiscard]] std::string_view domain_condition() const override;
  [[nodiscard]] std::string to_key(std::string_view given) const override;
  void add_options(CLI::App& add) override;
  void add_change_options(CLI::App& modify) override;
  [[nodiscard]] bool has_change_options() const override;
  void ask(const std::string& key) override;
  void tell(std::ostream& out) const override { password_.tell(out); }
  void complete(const Context& context, const Values& given, Values& values) const override;
  void added(const Context& context, const Values& values, Changes& changes) const override;
  void revise(const Context& context, const Values& old, Values& changed, Changes& changes) const override;
  void check_change(const Context& context, const Values& old, const Values& changed) const override;
  [[nodiscard]] std::vector<Reference> references(const Context& context,
                                                  const std::string& key) const override;
  void removed(const Context& context, const Values& old, Changes& changes) const override;
  void rename(const Context& context, const Values& old, const std::string& key,
              Changes& changes) const override;

 private:
  NewPassword password_;
  std::vector<std::string> added_;    ///< --domains, --add-domain
  std::vector<std::string> removed_;  ///< --remove-domain
};

}  // namespace extmail::ctl
