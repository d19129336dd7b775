// SPDX-License-Identifier: MIT
#include "policyd/quota/destinations.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace extmail::policyd {
namespace {

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

class Walk {
 public:
  Walk(const Directory& directory, const Clock& clock, const MailRules& rules)
      : directory_(directory), clock_(clock), rules_(rules), maps_(directory, clock, rules) {}

  Answer<Destinations> follow(const Address& recipient) {
    push(recipient);
    while (!pending_.empty() && !found_.lead_elsewhere) {
      const Address current = std::move(pending_.back());
      pending_.pop_back();
      const auto targets = maps_.alias_targets(current, kNoWait);
      if (targets.is_failure()) return Answer<Destinations>::same_failure(targets);
      bool ends_here = targets.is_not_found();
      if (targets.is_found()) {
        for (const auto& target : targets.value()) {
          const auto next = parse_address(target);
          if (next == current) {
            ends_here = true;  // an alias that names itself keeps a copy
          } else if (next) {
            push(*next);
          } else {
            found_.lead_elsewhere = true;
          }
        }
      }
      if (!ends_here) continue;
      if (auto mailbox = end_at(current); mailbox.is_failure())
        return Answer<Destinations>::same_failure(mailbox);
    }
    return Answer<Destinations>::found(std::move(found_));
  }

 private:
  void push(const Address& address) {
    if (!seen_.insert(address.text()).second) return;
    if (seen_.size() > kMaxDestinations) {
      found_.lead_elsewhere = true;
    } else {
      pending_.push_back(address);
    }
  }

  Answer<MailboxRecord> end_at(const Address& address) {
    auto mailbox = directory_.find_mailbox(address.text(), kNoWait);
    const auto split = split_extension(address.local, rules_.recipient_delimiter);
    if (mailbox.is_not_found() && !split.extension.empty())
      mailbox = directory_.find_mailbox(join_address(split.base, address.domain), kNoWait);
    if (mailbox.is_failure()) return mailbox;
    if (mailbox.is_found() && is_here(mailbox.value())) {
      add(mailbox.value());
    } else {
      found_.lead_elsewhere = true;
    }
    return mailbox;
  }

  [[nodiscard]] bool is_here(const MailboxRecord& mailbox) const {
    const bool is_sent_on = !rules_.mailhost_transport.empty() && !mailbox.mailhost.empty();
    return !is_sent_on && may_receive(mailbox, rules_.access, clock_.today()) == Access::Allowed;
  }

  /// Two addresses may be one mailbox: with and without an extension.
  void add(const MailboxRecord& mailbox) {
    const bool is_known =
        std::any_of(found_.mailboxes.begin(), found_.mailboxes.end(),
                    [&](const auto& other) { return same_key(other.username, mailbox.username); });
    if (!is_known) found_.mailboxes.push_back(mailbox);
  }

  const Directory& directory_;
  const Clock& clock_;
  const MailRules& rules_;
  const AddressMaps maps_;
  std::vector<Address> pending_;
  std::set<std::string> seen_;
  Destinations found_;
};

}  // namespace

Answer<Destinations> find_destinations(const Address& recipient, const Directory& directory,
                                       const Clock& clock, const MailRules& rules) {
  return Walk(directory, clock, rules).follow(recipient);
}

}  // namespace extmail::policyd
