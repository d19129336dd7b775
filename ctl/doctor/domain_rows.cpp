// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "ctl/changes.hpp"
#include "ctl/doctor/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace extmail::ctl {
namespace {

std::string domain_named(std::string_view name) {
  return "domain " + std::string(name);
}

void check_form(DataContext& context, const DomainRow& row) {
  const std::string object = domain_named(row.name);
  const std::string plain = fold_case(trimmed(row.name));
  if (plain.empty() || plain.front() == '.' || plain.find_first_of(" /\\@") != std::string::npos ||
      !parse_domain(plain)) {
    context.findings.add("domain-name", {object, "this is no domain name: nobody can write to it",
                                         "extmailctl domain rename " + log_value(row.name) + " NAME"});
    return;
  }
  if (plain != row.name) {
    context.findings.add("address-form",
                         {object, "ExtMan writes names in lower case and without blanks, and so do we",
                          update_of("domain", "domain", plain, "domain", row.name)});
  }
}

std::uint64_t number_or_zero(const std::optional<std::uint64_t>& number) {
  return number.value_or(0);
}

/// The column maxquota of a domain, in bytes.
std::uint64_t quota_of(const DomainRow& row) {
  for (const auto& [column, value] : row.quotas) {
    if (column == "maxquota") return number_or_zero(parse_quota(value).bytes);
  }
  return 0;
}

void check_limit(DataContext& context, const Census::Domain& domain, std::string_view what,
                 std::string_view column, std::uint64_t is, std::uint64_t most, std::string_view unit) {
  if (most == 0 || is <= most) return;
  const auto value = std::to_string(is) + std::string(unit);
  context.findings.add("domain-limit",
                       {domain_named(domain.row.name),
                        std::string(what) + ' ' + value + ", and " + std::string(column) + " is " +
                            std::to_string(most) + std::string(unit) + ": ExtMan will let nobody add another",
                        update_of("domain", column, value, "domain", domain.row.name)});
}

}  // namespace

void check_domain(DataContext& context, DomainRow row) {
  const std::string object = domain_named(row.name);
  check_form(context, row);
  if (row.transport && fold_case(trimmed(*row.transport)) == "null") {
    context.findings.add("domain-transport",
                         {object,
                          "its transport is the text NULL, which ExtMan's command line writes: mysql: maps "
                          "take it for a transport",
                          update_of("domain", "transport", "", "domain", row.name)});
  }
  if (!is_date(row.expires)) {
    context.findings.add("date-invalid",
                         {object, "expiredate is " + row.expires.value_or("NULL") + ", which is no date",
                          update_of("domain", "expiredate", "0000-00-00", "domain", row.name)});
  } else if (row.active && is_past(row.expires, context.today)) {
    context.findings.add("domain-expired",
                         {object,
                          "it expired on " + *row.expires +
                              (context.mail.access.enforce_expiry
                                   ? ": none of its mailboxes gets mail or can log in"
                                   : ", which counts for nothing here (expiry = \"ignore\" in extmail.toml)"),
                          update_of("domain", "expiredate", "0000-00-00", "domain", row.name)});
  }
  for (const auto& [column, value] : row.quotas) {
    if (is_quota(value)) continue;
    context.findings.add(
        "quota-syntax",
        {object, column + " is \"" + printable(value, 64) + "\"; bytes are written as 104857600S",
         update_of("domain", column, "0S", "domain", row.name)});
  }
  const std::string canonical = canonical_domain(row.name);
  const std::string name = row.name;
  const auto [place, is_new] = context.census.domains.emplace(canonical, Census::Domain{std::move(row)});
  if (!is_new) {
    context.findings.add(
        "domain-duplicate",
        {object, "it is the same domain as " + place->second.row.name + ", which has a row, too",
         "DELETE FROM domain WHERE domain = " + sql_literal(name) + ';'});
  }
}

void check_limits(DataContext& context) {
  if (!context.findings.wants("domain-limit")) return;
  std::vector<const Census::Domain*> domains;
  for (const auto& [name, domain] : context.census.domains)
    domains.push_back(&domain);
  std::sort(domains.begin(), domains.end(),
            [](const auto* a, const auto* b) { return a->row.name < b->row.name; });
  for (const auto* domain : domains) {
    check_limit(context, *domain, "mailboxes:", "maxusers", domain->mailboxes, domain->row.max_mailboxes, "");
    check_limit(context, *domain, "aliases:", "maxalias", domain->aliases, domain->row.max_aliases, "");
    check_limit(context, *domain, "the quotas of its mailboxes add up to", "maxquota", domain->quota_bytes,
                quota_of(domain->row), "S");
  }
}

}  // namespace extmail::ctl
