// SPDX-License-Identifier: MIT
#include "ctl/find_listener.hpp"

#include "daemon/config_file.hpp"

namespace extmail::ctl {

std::string find_listener(const std::string& config, const std::string& daemon, const std::string& protocol) {
  daemon::ConfigFile file(config);
  for (auto& listen : file.table(daemon).tables("listen")) {
    std::string path = listen.text("path", "");
    if (listen.text("protocol", "") == protocol && !path.empty()) return path;
  }
  throw daemon::ConfigError(config + ": no [[" + daemon + ".listen]] has protocol = \"" + protocol +
                            "\" and a path: add one as in extmail.toml(5)");
}

}  // namespace extmail::ctl
