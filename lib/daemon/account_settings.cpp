// SPDX-License-Identifier: MIT
#include "daemon/account_settings.hpp"

#include "core/password.hpp"

#include <array>

#include <unistd.h>

namespace extmail::daemon {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

LoginRules::Settings read_login_rules(const MailRules& mail, ConfigFile::Table& authd) {
  LoginRules::Settings settings;
  settings.access = mail.access;
  settings.mail = mail.location;
  settings.proxies = authd.flag("proxy", false);
  settings.own_names = authd.texts("own_mailhosts", {host_name(), "localhost", "127.0.0.1", "::1"});
  return settings;
}

std::string read_default_scheme(ConfigFile::Table& authd) {
  std::string scheme = authd.text("default_scheme", std::string(kDefaultScheme));
  if (!is_known_scheme(scheme))
    authd.complain("default_scheme", "names no password scheme: \"" + scheme +
                                         "\"; one is a name of extmail-passwords(7), without braces");
  return scheme;
}

}  // namespace extmail::daemon
