// SPDX-License-Identifier: MIT
#include "mysql/settings.hpp"

namespace extmail::mysql {

std::optional<Host> parse_host(std::string_view text) {
  constexpr unsigned kDefaultPort = 3306;
  return parse_server_address(text, kDefaultPort);
}

}  // namespace extmail::mysql
