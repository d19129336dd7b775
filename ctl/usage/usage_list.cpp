// SPDX-License-Identifier: MIT
#include "ctl/usage/usage_list.hpp"

#include "core/address.hpp"
#include "ctl/output/units.hpp"

#include <algorithm>
#include <limits>
#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>

namespace extmail::ctl {
namespace {

using Cells = std::vector<Report::Cell>;
using Kind = Report::Kind;

Report::Cell number(std::uint64_t value) {
  return {std::to_string(value), {}};
}

Report::Cell number(const std::optional<std::uint64_t>& value, const char* otherwise) {
  return value ? number(*value) : Report::Cell{std::nullopt, otherwise};
}

Report::Cell size(std::uint64_t bytes) {
  return {std::to_string(bytes), size_text(static_cast<double>(bytes))};
}

Report::Cell size(const std::optional<std::uint64_t>& bytes, const char* otherwise) {
  return bytes ? size(*bytes) : Report::Cell{std::nullopt, otherwise};
}

Report::Cell date(const std::string& text) {
  return text.empty() ? Report::Cell{std::nullopt, "-"} : Report::Cell{text, {}};
}

std::optional<std::uint64_t> bytes_of(const MailboxUsage& mailbox) {
  return mailbox.used ? std::optional(mailbox.used->bytes) : std::nullopt;
}
std::optional<std::uint64_t> bytes_of(const DomainUsage& domain) {
  return domain.used.bytes;
}

std::vector<Report::Column> columns_of(const MailboxUsage*) {
  return {{"mailbox"},
          {"active", Kind::Number},
          {"messages", Kind::Number},
          {"bytes", Kind::Number},
          {"quota", Kind::Number},
          {"percent", Kind::Number},
          {"last_login"},
          {"counted_by"}};
}
std::vector<Report::Column> columns_of(const DomainUsage*) {
  return {{"domain"},
          {"mailboxes", Kind::Number},
          {"active", Kind::Number},
          {"uncounted", Kind::Number},
          {"messages", Kind::Number},
          {"bytes", Kind::Number},
          {"quota", Kind::Number},
          {"percent", Kind::Number},
          {"last_login"}};
}

Report::Cell source_of(const MailboxUsage& mailbox) {
  switch (mailbox.source) {
    case MailboxUsage::Source::Table:
      return {"table", {}};
    case MailboxUsage::Source::Maildir:
      return {"maildirsize", {}};
    case MailboxUsage::Source::None:
      break;
  }
  return {std::nullopt, "-"};
}

Cells cells_of(const MailboxUsage& mailbox) {
  const auto messages = mailbox.used ? std::optional(mailbox.used->messages) : std::nullopt;
  const auto quota = mailbox.quota_bytes > 0 ? std::optional(mailbox.quota_bytes) : std::nullopt;
  return {{mailbox.name, {}},       {mailbox.is_active ? "1" : "0", mailbox.is_active ? "yes" : "no"},
          number(messages, "?"),    size(bytes_of(mailbox), "?"),
          size(quota, "unlimited"), number(mailbox.percent(), "-"),
          date(mailbox.last_login), source_of(mailbox)};
}

Cells cells_of(const DomainUsage& domain) {
  const auto quota = domain.is_unlimited ? std::nullopt : std::optional(domain.quota_bytes);
  return {{domain.name, {}},        number(domain.mailboxes),      number(domain.active),
          number(domain.uncounted), number(domain.used.messages),  size(domain.used.bytes),
          size(quota, "unlimited"), number(domain.percent(), "-"), date(domain.last_login)};
}

/// Row by row, so that a million of them need no second copy.
template <typename Row>
void write_csv(std::ostream& out, const std::vector<Row>& rows) {
  const char* separator = "";
  for (const auto& column : columns_of(static_cast<const Row*>(nullptr))) {
    out << separator << column.name;
    separator = ",";
  }
  out << "\r\n";
  for (const auto& row : rows) {
    separator = "";
    for (const auto& cell : cells_of(row)) {
      out << separator << csv_field(cell.value);
      separator = ",";
    }
    out << "\r\n";
  }
}

template <typename Row>
void write_json(std::ostream& out, const std::vector<Row>& rows) {
  using Json = nlohmann::ordered_json;
  const auto columns = columns_of(static_cast<const Row*>(nullptr));
  const char* separator = "\n";
  out << '[';
  for (const auto& row : rows) {
    Json object = Json::object();
    const auto cells = cells_of(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& value = cells[i].value;
      auto& member = object[columns[i].name];
      if (value && columns[i].kind == Kind::Number) member = std::stoull(*value);
      if (value && columns[i].kind == Kind::Text) member = *value;
    }
    out << separator << object.dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n";
  }
  out << "\n]\n";
}

template <typename Row>
std::size_t write_list(std::vector<Row> rows, const UsageFilter& filter, const Output& output) {
  if (filter.at_least_percent) {
    std::erase_if(rows, [&](const Row& row) {
      const auto percent = row.percent();
      return !percent || *percent < *filter.at_least_percent;
    });
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const auto bytes_of_a = bytes_of(a);  // what is not known is less than nothing
    const auto bytes_of_b = bytes_of(b);
    return bytes_of_a == bytes_of_b ? a.name < b.name : bytes_of_a > bytes_of_b;
  });
  const std::size_t shown = filter.most == 0 ? rows.size() : std::min(filter.most, rows.size());
  const std::size_t left_out = rows.size() - shown;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end());
  if (output.format == Format::Csv) {
    write_csv(*output.stream, rows);
  } else if (output.format == Format::Json) {
    write_json(*output.stream, rows);
  } else {
    Report report(columns_of(static_cast<const Row*>(nullptr)));
    for (const auto& row : rows)
      report.add(cells_of(row));
    report.write_list(output);
  }
  return left_out;
}

void add_up(std::uint64_t& sum, std::uint64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

void DomainUsage::add(const MailboxUsage& mailbox) {
  ++mailboxes;
  active += mailbox.is_active ? 1 : 0;
  is_unlimited = is_unlimited || mailbox.quota_bytes == 0;
  add_up(quota_bytes, mailbox.quota_bytes);
  if (mailbox.used) {
    add_up(used.bytes, mailbox.used->bytes);
    add_up(used.messages, mailbox.used->messages);
  } else {
    ++uncounted;
  }
  last_login = std::max(last_login, mailbox.last_login);
}

std::optional<std::uint64_t> DomainUsage::percent() const {
  if (is_unlimited || quota_bytes == 0 || uncounted == mailboxes) return std::nullopt;
  return percent_of(used.bytes, quota_bytes);
}

void DomainUsages::expect(const std::string& domain) {
  domains_[fold_case(domain)].name = domain;
}

void DomainUsages::add(const MailboxUsage& mailbox) {
  const std::string name = mailbox.name.substr(mailbox.name.rfind('@') + 1);
  auto& domain = domains_[fold_case(name)];
  if (domain.name.empty()) domain.name = name;
  domain.add(mailbox);
}

std::vector<DomainUsage> DomainUsages::take() {
  std::vector<DomainUsage> all;
  all.reserve(domains_.size());
  for (auto& [key, domain] : domains_)
    all.push_back(std::move(domain));
  domains_.clear();
  return all;
}

std::size_t write_usages(std::vector<MailboxUsage> mailboxes, const UsageFilter& filter,
                         const Output& output) {
  return write_list(std::move(mailboxes), filter, output);
}

std::size_t write_usages(std::vector<DomainUsage> domains, const UsageFilter& filter, const Output& output) {
  return write_list(std::move(domains), filter, output);
}

}  // namespace extmail::ctl
