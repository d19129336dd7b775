// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/site.hpp"
#include "ctl/host/postfix_config.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// What of main.cf and master.cf is a known trap. folder is the one that postconf was told, for the commands that mend;
/// empty: the default one.
void check_postfix(const PostfixConfig& postfix, const SiteFacts& site, const std::string& folder,
                   Findings& findings);

/// Domains of ours that Postfix is also told to treat in another way.
void check_domain_classes(const PostfixConfig& postfix, const std::vector<std::string>& domains,
                          const std::string& folder, Findings& findings);

/// A socket that Postfix is told to ask.
struct SocketUse {
  std::string parameter;
  std::string path;      ///< as it stands there: relative to the queue directory, or absolute
  std::string map = {};  ///< of extmail-mapd; empty: no map
};

/// Those of maps and of policy services, each once.
[[nodiscard]] std::vector<SocketUse> sockets_of(const PostfixConfig& postfix);

/// Where such a path lies; empty for a relative one without a queue directory.
[[nodiscard]] std::string full_path(const PostfixConfig& postfix, const std::string& path);

}  // namespace extmail::ctl
