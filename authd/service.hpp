// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "net/workers.hpp"
#include "wire/auth_protocol.hpp"

#include <functional>
#include <memory>

namespace extmail::authd {

/// Runs the authenticator's work where it may wait: directory lookups on one set of threads, password hashes
/// on another that is no larger than the processor, so that a burst of logins can't starve user lookups.
///
/// Threads: submit() on the network thread; done is called once, on any thread.
class Service {
 public:
  using Done = std::function<void(wire::auth::Reply)>;

  struct Threads {
    std::size_t lookups = 4;
    std::size_t hashes = 1;
  };

  /// log must outlive the service.
  Service(std::shared_ptr<const Authenticator> authenticator, Threads threads, Log& log);

  /// Takes effect for the next request.
  void replace_authenticator(std::shared_ptr<const Authenticator> authenticator) {
    authenticator_ = std::move(authenticator);
  }

  /// Answers verify, user and credentials; Temporary when too many requests are waiting.
  void submit(wire::auth::Request request, const Done& done);

 private:
  std::shared_ptr<const Authenticator> authenticator_;
  net::Workers hashes_;  // lookups_ hand over to them, so they end after lookups_
  net::Workers lookups_;
};

}  // namespace extmail::authd
