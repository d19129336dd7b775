// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/outcome.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/rule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// Whom a limit counts in a request.
struct LimitSubject {
  std::string name;  ///< `alice@test.com`, `test.com`, `192.0.2.0/24`
  /// Whose rows of extmail_policy may say otherwise: Rows::entries_of(). Of domains: without a local part.
  std::vector<Address> names;
  std::string_view delimiters;   ///< likewise; whoever made the subject keeps them
  bool is_of_recipient = false;  ///< another one for another recipient of the message
};

/// Empty where the limit has nothing to count: no login, the null sender, a client in exempt_networks. Extensions of senders
/// and recipients are left out, by delimiters as of main.cf's recipient_delimiter, and both forms of a domain are one subject.
/// names are the recipient's, as of names_of(), none where there is no recipient: it is counted under the last of them, and
/// policies of all of them apply.
[[nodiscard]] std::optional<LimitSubject> subject_of(const Limit& limit, const Facts& facts,
                                                     const std::vector<Address>& names,
                                                     std::string_view delimiters);

/// Of an address, whose extension is left out, of a domain, of a recipient, who has at least one name, for a limit of recipients
/// or their domains, and of a client.
[[nodiscard]] LimitSubject subject_of_address(const Address& address, std::string_view delimiters);
[[nodiscard]] LimitSubject subject_of_domain(const std::string& domain);
[[nodiscard]] LimitSubject subject_of_recipient(const Limit& limit, const std::vector<Address>& names,
                                                std::string_view delimiters);
[[nodiscard]] LimitSubject subject_of_client(const Limit& limit, const IpAddress& client);
[[nodiscard]] bool is_of_recipients(const Limit& limit);

/// What the state counts a subject under, within one of the limit's windows.
[[nodiscard]] std::string limit_key(std::string_view limit, const Window& window, std::string_view subject);

/// How much the subject may: what its closest policy of kind `limit` says (`NAME=N`, `NAME=unlimited`, `exempt`), or else the
/// limit itself. An entry that is none of these says nothing, nor does one that names none of all.
/// Outcomes: Found; the failures of rows.
struct Allowance {
  std::optional<std::uint64_t> most;  ///< empty: without bound
  std::string from;                   ///< the subject whose policy says so; empty: the limit itself
  std::string fault;                  ///< an entry that makes no sense; empty where all do
  std::vector<std::string> nameless;  ///< entries that name no limit: what is to be said of each
};
[[nodiscard]] Answer<Allowance> allowance_of(const Limit& limit, const LimitSubject& subject,
                                             const std::vector<Limit>& all, const Rows& rows);

}  // namespace extmail::policyd
