// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <cstddef>
#include <string>

namespace extmail::bench {

/// This process as an smtpd without SMTP: libsasl2's server as Postfix's smtpd drives it for each connection. One a process;
/// made after the fork, because each smtpd loads its plugins itself.
///
/// Configuration and plugins are where SASL_CONF_PATH and SASL_PATH say; `program` is the name before `.conf`.
class SaslServer {
 public:
  explicit SaslServer(std::string program);
  SaslServer(const SaslServer&) = delete;
  SaslServer& operator=(const SaslServer&) = delete;
  ~SaslServer();

  [[nodiscard]] Result log_in(const User& user, std::size_t place, const std::string& mechanism) const;

 private:
  const std::string program_;  // libsasl2 keeps the pointer
};

}  // namespace extmail::bench
