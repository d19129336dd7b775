// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace extmail::bench {

/// One SMTP session on a loopback port: greeting, EHLO, AUTH, QUIT. An empty mechanism leaves AUTH out, and then everybody
/// is right. Refused is 535, logged in 235; anything else is trouble, and so is silence.
Result log_in_by_smtp(std::uint16_t port, const User& user, std::size_t place, const std::string& mechanism);

}  // namespace extmail::bench
