// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/mail_location.hpp"

#include <string>
#include <vector>

namespace extmail {

/// What the configuration says in [mail], for all that read the schema.
struct MailRules {
  MailSettings location;
  AccessRules access;
  std::string recipient_delimiter = "+";  ///< a set of characters, as in main.cf
  /// Where mail for a mailbox goes that is kept on another host, `%h` standing for mailbox.mailhost; empty: here.
  std::string mailhost_transport;
  /// Domains whose transport names one of these are Postfix's relay domains, not virtual mailbox domains.
  std::vector<std::string> relay_transports;
};

}  // namespace extmail
