// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/goto_list.hpp"
#include "ctl/objects/object.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// A row of alias: an address of a domain of ours, or `@domain` for all that has no row of its own, and where its mail
/// goes. It may have the name of a mailbox, and then decides over that one's mail.
class Alias final : public Object {
 public:
  Alias();

  [[nodiscard]] std::string to_key(std::string_view given) const override;
  void complete(const Context& context, const Values& given, Values& values) const override;
  void added(const Context& context, const Values& values, Changes& changes) const override;
  void add_change_options(CLI::App& modify) override;
  [[nodiscard]] bool has_change_options() const override { return !added_.empty() || !removed_.empty(); }
  void revise(const Context& context, const Values& old, Values& changed, Changes& changes) const override;
  void check_change(const Context& context, const Values& old, const Values& changed) const override;
  [[nodiscard]] std::vector<Reference> references(const Context& context,
                                                  const std::string& key) const override;
  void rename(const Context& context, const Values& old, const std::string& key,
              Changes& changes) const override;

 private:
  std::vector<std::string> added_;    ///< by --add-goto
  std::vector<std::string> removed_;  ///< by --remove-goto
};

}  // namespace extmail::ctl
