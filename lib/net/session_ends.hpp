// SPDX-License-Identifier: MIT
#pragma once

#include "net/protocol.hpp"

#include <mutex>
#include <shared_mutex>

namespace extmail::net {

/// Tells protocols of sessions that ended. Sessions that are owed an answer may outlive the server's run, and with it what
/// the protocols need: from stop() on nobody is told any more.
///
/// Threads: any.
class SessionEnds {
 public:
  void tell(Protocol& protocol, const Peer& peer) {
    const std::shared_lock lock(mutex_);
    if (!is_over_) protocol.ended(peer);
  }

  /// Waits for those that are being told.
  void stop() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }

 private:
  std::shared_mutex mutex_;
  bool is_over_ = false;
};

}  // namespace extmail::net
