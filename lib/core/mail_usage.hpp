// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "core/records.hpp"

#include <cstdint>

namespace extmail {

/// What a mailbox holds.
struct Usage {
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;

  bool operator==(const Usage&) const = default;
};

/// Tells what mailboxes hold.
///
/// Outcomes: NotFound where nobody has counted what the mailbox holds; a count that can't be read is a failure.
/// Threads: may be called concurrently, and may wait for a disk: not for the network thread.
class MailUsage {
 public:
  virtual ~MailUsage() = default;

  [[nodiscard]] virtual Answer<Usage> find_usage(const MailboxRecord& mailbox) const = 0;
};

}  // namespace extmail
