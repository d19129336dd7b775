// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/object.hpp"

namespace extmail::ctl {

/// A row of domain. Its limits and template are for those who add mailboxes and aliases to it, ExtMan and us.
class Domain final : public Object {
 public:
  Domain();

  [[nodiscard]] std::string to_key(std::string_view given) const override;
  void add_rename_options(CLI::App& rename) override;
  void complete(const Context& context, const Values& given, Values& values) const override;
  void check_change(const Context& context, const Values& old, const Values& changed) const override;
  [[nodiscard]] std::vector<Reference> references(const Context& context,
                                                  const std::string& key) const override;
  void rename(const Context& context, const Values& old, const std::string& key,
              Changes& changes) const override;

 private:
  bool is_without_maildirs_ = false;  ///< --no-maildir
};

}  // namespace extmail::ctl
