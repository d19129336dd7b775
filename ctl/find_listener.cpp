// SPDX-License-Identifier: MIT
#include "ctl/find_listener.hpp"

#include "daemon/config_file.hpp"

#include <filesystem>
#include <system_error>

namespace extmail::ctl {

std::string find_listener(const ListenerKind& kind, const std::string& config, bool may_be_missing) {
  std::error_code error;
  const auto type = std::filesystem::status(config, error).type();
  if (may_be_missing && type == std::filesystem::file_type::not_found) return std::string(kind.deployed);
  daemon::ConfigFile file(config);
  for (auto& listen : file.table(kind.daemon).tables("listen")) {
    std::string path = listen.text("path", "");
    if (listen.text("protocol", kind.is_default ? kind.protocol : "") == kind.protocol && !path.empty())
      return path;
  }
  throw daemon::ConfigError(config + ": no [[" + std::string(kind.daemon) + ".listen]] has protocol = \"" +
                            std::string(kind.protocol) + "\" and a path: add one as in extmail.toml(5)" +
                            (kind.deployed.empty() ? "" : ", or name the socket with --socket"));
}

}  // namespace extmail::ctl
