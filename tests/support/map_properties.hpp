// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <string_view>

namespace extmail::tests {

/// Asks every map for the key, on rows that are all there, and says what is wrong with an answer; empty if nothing is.
///
/// What holds of every answer: it is found, not found or a permanent failure; it is one line; a key that is no
/// address (or no domain, where a map takes one) is not found without a query; a key in lower case gets the same
/// answer, but for the case of what the result took from it; an alias leads to as many addresses as its row names,
/// each with a domain, however the key was written.
[[nodiscard]] std::string broken_property(const FakeDirectory& directory, const MailRules& rules,
                                          std::string_view key);

}  // namespace extmail::tests
