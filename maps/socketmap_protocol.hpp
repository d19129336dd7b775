// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "core/log.hpp"
#include "net/protocol.hpp"
#include "net/workers.hpp"

#include <memory>

namespace extmail::maps {

/// Answers socketmap requests from the address maps, on the workers.
///
/// Outcomes become OK, NOTFOUND, TEMP and PERM; an unknown map is PERM with the names of the known ones.
/// Permanent failures are logged with their key.
/// Threads: as net::Protocol.
class SocketmapProtocol final : public net::Protocol {
 public:
  /// workers and log must outlive the protocol.
  SocketmapProtocol(std::shared_ptr<const AddressMaps> maps, net::Workers& workers, Log& log);

  /// Takes effect for the next request.
  void replace_maps(std::shared_ptr<const AddressMaps> maps) { maps_ = std::move(maps); }

  [[nodiscard]] std::string_view name() const override { return "socketmap"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  std::shared_ptr<const AddressMaps> maps_;
  net::Workers& workers_;
  Log& log_;
};

}  // namespace extmail::maps
