// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/secret.hpp"

#include <string_view>

namespace extmail {

/// That a row was changed.
struct Changed {};

/// Puts a new hash in place of a stored one, in mailbox.password.
///
/// Outcomes: NotFound: there is no such row any more, or its hash is another one by now, and nothing was changed. After a
/// failure it may or may not have been.
/// Threads: implementations may be called concurrently.
class PasswordWriter {
 public:
  virtual ~PasswordWriter() = default;

  /// Another hash of the same password: clearpwd is left alone. username as its row has it, old as it was read.
  [[nodiscard]] virtual Answer<Changed> replace(std::string_view username, const Secret& old,
                                                const Secret& replacement, Deadline deadline) = 0;

  /// The hash of another password, of which clear takes the place of a clearpwd that is there; where there is none, none
  /// is stored. Both at once, or neither.
  [[nodiscard]] virtual Answer<Changed> change(std::string_view username, const Secret& old,
                                               const Secret& replacement, const Secret& clear,
                                               Deadline deadline) = 0;
};

}  // namespace extmail
