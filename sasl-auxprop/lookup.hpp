// SPDX-License-Identifier: MIT
#pragma once

#include "question.hpp"

#include <string_view>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace extmail::sasl {

/// Answers libsasl's question about one identity: of the properties that it asks for, `userPassword`, where
/// the account stores its password in clear. identity and flags are as sasl_auxprop_plug_t's auxprop_lookup
/// gets them. Where only a verifier is stored (verifiers.hpp), the property is set that the mechanism under way checks it by.
///
/// Outcomes: SASL_OK when the account is known, with or without a password to give; SASL_NOUSER when it is
/// unknown or may not log in; SASL_UNAVAIL when nobody could tell, which Postfix makes a 454 and never a 535.
/// With SASL_AUXPROP_AUTHZID, SASL_NOUSER becomes SASL_OK: libsasl2 takes any other result for a failed
/// login, although the person was authenticated under another name. What an admin must know goes to the log.
/// Threads: may be called concurrently, each time with other params.
[[nodiscard]] int look_up(const Ask& ask, sasl_server_params_t& params, unsigned flags,
                          std::string_view identity);

}  // namespace extmail::sasl
