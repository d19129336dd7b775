// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace extmail::ctl {

/// All commands and options of an application as a function `_extmailctl_words` that bash and zsh understand alike. It is
/// called with a command's words, and sets nested (sub-commands, each `name:description`), places (what its arguments are) and
/// endless (whether the last of these may be there again), and adds to switches (options, as nested) and takes (those
/// that want a value, with what that is).
///
/// What a value is comes from its type name, the one that --help shows: FILE, DIR, ADDRESS, the name of an object (DOMAIN, MAILBOX,
/// …), SERVICE, CHECK, or a choice `{a,b}`; anything else is nothing that could be completed. `MAILBOX|MANAGER` is the second
/// where the option --manager came before. Several, separated by commas, are a type name that ends in `,...`, or an option
/// with a comma for its delimiter.
[[nodiscard]] std::string word_table(const CLI::App& app);

}  // namespace extmail::ctl
