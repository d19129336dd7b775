// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/secret.hpp"
#include "wire/authdaemond_client.hpp"

#include <string>

namespace extmail::ctl {

/// Puts a question of wire/authdaemond_client.hpp to the server at a unix socket.
///
/// Outcomes: the account; NotFound where it answered FAIL; TemporaryFailure where it can't be reached, does not answer by
/// the deadline, closes without an answer (its way to say that it could not tell), or speaks something else.
[[nodiscard]] Answer<wire::authdaemond::Account> ask_authdaemond(const std::string& socket,
                                                                 const Secret& question, Deadline deadline);

}  // namespace extmail::ctl
