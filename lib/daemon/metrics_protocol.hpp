// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"
#include "net/workers.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace extmail::daemon {

/// Serves a daemon's page of metrics by HTTP, to GET and HEAD of `/metrics`.
///
/// The page is made on a thread of its own: what it reads is behind locks, and no lookup waits for a scrape.
/// Threads: as net::Protocol.
/// Limits: kMaxPeers connections, apart from those of the daemon's own peers; a request has 10 s.
class MetricsProtocol final : public net::Protocol {
 public:
  /// One or two scrape at a time; the others are somebody's mistake.
  static constexpr std::size_t kMaxPeers = 16;

  /// Called on the protocol's own thread, one call at a time.
  using Page = std::function<std::string()>;

  /// content_type has to outlive the protocol, as log has.
  MetricsProtocol(Page page, std::string_view content_type, Log& log);

  [[nodiscard]] std::string_view name() const override { return "metrics"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  [[nodiscard]] std::string_view farewell() const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  const Page page_;
  const std::string_view content_type_;
  net::Workers workers_;
};

}  // namespace extmail::daemon
