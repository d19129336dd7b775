// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"
#include "net/workers.hpp"
#include "policyd/rules.hpp"

#include <memory>

namespace extmail::policyd {

/// Answers Postfix's policy requests by the rules, on the workers. A request that is none is answered by
/// closing, on which Postfix takes its smtpd_policy_service_default_action.
///
/// Threads: as net::Protocol.
class PolicyProtocol final : public net::Protocol {
 public:
  /// workers and log must outlive the protocol.
  PolicyProtocol(std::shared_ptr<const Rules> rules, net::Workers& workers, Log& log);

  /// Takes effect for the next request.
  void replace_rules(std::shared_ptr<const Rules> rules) { rules_ = std::move(rules); }

  [[nodiscard]] std::string_view name() const override { return "policy"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  std::shared_ptr<const Rules> rules_;
  net::Workers& workers_;
  Log& log_;
};

}  // namespace extmail::policyd
