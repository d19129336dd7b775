// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "ctl/changes.hpp"
#include "ctl/doctor/rows.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace extmail::ctl {
namespace {

std::string update(const MailboxRow& row, std::string_view column, std::string_view value) {
  return update_of("mailbox", column, std::string(value), "username", row.record.username);
}

/// Whether Postfix can have mail for such an address.
bool is_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return false;
  return parse_address(quote_local(address.substr(0, at)) + std::string(address.substr(at))).has_value();
}

void check_name(DataContext& context, const MailboxRow& row) {
  const std::string& name = row.record.username;
  if (!is_address(trimmed(name))) {
    context.findings.add("mailbox-address",
                         {"mailbox " + name, "this is no address: nobody can write to it or log in",
                          "extmailctl mailbox delete " + log_value(name)});
    return;
  }
  const std::string plain = fold_case(trimmed(name));
  if (plain != name) {
    context.findings.add(
        "address-form",
        {"mailbox " + name, "ExtMan writes addresses in lower case and without blanks, and compares them so",
         update(row, "username", plain)});
  }
  const auto [place, is_new] =
      context.census.mailboxes.emplace(canonical_address(name), Census::Mailbox{name, row.record.active});
  if (is_new) return;
  // The one to go is the one that ExtMan would not have written.
  const auto other = std::exchange(place->second.username, plain == name ? name : place->second.username);
  const std::string& odd = plain == name ? other : name;
  context.findings.add(
      "address-duplicate",
      {"mailbox " + odd, "it is the same address as mailbox " + place->second.username + ": one gets no mail",
       "extmailctl mailbox delete " + log_value(odd)});
}

void check_domain_of(DataContext& context, const MailboxRow& row) {
  const std::string object = "mailbox " + row.record.username;
  const std::string named = canonical_domain(domain_of(row.record.username));
  if (canonical_domain(row.domain) != named) {
    context.findings.add("mailbox-domain",
                         {object,
                          "its column domain is \"" + printable(row.domain, 256) +
                              "\", which is not the domain of the address: ExtMan lists it elsewhere",
                          update(row, "domain", domain_of(trimmed(row.record.username)))});
  }
  auto* domain = context.census.find_domain(named);
  if (domain == nullptr) {
    context.findings.add("mailbox-domain",
                         {object, "there is no domain " + named + ": it gets no mail and can't log in",
                          "extmailctl domain add " + named});
    return;
  }
  ++domain->mailboxes;
  const auto bytes = parse_quota(row.record.quota).bytes.value_or(0);
  // Somebody's number of twenty digits must not come out small.
  domain->quota_bytes += std::min(bytes, std::numeric_limits<std::uint64_t>::max() - domain->quota_bytes);
  if (row.record.active && !domain->row.active) {
    context.findings.add(
        "mailbox-domain-inactive",
        {object, "domain " + domain->row.name + " is not active, and so neither is the mailbox",
         "extmailctl domain enable " + named});
  }
}

void check_place(DataContext& context, const MailboxRow& row) {
  const std::string& name = row.record.username;
  MailSettings settings = context.mail.location;
  settings.uid = settings.uid.value_or(settings.min_uid);
  settings.gid = settings.gid.value_or(settings.min_gid);
  if (const auto place = locate_mail(row.record, settings); !place.is_found()) {
    const std::string folder = std::string(domain_of(name)) + '/' + name.substr(0, name.rfind('@'));
    context.findings.add(
        "mailbox-path",
        {"mailbox " + name, place.reason().substr(0, place.reason().find("; correct")),
         "UPDATE mailbox SET maildir = " + sql_literal(folder + "/Maildir/") +
             ", homedir = " + sql_literal(folder) + " WHERE username = " + sql_literal(name) + ';'});
    return;
  }
  if (const auto place = locate_mail(row.record, context.mail.location); !place.is_found()) {
    context.findings.add(
        "mailbox-owner",
        {"mailbox " + name, place.reason().substr(0, place.reason().find("; correct")),
         "uid = 2525 and gid = 2525, or whoever owns the mail, under [mail] of extmail.toml, for "
         "every mailbox"});
  }
}

void check_dates(DataContext& context, const MailboxRow& row) {
  const std::string object = "mailbox " + row.record.username;
  for (const auto& [column, date] : {std::pair{"expiredate", &row.expires}, {"createdate", &row.created}}) {
    if (is_date(*date)) continue;
    context.findings.add(
        "date-invalid", {object, std::string(column) + " is " + date->value_or("NULL") + ", which is no date",
                         update(row, column, "0000-00-00")});
  }
  if (!row.record.active || !is_date(row.expires) || !is_past(row.expires, context.today)) return;
  context.findings.add("mailbox-expired",
                       {object,
                        "it expired on " + *row.expires +
                            (context.mail.access.enforce_expiry
                                 ? ": it gets no mail and can't log in"
                                 : ", which counts for nothing here (expiry = \"ignore\" in extmail.toml)"),
                        update(row, "expiredate", "0000-00-00")});
}

}  // namespace

void check_mailbox(DataContext& context, const MailboxRow& row) {
  const std::string& name = row.record.username;
  const std::string object = "mailbox " + name;
  check_name(context, row);
  if (is_address(trimmed(name))) {
    check_domain_of(context, row);
    // Of an address with blanks or capitals nothing has to be said before that is mended.
    if (name == fold_case(trimmed(name))) check_place(context, row);
  }
  check_dates(context, row);
  if (!is_quota(row.record.quota)) {
    context.findings.add("quota-syntax",
                         {object,
                          "quota is \"" + printable(row.record.quota, 64) +
                              "\", which counts as unlimited; bytes are written as 104857600S",
                          update(row, "quota", "104857600S")});
  }
  check_password_column(context, object, row.password.view(), "extmailctl passwd " + log_value(name));
  if (!row.clear.empty()) {
    context.findings.add(
        "password-clear",
        {object,
         "clearpwd has the password in clear, as the webmail writes it; only CRAM-MD5 and SCRAM "
         "need it",
         update(row, "clearpwd", "")});
  }
}

void check_maildir(DataContext& context, const MailboxRow& row, Maildirs& maildirs) {
  MailSettings settings = context.mail.location;
  settings.uid = settings.uid.value_or(settings.min_uid);
  settings.gid = settings.gid.value_or(settings.min_gid);
  const auto place = locate_mail(row.record, settings);
  if (!place.is_found()) return;
  const auto [other, is_new] = maildirs.emplace(place.value().maildir, row.record.username);
  if (is_new) return;
  const std::string& name = row.record.username;
  const std::string folder = std::string(domain_of(name)) + '/' + name.substr(0, name.rfind('@'));
  context.findings.add("mailbox-shared",
                       {"mailbox " + name,
                        "its mail is in " + place.value().maildir + ", as that of " + other->second +
                            ": each reads the other's",
                        "UPDATE mailbox SET maildir = " + sql_literal(folder + "/Maildir/") + ", homedir = " +
                            sql_literal(folder) + " WHERE username = " + sql_literal(name) + ';'});
}

}  // namespace extmail::ctl
