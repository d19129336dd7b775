// SPDX-License-Identifier: MIT
#include "policyd/limits/asked_stages.hpp"

#include "core/printable.hpp"

#include <utility>

namespace extmail::policyd {

AskedStages::Port* AskedStages::port_of(const std::string& name) {
  const auto found = ports_.find(name);
  if (found != ports_.end()) return &found->second;
  return ports_.size() < kMaxPorts ? &ports_[name] : nullptr;
}

void AskedStages::note(const Facts& facts) {
  if (facts.stage() == Stage::Rcpt) return;
  Port* const port = port_of(std::string(facts.request().server_port));
  if (port == nullptr) return;
  port->rcpt_only = 0;
  (facts.stage() == Stage::Data ? port->asks_at_data : port->asks_at_end) = true;
}

void AskedStages::note_end(const std::string& name, Stage reached) {
  Port* const port = port_of(name);
  if (port == nullptr || reached != Stage::Rcpt) return;
  if (++port->rcpt_only != (port->asks_later() ? kGone : kPlain)) return;
  port->asks_at_data = port->asks_at_end = false;
  if (std::exchange(port->is_told, true)) return;
  log_.write(Level::Warning, "limits_at_rcpt_only",
             "Postfix's port " + log_value(name) +
                 " asks at RCPT only, so mail that was given up or refused later is counted too; ask in "
                 "smtpd_end_of_data_restrictions as well, with check_policy_service");
}

bool AskedStages::is_final(const std::string& name, Stage reached) {
  const Port* const port = port_of(name);
  if (reached == Stage::EndOfMessage || port == nullptr || !port->asks_later()) return true;
  return reached == Stage::Data && !port->asks_at_end;
}

}  // namespace extmail::policyd
