// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"

namespace extmail::net {

/// A socket that listens on the port; the caller owns it.
///
/// Errors: std::runtime_error with a text that says what to do.
[[nodiscard]] int open_tcp_socket(const TcpListener& listener);

}  // namespace extmail::net
