// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/explain/alias_expansion.hpp"
#include "ctl/explain/course.hpp"
#include "ctl/explain/main_cf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// What has been decided, and how it is said: "Mail to x@y " goes before it.
struct Ending {
  Verdict verdict = Verdict::Passes;
  std::string text;
};

/// Where mail for a domain goes, by Postfix's address classes.
enum class DomainClass : std::uint8_t { VirtualMailbox, Relay, Elsewhere };

/// Whether a recipient is asked about for somebody who may send to all the world.
enum class Sender : std::uint8_t { Stranger, Trusted };

/// Follows mail for one recipient through Postfix: smtpd(8), which asks whether it may come in; cleanup(8), which asks
/// whom it is for; and trivial-rewrite(8) and the delivery agent, for each of those.
class Recipient {
 public:
  /// All must outlive it.
  Recipient(Course& course, const MainCf& main_cf) : course_(course), main_cf_(main_cf) {}

  /// By restrictions that go before those of policies and access maps: no mail is relayed for strangers.
  [[nodiscard]] std::optional<Ending> may_come_in(const std::string& address, Sender sender);

  /// By the map recipient_access.
  [[nodiscard]] std::optional<Ending> access(const std::string& address);

  /// What smtpd asks last: whether there is such a recipient.
  [[nodiscard]] std::optional<Ending> is_listed(const std::string& address);

  /// Whom it is delivered to, and how.
  [[nodiscard]] Ending deliver(const std::string& address);

 private:
  struct Destination {
    std::string address;
    std::string how;  ///< "is delivered to … by LMTP" without the address
    std::optional<Ending> failure;
  };

  [[nodiscard]] Answer<DomainClass> class_of(const std::string& address);
  [[nodiscard]] std::optional<Ending> failed(const Step& step) const;
  [[nodiscard]] Destination destination_of(const std::string& address);
  [[nodiscard]] Destination mailbox_of(const std::string& address, const std::string& how);

  Course& course_;
  const MainCf& main_cf_;
};

/// All of it, for `explain address`.
[[nodiscard]] Explanation explain_address(Maps& maps, const MainCf& main_cf, const std::string& address);

}  // namespace extmail::ctl
