// SPDX-License-Identifier: MIT
#include "ctl/authdaemond_socket.hpp"

#include "daemon/config_file.hpp"

#include <filesystem>
#include <system_error>

namespace extmail::ctl {

std::string find_authdaemond_socket(const std::string& config, bool may_be_missing) {
  std::error_code error;
  const auto kind = std::filesystem::status(config, error).type();
  if (may_be_missing && kind == std::filesystem::file_type::not_found) return kDefaultAuthdaemondSocket;
  daemon::ConfigFile file(config);
  for (auto& listen : file.table("authd").tables("listen")) {
    std::string path = listen.text("path", "");
    if (listen.text("protocol", "") == "authdaemond" && !path.empty()) return path;
  }
  throw daemon::ConfigError(config +
                            ": no [[authd.listen]] has protocol = \"authdaemond\" and a path: add one as in "
                            "extmail.toml(5), or name the socket with --socket");
}

}  // namespace extmail::ctl
