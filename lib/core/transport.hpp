// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace extmail {

/// A domain's transport column as transport(5) takes it; empty where none is stored: blanks, or the text NULL that
/// ExtMan's command line writes.
[[nodiscard]] std::string_view stored_transport(std::string_view column);

/// `smtp` of `smtp:[10.0.0.9]:25`; empty of `:next.hop`, which leaves the choice to Postfix.
[[nodiscard]] std::string_view transport_name(std::string_view transport);

/// Whether text can stand for a host in a next hop: a name or an IP address, without brackets. It comes from a row that
/// people may edit who must not choose a port or a transport.
[[nodiscard]] bool is_host(std::string_view text);

/// The template with host in place of each `%h`.
[[nodiscard]] std::string fill_in_host(std::string_view pattern, std::string_view host);

}  // namespace extmail
