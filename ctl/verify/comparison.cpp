// SPDX-License-Identifier: MIT
#include "ctl/verify/comparison.hpp"

#include "core/access.hpp"
#include "core/address.hpp"
#include "core/mail_location.hpp"
#include "core/map_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <stdexcept>

namespace extmail::ctl {
namespace {

/// Of one question, its waiting for the server included.
constexpr std::chrono::seconds kPatience{60};

constexpr std::array kServices{"imap", "pop3", "smtp"};

bool is_domain_map(const std::string& map) {
  return map == "virtual_mailbox_domains" || map == "relay_domains";
}

/// Lists are the same whatever their order and case, paths whatever their slashes at the end.
std::set<std::string> as_set(const std::string& value) {
  std::set<std::string> parts;
  for (auto& part : split_goto(value)) {
    std::transform(part.begin(), part.end(), part.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    parts.insert(std::move(part));
  }
  return parts;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

}  // namespace

Deadline Comparison::deadline() const {
  return clock_.now() + kPatience;
}

std::optional<std::string> Comparison::classic_answer(const std::string& map, const std::string& key) {
  // Postfix's order for mysql: and other indexed tables, from which it takes the first that answers.
  std::vector<std::string> keys{key};
  const std::size_t at = key.rfind('@');
  if (at != std::string::npos && at > 0 && !is_domain_map(map)) {
    const auto split = split_extension(std::string_view(key).substr(0, at), rules_.recipient_delimiter);
    if (!split.extension.empty()) keys.push_back(std::string(split.base) + key.substr(at));
    if (map == "transport_maps")
      keys.push_back(key.substr(at + 1));
    else
      keys.push_back(key.substr(at));
  }
  for (const auto& each : keys) {
    auto answer = classic_.find(map, each);
    if (!answer || map != "virtual_alias_maps") {
      if (answer) return answer;
      continue;
    }
    // `@other` leads to the same local part there: virtual(5).
    std::string targets;
    for (const auto& target : split_goto(*answer))
      targets.append(targets.empty() ? "" : ",")
          .append(target.starts_with('@') ? key.substr(0, at) : "")
          .append(target);
    return targets;
  }
  return std::nullopt;
}

void Comparison::compare_map(const std::string& map, const std::string& key) {
  const auto before = classic_answer(map, key);
  const auto now = (maps_.*find_map(map))(key, deadline());
  if (now.outcome() == Outcome::TemporaryFailure) throw std::runtime_error(now.reason());
  if (now.outcome() == Outcome::PermanentFailure) {
    take_({map, key, before.value_or(""), "", "row", now.reason()});
    return;
  }
  const bool same = before && now.is_found() ? as_set(*before) == as_set(now.value())
                                             : before.has_value() == now.is_found();
  if (same) return;
  const auto reason = reason_of(map, key, before.has_value(), now.is_found());
  take_({map, key, before.value_or(""), now.is_found() ? now.value() : "", reason.name, reason.detail});
}

std::optional<Comparison::Reason> Comparison::reason_of_domain(
    const std::optional<DomainRecord>& domain) const {
  if (!domain) return Reason{"no-domain", "its domain has no row"};
  if (is_ours(*domain, rules_.access, clock_.today())) return std::nullopt;
  if (!domain->active) return Reason{"domain-inactive", "domain.active is 0"};
  return Reason{"domain-expired", "domain.expiredate is " + domain->expires};
}

Comparison::Reason Comparison::reason_of(const MailboxRecord& mailbox, Access access) const {
  if (access == Access::DomainNotOurs) {
    if (auto reason = reason_of_domain(mailbox.domain)) return *reason;
  }
  if (access == Access::Expired) return {"expired", "mailbox.expiredate is " + mailbox.expires};
  const std::string text(describe(access));
  if (access == Access::Inactive) return {"inactive", text};
  if (access == Access::ServiceDisabled) return {"service-disabled", text};
  return {"other", text};
}

Comparison::Reason Comparison::reason_of(const std::string& map, const std::string& key, bool was_found,
                                         bool is_found) {
  const std::size_t at = key.rfind('@');
  const std::string domain_name = at == std::string::npos ? key : key.substr(at + 1);
  const auto domain = directory_.find_domain(domain_name, deadline());
  if (domain.is_failure()) throw std::runtime_error(domain.reason());
  const auto row = domain.is_found() ? std::optional(domain.value()) : std::nullopt;
  if (at == std::string::npos || at == 0) {
    if (auto reason = reason_of_domain(row)) return *reason;
    return {"other", "the two sides ask for different things"};
  }
  const auto mailbox = directory_.find_mailbox(key, deadline());
  if (mailbox.is_failure()) throw std::runtime_error(mailbox.reason());
  if (map == "virtual_alias_maps" && was_found && mailbox.is_found() &&
      classic_.find(map, key) == std::nullopt)
    return {"catch-all", "a mailbox keeps its mail, and the catch-all of its domain takes none of it"};
  if (auto reason = reason_of_domain(row)) return *reason;
  if (mailbox.is_found() && map != "virtual_alias_maps") {
    const Access access = may_receive(mailbox.value(), rules_.access, clock_.today());
    if (access != Access::Allowed) return reason_of(mailbox.value(), access);
    if (mailbox.value().maildir.empty() && map == "virtual_mailbox_maps")
      return {"no-maildir", "mailbox.maildir is empty: the mailbox lies in the folder of its name"};
  }
  if (map == "smtpd_sender_login_maps" && is_found)
    return {"alias-member", "those whom an alias leads to may send as it"};
  return {"other", "the two sides answer differently"};
}

void Comparison::compare_domain(const std::string& domain) {
  for (const auto& map : classic_.maps()) {
    if (is_domain_map(map)) compare_map(map, domain);
  }
}

void Comparison::compare_alias(const std::string& address) {
  for (const auto& map : classic_.maps()) {
    const bool is_catch_all = address.starts_with('@');
    if (map == "virtual_alias_maps" || (map == "smtpd_sender_login_maps" && !is_catch_all)) {
      // No address is a catch-all; one that has no row of its own gets there.
      compare_map(map, is_catch_all ? "extmailctl-verify-nobody" + address : address);
    }
  }
}

void Comparison::compare_mailbox(const std::string& username) {
  for (const auto& map : classic_.maps()) {
    if (!is_domain_map(map)) compare_map(map, username);
  }
  const auto account = classic_.find_account(username);
  const auto mailbox = directory_.find_mailbox(username, deadline());
  if (mailbox.is_failure()) throw std::runtime_error(mailbox.reason());
  if (!mailbox.is_found()) {
    if (account && account->is_active)
      take_({"login imap", username, "allowed", "", "no-address", "its username is no address"});
    return;
  }
  compare_login(username, mailbox.value(), account);
  if (account) compare_location(username, mailbox.value(), *account);
}

void Comparison::compare_login(const std::string& username, const MailboxRecord& mailbox,
                               const std::optional<ClassicAnswers::Account>& account) {
  const bool was_allowed = account && account->is_active;
  for (const std::string service : kServices) {
    const Access access = may_log_in(mailbox, service, rules_.access, clock_.today());
    if (was_allowed == (access == Access::Allowed)) continue;
    const auto reason = reason_of(mailbox, access);
    take_({"login " + service, username, was_allowed ? "allowed" : "", was_allowed ? "" : "allowed",
           reason.name, reason.detail});
  }
}

void Comparison::compare_location(const std::string& username, const MailboxRecord& mailbox,
                                  const ClassicAnswers::Account& account) {
  const auto location = locate_mail(mailbox, rules_.location);
  const std::string before = account.home + ' ' + account.maildir + ' ' + account.uid + ' ' + account.gid;
  if (!location.is_found()) {
    take_({"location", username, before, "", "row", location.reason()});
    return;
  }
  const auto& now = location.value();
  // Numbers that the configuration sets are meant to differ from the row's.
  const std::string uid = rules_.location.uid ? account.uid : std::to_string(now.uid);
  const std::string gid = rules_.location.gid ? account.gid : std::to_string(now.gid);
  const std::string after =
      without_slash(now.home) + ' ' + without_slash(now.maildir) + ' ' + uid + ' ' + gid;
  if (before == after) return;
  const bool is_empty = mailbox.maildir.empty() || mailbox.homedir.empty();
  take_({"location", username, before, after, is_empty ? "no-maildir" : "location",
         is_empty ? "mailbox.maildir or homedir is empty: the mailbox lies in the folder of its name"
                  : "the paths are read differently"});
}

}  // namespace extmail::ctl
