// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/directory.hpp"
#include "core/mail_rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// Answers Postfix's address maps from the directory.
///
/// Keys arrive exactly as Postfix sent them. For socketmap and tcp_table Postfix asks for the full key only,
/// so the order it follows for indexed tables is followed here: the address, the address without its
/// extension, then `@domain`; an extension that was stripped is put back into the result. Each method is
/// named after the main.cf parameter that it serves; main.cf's value syntax is that of the result.
///
/// Outcomes: see Outcome. Keys that no row can match are NotFound without a query.
/// Threads: const members may be called concurrently, and block as Directory does.
class AddressMaps {
 public:
  /// All three must outlive the maps, which cost nothing to make: one for each lookup is fine.
  AddressMaps(const Directory& directory, const Clock& clock, const MailRules& rules)
      : directory_(directory), clock_(clock), rules_(rules) {}
  AddressMaps(const Directory&, const Clock&, MailRules&&) = delete;

  /// The domain, if it is ours and not relayed.
  [[nodiscard]] Answer<std::string> virtual_mailbox_domains(std::string_view key, Deadline deadline) const;

  /// The mailbox's maildir as stored (its username if none is), if it may receive. Postfix's smtpd asks only
  /// whether there is an answer; delivery by LMTP takes the location from Dovecot's userdb.
  [[nodiscard]] Answer<std::string> virtual_mailbox_maps(std::string_view key, Deadline deadline) const;

  /// The addresses an active alias leads to, separated by commas. An explicit alias wins over a mailbox of
  /// the same name; a mailbox, whatever its state, wins over the catch-all of its domain. With its domain an
  /// alias is switched off, because Postfix asks for every recipient, those of domains that have moved away
  /// too.
  [[nodiscard]] Answer<std::string> virtual_alias_maps(std::string_view key, Deadline deadline) const;

  /// The same as a list, each address as RFC 5321 writes it.
  [[nodiscard]] Answer<std::vector<std::string>> alias_targets(const Address& address,
                                                               Deadline deadline) const;

  /// The domain of ours that is relayed by MailRules::relay_transports, or the closest one above the key, as Postfix's
  /// parent_domain_matches_subdomains has it. The first domain with a row decides, up to 16 labels above the key.
  [[nodiscard]] Answer<std::string> relay_domains(std::string_view key, Deadline deadline) const;

  /// The username of a mailbox that may receive; for the recipients of relay_domains.
  [[nodiscard]] Answer<std::string> relay_recipient_maps(std::string_view key, Deadline deadline) const;

  /// Where mail goes, for transport(5): by the mailbox's mailhost, else by domain.transport as stored, that of a relayed
  /// domain above the key too. NotFound where none of these says anything, and for domains that are not ours.
  /// PermanentFailure for a mailhost that is no host: it must not pass for a transport of its own.
  [[nodiscard]] Answer<std::string> transport_maps(std::string_view key, Deadline deadline) const;

  /// The mailbox's quota in bytes, 0 for none, as Postfix takes mailbox sizes.
  [[nodiscard]] Answer<std::string> virtual_mailbox_limit_maps(std::string_view key, Deadline deadline) const;

  /// Whose the mailbox's mail is. PermanentFailure where locate_mail() refuses the row.
  [[nodiscard]] Answer<std::string> virtual_uid_maps(std::string_view key, Deadline deadline) const;
  [[nodiscard]] Answer<std::string> virtual_gid_maps(std::string_view key, Deadline deadline) const;

  /// For a mailbox of ours that may not receive: the reply to its senders, as access(5) takes it. NotFound
  /// for all others, for unknown ones too (those are Postfix's to refuse), and where an alias takes the mail
  /// instead.
  [[nodiscard]] Answer<std::string> recipient_access(std::string_view key, Deadline deadline) const;
  [[nodiscard]] Answer<std::string> recipient_access(const Address& address, Deadline deadline) const;

  /// For a mailbox of ours that may not send: the reply to the client that uses its address as sender. NotFound for all
  /// others, and where an alias of that name may be used by its members.
  [[nodiscard]] Answer<std::string> sender_access(std::string_view key, Deadline deadline) const;

  /// The logins that may send as this address, separated by commas: its mailbox, and the mailboxes its alias
  /// leads to, through further aliases too, up to 100 addresses; beyond that it is PermanentFailure. Ownership
  /// outlasts a disabled account, so that nobody else may take its name.
  [[nodiscard]] Answer<std::string> smtpd_sender_login_maps(std::string_view key, Deadline deadline) const;

  /// Whether that map names the login for the address. Where the map fails because the address leads to too many, only the
  /// mailbox of that name may send as it. Found or a failure.
  [[nodiscard]] Answer<bool> may_send_as(std::string_view login, const Address& address,
                                         Deadline deadline) const;

 private:
  struct Stripped {
    Address address;
    std::string extension;  ///< in the case it was written in
  };
  /// The address without its extension. Empty: it has none.
  [[nodiscard]] std::optional<Stripped> stripped(const Address& address) const;

  /// Who may send as an address.
  struct Owners {
    std::vector<std::string> logins;
    bool is_complete = true;  ///< else the address leads to too many, and logins has its own mailbox only
  };
  [[nodiscard]] Answer<Owners> owners(const Address& address, Deadline deadline) const;

  [[nodiscard]] bool is_relayed(const DomainRecord& domain) const;

  /// The domain's own row, or else that of the closest relayed one above it.
  [[nodiscard]] Answer<DomainRecord> find_routed_domain(std::string_view name, Deadline deadline) const;

  [[nodiscard]] Answer<MailboxRecord> find_mailbox(const Address& address, Deadline deadline) const;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(const std::string& text, const Address& address,
                                                   Deadline deadline) const;
  [[nodiscard]] Answer<MailLocation> find_location(std::string_view key, Deadline deadline) const;
  [[nodiscard]] Answer<std::vector<std::string>> alias_rows(const Address& address, Deadline deadline) const;
  /// Of the one alias that has this key, for the address that matched it.
  [[nodiscard]] Answer<std::vector<std::string>> alias_row(const std::string& key, const Address& matched,
                                                           const std::string& extension,
                                                           Deadline deadline) const;

  /// The refusal of a mailbox that stands in the way of access, unless an alias takes its place.
  [[nodiscard]] Answer<std::string> refuse(const Address& address, Access access, std::string_view code,
                                           std::string_view consequence, Deadline deadline) const;

  const Directory& directory_;
  const Clock& clock_;
  const MailRules& rules_;
};

}  // namespace extmail
