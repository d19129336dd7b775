// SPDX-License-Identifier: MIT
#include "authd/user_names.hpp"

#include <charconv>

#include <pwd.h>

namespace extmail::authd {

std::set<uid_t> read_users(daemon::ConfigFile::Table& table, std::string_view key,
                           const std::vector<std::string>& defaults) {
  const auto names = table.texts(key, defaults);
  std::set<uid_t> users;
  for (const auto& name : names) {
    uid_t number = 0;
    const char* last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data(), last, number);
    if (error == std::errc() && end == last) {
      users.insert(number);
    } else if (const passwd* entry = getpwnam(name.c_str())) {
      users.insert(entry->pw_uid);
    } else if (names != defaults) {
      table.complain(key, "names no user of this host: \"" + name + '"');
    }
  }
  return users;
}

}  // namespace extmail::authd
