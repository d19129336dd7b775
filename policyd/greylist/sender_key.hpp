// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"

#include <string>
#include <string_view>

namespace extmail::policyd {

/// What stands for a sender of elsewhere, so that mail of one sender is known again although each has an address of its
/// own:
/// - what is behind a `+` is left out: `news+alice=test.com@example.org` is `news@example.org`;
/// - the tag of BATV is: `prvs=1234abcdef=bob@example.org` is `bob@example.org`;
/// - hash and day of SRS are: `SRS0=x2Gq=4F=example.com=bob@example.org` is `srs0=example.com=bob@example.org`;
/// - numbers between other parts are one: `bounce-71-8842-alice=test.com@example.org` is
///   `bounce-#-#-alice=test.com@example.org`.
/// A local part of nothing but digits stays: those are people (qq.com).
[[nodiscard]] std::string sender_key(const Address& sender);

}  // namespace extmail::policyd
