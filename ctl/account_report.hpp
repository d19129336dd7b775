// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"
#include "wire/authdaemond.hpp"

namespace extmail::ctl {

enum class Passwords {
  Hidden,  ///< whether there is one is told
  Shown,
};

/// An account as Courier's authtest lays it out, which those who know that program look for. Empty fields are "(none)".
/// Columns are escaped, so that no row can play with the terminal.
[[nodiscard]] Secret report(const wire::authdaemond::Account& account, Passwords passwords);

}  // namespace extmail::ctl
