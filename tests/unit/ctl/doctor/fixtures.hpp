// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/rows.hpp"
#include "ctl/doctor/site.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// Findings of all checks.
inline Findings all_findings(std::size_t most = 0) {
  return {choose_checks({}, {}), most};
}

/// The ids of those that found something, each with what it is about: `alias-loop alias a@d.test`.
inline std::vector<std::string> found_in(const Findings& findings) {
  std::vector<std::string> found;
  for (const auto* of : findings.all()) {
    for (const auto& finding : of->shown)
      found.push_back(std::string(of->check->id) + ' ' + finding.object);
  }
  return found;
}

/// The same as a set of ids in their order, separated by blanks.
inline std::string ids_in(const Findings& findings) {
  std::string ids;
  for (const auto* of : findings.all())
    ids += (ids.empty() ? "" : " ") + std::string(of->check->id);
  return ids;
}

/// A host whose Postfix is told what deploy/ ships.
inline SiteFacts shipped_site() {
  SiteFacts site;
  site.listeners = {{"mapd", "socketmap", "/var/spool/postfix/extmail/maps"},
                    {"authd", "auth", "/var/spool/postfix/extmail/auth"},
                    {"authd", "saslauthd", "/var/spool/postfix/extmail/saslauthd"},
                    {"authd", "auth", "/run/extmail/auth"},
                    {"policyd", "policy", "/var/spool/postfix/extmail/policy"}};
  site.settings.mail.location.uid = 2525;
  site.settings.mail.location.gid = 2525;
  return site;
}

}  // namespace extmail::ctl
