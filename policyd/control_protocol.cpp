// SPDX-License-Identifier: MIT
#include "policyd/control_protocol.hpp"

#include "core/printable.hpp"
#include "policyd/containment/held_logins.hpp"
#include "wire/policy.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

constexpr std::string_view kRelease = "release ";
constexpr std::string_view kLimits = "limits ";
constexpr std::string_view kExplain = "explain ";
constexpr std::size_t kMaxWhyBytes = 500;

std::string error(const std::string& why) {
  return "ERROR " + printable(why, kMaxWhyBytes) + '\n';
}

std::string lines_of(const std::vector<HeldLogin>& logins) {
  std::string text;
  for (const auto& held : logins) {
    text += printable(held.login, State::kMaxKeyBytes) + '\t' +
            std::to_string(held.until.time_since_epoch().count()) + '\t' + printable(held.why, kMaxWhyBytes) +
            '\n';
  }
  return text + "OK\n";
}

std::string lines_of(const Headroom::Lines& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += line.limit + '\t' + (line.is_burst ? "burst" : "limit") + '\t' + std::string(name_of(line.per)) +
            '\t' + printable(line.subject, State::kMaxKeyBytes) + '\t' + std::string(name_of(line.count)) +
            '\t' + std::to_string(line.period.count()) + '\t' + std::to_string(line.used) + '\t' +
            (line.most ? std::to_string(*line.most) : "") + '\t' + std::to_string(line.room_in.count()) +
            '\t' + (line.is_log_only ? "log" : "enforce") + '\t' + printable(line.from, State::kMaxKeyBytes) +
            '\n';
  }
  return text + "OK\n";
}

std::string_view name_of(RuleSaid::Kind kind) {
  switch (kind) {
    case RuleSaid::Kind::Nothing:
      return "nothing";
    case RuleSaid::Kind::Action:
      return "action";
    case RuleSaid::Kind::TriedOut:
      return "tried_out";
    case RuleSaid::Kind::Exempt:
      return "exempt";
    case RuleSaid::Kind::Failure:
      break;
  }
  return "failure";
}

std::string lines_of(const std::string& action, const Trail& trail) {
  std::string text;
  for (const auto& [place, said] : trail) {
    text += said.rule + '\t' + std::string(name_of(said.kind)) + '\t' +
            printable(said.action.text, wire::policy::kMaxActionBytes) + '\t' +
            printable(said.action.reason, kMaxWhyBytes) + '\n';
  }
  return text + "=\t" + printable(action, wire::policy::kMaxActionBytes) + "\nOK\n";
}

}  // namespace

net::Protocol::Limits ControlProtocol::limits() const {
  Limits limits;
  limits.idle = std::chrono::seconds(30);
  return limits;
}

Frame ControlProtocol::split(std::string_view input) const {
  const std::size_t end = input.find('\n');
  if (end <= kMaxRequestBytes)  // npos is not
    return Frame::complete(input.substr(0, end), end + 1);
  return input.size() > kMaxRequestBytes ? Frame::malformed("the line is too long") : Frame::incomplete();
}

void ControlProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  if (payload == "held") return list(std::move(responder));
  if (payload.starts_with(kRelease) && payload.size() > kRelease.size())
    return release(payload.substr(kRelease.size()), peer, std::move(responder));
  if (payload.starts_with(kLimits) && payload.size() > kLimits.size())
    return show_limits(payload.substr(kLimits.size()), std::move(responder));
  if (payload.starts_with(kExplain)) return explain(payload.substr(kExplain.size()), std::move(responder));
  responder.reply(
      error("no such request: known are held, release LOGIN, limits SUBJECT, and explain ATTRIBUTES"));
}

void ControlProtocol::show_limits(std::string_view subject, net::Responder responder) {
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  headroom_.find(std::string(subject), [owed](const Answer<Headroom::Lines>& lines) {
    owed->reply(lines.is_found() ? lines_of(lines.value()) : error(lines.reason()));
  });
}

void ControlProtocol::list(net::Responder responder) {
  // shared: std::function wants copies, and the answer is owed but once
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  list_held_logins(state_, kMaxLogins, [owed](const Answer<std::vector<HeldLogin>>& logins) {
    owed->reply(logins.is_found() ? lines_of(logins.value()) : error(logins.reason()));
  });
}

void ControlProtocol::explain(std::string_view attributes, net::Responder responder) {
  std::string lines(attributes);
  std::replace(lines.begin(), lines.end(), '\t', '\n');
  lines += '\n';
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  const bool is_request = rehearsal_.explain(
      lines, [owed](const std::string& action, const Trail& trail) { owed->reply(lines_of(action, trail)); });
  if (!is_request) owed->reply(error("attributes are NAME=VALUE, with a tab between two"));
}

void ControlProtocol::release(std::string_view login, const net::Peer& peer, net::Responder responder) {
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  release_login(state_, login, now,
                [owed, &log = log_, uid = peer.uid, name = std::string(login)](const Answer<bool>& was_held) {
                  if (!was_held.is_found()) return owed->reply(error(was_held.reason()));
                  if (was_held.value()) {
                    log.write(Level::Notice, "login_released",
                              "login=" + log_value(name) + " by uid " + std::to_string(uid));
                  }
                  owed->reply(std::string_view(was_held.value() ? "OK\n" : "NOT_HELD\n"));
                });
}

}  // namespace extmail::policyd
