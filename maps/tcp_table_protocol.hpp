// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "maps/lookups.hpp"
#include "net/protocol.hpp"

#include <string>
#include <utility>

namespace extmail::maps {

/// Answers tcp_table requests for one map: outcomes become 200, 500 and 400.
///
/// Threads: as net::Protocol.
class TcpTableProtocol final : public net::Protocol {
 public:
  /// lookups and log must outlive the protocol.
  TcpTableProtocol(std::string map, Lookups& lookups, Log& log)
      : map_(std::move(map)), lookups_(lookups), log_(log) {}

  [[nodiscard]] std::string_view name() const override { return "tcp_table"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  [[nodiscard]] std::string_view farewell() const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  const std::string map_;
  Lookups& lookups_;
  Log& log_;
};

}  // namespace extmail::maps
