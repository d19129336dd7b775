// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace extmail::ctl {

/// The mysql: tables of a deployment before the suite, as its main.cf has them.
struct OldPostfix {
  struct Table {
    std::string map;
    std::string file;
  };
  /// For people: what of a map is not compared, and why.
  struct Note {
    std::string map;
    std::string text;
  };
  std::vector<Table> tables;  ///< of a map in the order in which Postfix asks them
  std::vector<Note> notes;
};

/// From what postconf -x tells of the parameters that are maps of ours. folder is that of main.cf. It may be a copy, made
/// before the suite came: what main.cf calls by /etc/postfix/ is taken from there, where is_there says that it has it.
[[nodiscard]] OldPostfix old_postfix_of(const std::map<std::string, std::string>& parameters,
                                        const std::string& folder,
                                        const std::function<bool(const std::string&)>& is_there);

/// The same as postconf(1) tells it of a folder.
///
/// Errors: Misuse where the folder has no main.cf, or none of its maps is a mysql: table; daemon::ConfigError where
/// postconf is not there, or can't read it.
[[nodiscard]] OldPostfix read_old_postfix(const std::string& folder);

}  // namespace extmail::ctl
