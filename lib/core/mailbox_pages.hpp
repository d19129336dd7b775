// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/records.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace extmail {

/// All mailboxes, whatever their state, in the order of their names, a page at a time.
///
/// Outcomes: Found, with an empty page behind the last one, or a failure.
/// Threads: const members may be called concurrently, and may block until the deadline.
class MailboxPages {
 public:
  static constexpr std::size_t kPageRows = 500;

  virtual ~MailboxPages() = default;

  /// Up to kPageRows mailboxes, with their domains, whose names come after this one; fewer only at the end.
  [[nodiscard]] virtual Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                                      Deadline deadline) const = 0;
};

}  // namespace extmail
