// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace extmail::bench {

/// The client's half of PLAIN and CRAM-MD5, and nothing more: libsasl2's own client reads /etc/hosts for each login, which
/// would be counted as the server's.
class SaslClient {
 public:
  /// user must outlive it. Throws on another mechanism.
  SaslClient(const User& user, std::string_view mechanism);

  /// The initial response, of mechanisms that have one.
  [[nodiscard]] std::optional<std::string> initial() const;

  [[nodiscard]] std::string respond(std::string_view challenge) const;

 private:
  const User& user_;
  const bool is_plain_;
};

}  // namespace extmail::bench
