// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <functional>
#include <string_view>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace extmail::sasl {

/// Puts the question to extmail-authd, or says why that can't be done.
using Ask = std::function<Answer<wire::auth::Reply>(wire::auth::Request)>;

/// A question about the account that libsasl calls identity: a name without `@` gets the realm where there is one. What
/// else the connection knows is told too: service, the client's address, whether an outer layer encrypts.
[[nodiscard]] wire::auth::Request question_about(const sasl_server_params_t& params, wire::auth::Verb verb,
                                                 std::string_view identity);

}  // namespace extmail::sasl
