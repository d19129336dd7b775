// SPDX-License-Identifier: MIT
#pragma once

#include "client/unix_stream.hpp"
#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <memory>
#include <string>

#include <sys/types.h>

namespace extmail::sasl {

/// One connection to extmail-authd, for one question at a time.
///
/// Errors: temporary_failure when authd can't be reached, does not answer by the deadline or breaks the
/// protocol; permanent_failure when it refuses the greeting. A connection that failed is of no further use.
/// Threads: one at a time.
class AuthdConnection {
 public:
  /// Connects and greets. A relative path starts at the working directory of the moment: in smtpd that is
  /// Postfix's queue directory, in and out of the chroot.
  [[nodiscard]] static Answer<std::unique_ptr<AuthdConnection>> open(const std::string& path,
                                                                     Deadline deadline);

  AuthdConnection(const AuthdConnection&) = delete;
  AuthdConnection& operator=(const AuthdConnection&) = delete;

  [[nodiscard]] Answer<wire::auth::Reply> ask(const wire::auth::Request& request, Deadline deadline);

  /// Did authd close before it answered a byte of the last question? It does so to connections that were idle
  /// for long, and when it restarts; the same question may be asked again on another connection.
  [[nodiscard]] bool was_dropped() const { return dropped_; }

  /// Was it opened by the process that forked this one? Both would read each other's answers.
  [[nodiscard]] bool is_inherited() const;

 private:
  explicit AuthdConnection(client::UnixStream stream);

  client::UnixStream stream_;
  const pid_t owner_;
  bool dropped_ = false;
};

}  // namespace extmail::sasl
