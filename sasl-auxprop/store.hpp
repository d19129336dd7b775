// SPDX-License-Identifier: MIT
#pragma once

#include "question.hpp"

#include <string_view>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace extmail::sasl {

/// Does what libsasl2 asks with sasl_setpass(), for *saslpasswd2*(8) and others: sets the password of an account that is there,
/// where extmail-authd lets the program do so without knowing the old one. identity and properties are as
/// sasl_auxprop_plug_t's auxprop_store gets them.
///
/// Outcomes: SASL_OK when `userPassword` is stored; SASL_NOUSER for an unknown account, none is made; SASL_NOAUTHZ when a rule
/// forbids it; SASL_FAIL when the program has no right to it, or the row or configuration is wrong; SASL_UNAVAIL when nobody
/// could tell. To delete an account is SASL_NOAUTHZ. SASL_CONSTRAINT_VIOLAT, which libsasl2 overlooks where others went well,
/// is for other properties only, such as the secrets of single mechanisms: what has no value is not there anyhow, and SASL_OK.
/// What an admin must know goes to the log.
/// Threads: may be called concurrently, each time with other params.
/// Limits: kMaxPasswordBytes.
[[nodiscard]] int store(const Ask& ask, const sasl_server_params_t& params, propctx& properties,
                        std::string_view identity);

}  // namespace extmail::sasl
