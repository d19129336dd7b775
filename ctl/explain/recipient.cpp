// SPDX-License-Identifier: MIT
#include "ctl/explain/recipient.hpp"

#include "core/address.hpp"
#include "core/transport.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace extmail::ctl {
namespace {

std::string domain_of(const std::string& address) {
  return address.substr(address.rfind('@') + 1);
}

bool is_none(const Step& step) {
  return step.outcome == Outcome::NotFound;
}

/// The rows that were found, if any: why an answer is none.
std::string found_rows(const Step& step) {
  std::string text;
  for (const auto& row : step.rows) {
    if (row.outcome != Outcome::Found) continue;
    text += (text.empty() ? "" : "; ") + row.table + ' ' + row.key + " is " + row.text;
  }
  return text;
}

std::string because(const std::string& reason) {
  return reason.empty() ? "" : ", because " + reason;
}

std::string list_of(const std::vector<std::string>& all) {
  constexpr std::size_t kMost = 10;
  std::string text;
  const std::size_t shown = std::min(all.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == shown && all.size() == shown;
    text += (i == 0 ? "" : is_last ? " and " : ", ") + all[i];
  }
  if (all.size() > shown) text += " and " + std::to_string(all.size() - shown) + " more";
  return text;
}

/// As people call it.
std::string by(const std::string& transport) {
  const std::string name(transport_name(transport));
  if (name == "lmtp") return "by LMTP";
  if (name == "smtp") return "by SMTP";
  return "by the transport " + name;
}

}  // namespace

std::optional<Ending> Recipient::failed(const Step& step) const {
  if (step.outcome == Outcome::Found || is_none(step)) return std::nullopt;
  const Verdict verdict = verdict_on_failure(step.outcome);
  return Ending{verdict, "is put off (451 4.3.0 Temporary lookup failure): " + step.name + " fails for " +
                             step.key + ": " + step.answer};
}

Answer<DomainClass> Recipient::class_of(const std::string& address) {
  using Class = Answer<DomainClass>;
  const std::string domain = domain_of(address);
  const auto ask = [&](const char* map, DomainClass which) -> std::optional<Class> {
    if (!main_cf_.asks(map)) return std::nullopt;
    const Step& step = course_.ask(map, domain);
    if (step.outcome == Outcome::Found) return Class::found(which);
    if (is_none(step)) return std::nullopt;
    const std::string why = std::string(map) + " fails for " + domain + ": " + step.answer;
    return step.outcome == Outcome::PermanentFailure ? Class::permanent_failure(why)
                                                     : Class::temporary_failure(why);
  };
  if (auto found = ask("virtual_mailbox_domains", DomainClass::VirtualMailbox)) return *found;
  if (auto found = ask("relay_domains", DomainClass::Relay)) return *found;
  return Class::found(DomainClass::Elsewhere);
}

std::optional<Ending> Recipient::may_come_in(const std::string& address, Sender sender) {
  const auto found = class_of(address);
  if (found.is_failure()) {
    return Ending{verdict_on_failure(found.outcome()),
                  "is put off (451 4.3.0 Temporary lookup failure): " + found.reason()};
  }
  if (found.value() != DomainClass::Elsewhere || sender == Sender::Trusted) return std::nullopt;
  const std::string domain = domain_of(address);
  std::string rows;
  for (const char* map : {"virtual_mailbox_domains", "relay_domains"}) {
    if (rows.empty() && main_cf_.asks(map)) rows = found_rows(course_.ask(map, domain));
  }
  return Ending{Verdict::Refused, "is refused: 554 5.7.1 Relay access denied, because " +
                                      (rows.empty() ? domain + " is no domain of ours" : rows) +
                                      "; who has logged in may send there"};
}

std::optional<Ending> Recipient::access(const std::string& address) {
  const Step& step = course_.ask_address("recipient_access", address);
  if (auto ending = failed(step)) return ending;
  if (is_none(step)) return std::nullopt;
  return Ending{Verdict::Refused, "is refused: " + step.answer + because(found_rows(step))};
}

std::optional<Ending> Recipient::is_listed(const std::string& address) {
  const Step alias = course_.ask_address("virtual_alias_maps", address);
  if (auto ending = failed(alias)) return ending;
  if (!is_none(alias)) return std::nullopt;
  if (main_cf_.asks("transport_maps")) {
    const Step& transport = course_.ask_address("transport_maps", address);
    if (auto ending = failed(transport)) return ending;
    if (!is_none(transport) && transport_name(transport.answer) == "error") {
      return Ending{Verdict::Refused, "is refused: 550 " + transport.answer.substr(sizeof "error:" - 1) +
                                          because("the transport says so")};
    }
  }
  const auto which = class_of(address);
  if (which.is_failure() || which.value() == DomainClass::Elsewhere) return std::nullopt;
  const bool is_ours = which.value() == DomainClass::VirtualMailbox;
  const char* map = is_ours ? "virtual_mailbox_maps" : "relay_recipient_maps";
  if (!main_cf_.asks(map)) return std::nullopt;
  const Step& step = course_.ask_address(map, address);
  if (auto ending = failed(step)) return ending;
  if (!is_none(step)) return std::nullopt;
  const std::string rows = found_rows(step).empty() ? found_rows(alias) : found_rows(step);
  return Ending{Verdict::Refused, std::string("is refused: 550 5.1.1 User unknown in ") +
                                      (is_ours ? "virtual mailbox table" : "relay recipient table") +
                                      because(rows.empty() ? "there is no such mailbox or alias" : rows)};
}

