// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "daemon/shared_metrics.hpp"

#include <cstddef>
#include <string>

namespace extmail::authd {

/// What extmail-authd shows on its page of metrics; extmail-authd(8) lists it.
///
/// Threads: text() may be called concurrently.
class MetricsPage {
 public:
  /// All must outlive the page.
  MetricsPage(const Authenticator::Parts& parts, const Authenticator& authenticator, std::size_t hash_threads,
              const daemon::SharedMetrics& shared)
      : parts_(parts), authenticator_(authenticator), hash_threads_(hash_threads), shared_(shared) {}

  [[nodiscard]] std::string text() const;

 private:
  const Authenticator::Parts parts_;
  const Authenticator& authenticator_;
  const std::size_t hash_threads_;
  const daemon::SharedMetrics& shared_;
};

}  // namespace extmail::authd
