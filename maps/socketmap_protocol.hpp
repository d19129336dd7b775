// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "maps/lookups.hpp"
#include "net/protocol.hpp"

namespace extmail::maps {

/// Answers socketmap requests: outcomes become OK, NOTFOUND, TEMP and PERM.
///
/// Threads: as net::Protocol.
class SocketmapProtocol final : public net::Protocol {
 public:
  /// lookups and log must outlive the protocol.
  SocketmapProtocol(Lookups& lookups, Log& log) : lookups_(lookups), log_(log) {}

  [[nodiscard]] std::string_view name() const override { return "socketmap"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  Lookups& lookups_;
  Log& log_;
};

}  // namespace extmail::maps