Recipient::Destination Recipient::mailbox_of(const std::string& address, const std::string& how) {
  const Step step = course_.ask_address("virtual_mailbox_maps", address);
  if (auto ending = failed(step)) return {address, how, std::move(ending)};
  if (is_none(step)) {
    const std::string rows = found_rows(step);
    return {address, how,
            Ending{Verdict::Refused, rows.empty() ? "there is no such mailbox: the alias dangles" : rows}};
  }
  // Not a question of Postfix's, but what the delivery needs next: whose the mail is.
  const Step& owner = course_.ask_address("virtual_uid_maps", address);
  if (owner.outcome == Outcome::PermanentFailure)
    return {address, how, Ending{Verdict::Misconfigured, "it waits in the queue: " + owner.answer}};
  if (auto ending = failed(owner)) return {address, how, std::move(ending)};
  return {address, how, std::nullopt};
}

Recipient::Destination Recipient::destination_of(const std::string& address) {
  const auto which = class_of(address);
  if (which.is_failure()) {
    return {address, "is delivered to", Ending{verdict_on_failure(which.outcome()), which.reason()}};
  }
  std::string transport;
  if (main_cf_.asks("transport_maps")) {
    const Step& step = course_.ask_address("transport_maps", address);
    if (auto ending = failed(step)) return {address, "", std::move(ending)};
    if (!is_none(step)) transport = step.answer;
  }
  const auto name = transport_name(transport);
  if (name == "error") return {address, "", Ending{Verdict::Refused, "the transport is " + transport}};
  if (name == "discard") return {address, "is thrown away for", std::nullopt};
  switch (which.value()) {
    case DomainClass::VirtualMailbox:
      if (!name.empty()) return {address, "is delivered to " + by(transport), std::nullopt};
      return mailbox_of(address, "is delivered to " + by(main_cf_.value("virtual_transport",
                                                                        "lmtp:unix:private/dovecot-lmtp")));
    case DomainClass::Relay:
      return {address, "is relayed to " + by(name.empty() ? "relay" : transport), std::nullopt};
    case DomainClass::Elsewhere:
      break;
  }
  return {address, "is sent to " + by(name.empty() ? "smtp" : transport), std::nullopt};
}

Ending Recipient::deliver(const std::string& address) {
  const auto expansion = expand_aliases(course_, address);
  if (expansion.failure) {
    return {expansion.failure->verdict,
            "is put off (451 4.6.0 Alias expansion error): " + expansion.failure->reason};
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> ways;  // in the order in which they came up
  std::string failures;
  Verdict worst = Verdict::Passes;
  for (const auto& recipient : expansion.recipients) {
    const auto destination = destination_of(recipient);
    if (destination.failure) {
      const bool bounces = destination.failure->verdict == Verdict::Refused;
      failures += (failures.empty() ? "" : "; ") + std::string(bounces ? "bounces for " : "can't go to ") +
                  recipient + ": " + destination.failure->text;
      worst = std::max(worst, destination.failure->verdict);
      continue;
    }
    auto way =
        std::find_if(ways.begin(), ways.end(), [&](const auto& w) { return w.first == destination.how; });
    if (way == ways.end()) way = ways.insert(ways.end(), {destination.how, {}});
    way->second.push_back(recipient);
  }
  std::string text;
  for (const auto& [how, recipients] : ways) {
    const std::size_t by_at = how.find(" by ");
    text += (text.empty() ? "" : ", and ") + how.substr(0, by_at) + ' ' + list_of(recipients) +
            (by_at == std::string::npos ? "" : how.substr(by_at));
  }
  if (!failures.empty()) text += (text.empty() ? "" : ", but ") + failures;
  return {worst, text};
}

Explanation explain_address(Maps& maps, const MainCf& main_cf, const std::string& address) {
  Course course(maps);
  Recipient recipient(course, main_cf);
  const auto follow = [&]() -> Ending {
    if (auto ending = recipient.may_come_in(address, Sender::Stranger)) return *ending;
    // extmail-policyd's rule accounts refuses by the same rows.
    if (main_cf.asks("recipient_access") || main_cf.has("check_policy_service")) {
      if (auto ending = recipient.access(address)) return *ending;
    }
    if (auto ending = recipient.is_listed(address)) return *ending;
    return recipient.deliver(address);
  };
  const Ending ending = follow();
  return {course.take(), ending.verdict, "Mail to " + address + ' ' + ending.text + '.'};
}

}  // namespace extmail::ctl
