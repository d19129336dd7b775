// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace extmail::sasl {

/// Writes one line to the log of the program that loaded us. level is one of SASL_LOG_*: ERR for trouble that
/// an admin must see, FAIL for a login that is refused. Never pass a secret.
void log_to_host(const sasl_utils_t& utils, int level, const std::string& text);

/// Makes peer text fit for a log line: bytes outside printable ASCII become `\xNN`, and what is over 256
/// bytes is cut, so that a user name can neither forge a line nor flood the log.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace extmail::sasl
