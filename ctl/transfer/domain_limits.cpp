// SPDX-License-Identifier: MIT
#include "ctl/transfer/domain_limits.hpp"

#include "core/address.hpp"
#include "core/quota.hpp"

#include <charconv>

namespace extmail::ctl::transfer {
namespace {

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::uint64_t bytes_of(const std::optional<std::string>& text) {
  return text ? parse_quota(*text).bytes.value_or(0) : 0;
}

std::optional<std::string> value_of(const Record& record, std::string_view column) {
  const auto value = record.values.find(column);
  return value == record.values.end() ? std::nullopt : value->second;
}

}  // namespace

DomainLimits::DomainLimits(mysql::Connection& database) {
  database.for_each("SELECT domain, maxusers, maxalias, maxquota FROM domain", {}, [this](mysql::Row& row) {
    domains_[fold_case(row[0].value_or(""))] = {.is_known = true,
                                                .max_mailboxes = number_of(row[1]),
                                                .max_aliases = number_of(row[2]),
                                                .max_bytes = bytes_of(row[3])};
  });
  // Not added up by the server, which would have to be told what the text says.
  database.for_each("SELECT domain, quota FROM mailbox", {}, [this](mysql::Row& row) {
    Domain& domain = domains_[fold_case(row[0].value_or(""))];
    ++domain.mailboxes;
    domain.bytes += bytes_of(row[1]);
  });
  database.for_each("SELECT domain, COUNT(*) FROM alias GROUP BY domain", {}, [this](mysql::Row& row) {
    domains_[fold_case(row[0].value_or(""))].aliases += number_of(row[1]);
  });
}

void DomainLimits::set_limits(Domain& domain, const Record& record) {
  domain.is_known = true;
  domain.max_mailboxes = number_of(value_of(record, "maxusers"));
  domain.max_aliases = number_of(value_of(record, "maxalias"));
  domain.max_bytes = bytes_of(value_of(record, "maxquota"));
}

DomainLimits::Domain& DomainLimits::touched(const Record& record) {
  Domain& domain = domains_[value_of(record, "domain").value_or("")];
  if (domain.line == 0) domain.line = record.line;
  return domain;
}

void DomainLimits::add(const Record& record) {
  if (record.table->name == "domain")
    return set_limits(domains_[value_of(record, "domain").value_or("")], record);
  if (record.table->name == "mailbox") {
    Domain& domain = touched(record);
    ++domain.mailboxes;
    domain.bytes += bytes_of(value_of(record, "quota"));
  } else if (record.table->name == "alias") {
    ++touched(record).aliases;
  }
}

void DomainLimits::replace(const Record& old, const Record& record) {
  if (record.table->name == "domain") return add(record);
  if (record.table->name != "mailbox") return;
  Domain& domain = touched(record);
  domain.bytes -= bytes_of(value_of(old, "quota"));
  domain.bytes += bytes_of(value_of(record, "quota"));
}

std::vector<DomainLimits::Fault> DomainLimits::faults() const {
  std::vector<Fault> faults;
  for (const auto& entry : domains_) {
    const std::string& name = entry.first;
    const Domain& domain = entry.second;
    if (domain.line == 0) continue;
    const auto note = [&](const std::string& text) {
      std::string fault = "domain ";
      fault.append(name).append(text);
      faults.push_back({domain.line, std::move(fault)});
    };
    if (!domain.is_known)
      note(" is neither in the database nor in what is imported; extmailctl domain add " + name);
    if (domain.max_mailboxes > 0 && domain.mailboxes > domain.max_mailboxes) {
      note(" would have " + std::to_string(domain.mailboxes) + " mailboxes, and its maxusers is " +
           std::to_string(domain.max_mailboxes));
    }
    if (domain.max_aliases > 0 && domain.aliases > domain.max_aliases) {
      note(" would have " + std::to_string(domain.aliases) + " aliases, and its maxalias is " +
           std::to_string(domain.max_aliases));
    }
    if (domain.max_bytes > 0 && domain.bytes > domain.max_bytes) {
      note(": quotas would add up to " + std::to_string(domain.bytes) + " bytes, and its maxquota is " +
           std::to_string(domain.max_bytes));
    }
  }
  return faults;
}

}  // namespace extmail::ctl::transfer
