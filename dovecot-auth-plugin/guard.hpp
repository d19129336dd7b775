// SPDX-License-Identifier: MIT
#pragma once

#include "dovecot.hpp"

#include <exception>
#include <new>
#include <utility>

namespace extmail::dovecot {

/// Runs work on behalf of a C caller, which no exception may reach. Out of memory ends the process, as it
/// does everywhere in Dovecot, whose master starts a new one; any other exception is a bug of ours and says
/// so.
template <typename Work>
decltype(auto) guarded(Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
    i_fatal_status(FATAL_OUTOFMEM, "authdb_extmail: Out of memory");
  } catch (const std::exception& error) {
    i_panic("authdb_extmail: unexpected exception: %s", error.what());
  }
}

}  // namespace extmail::dovecot
