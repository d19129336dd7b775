// SPDX-License-Identifier: MIT
#include "ctl/transfer/check.hpp"

#include "core/address.hpp"
#include "core/password.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "ctl/objects/field.hpp"
#include "ctl/objects/mailbox_rules.hpp"
#include "ctl/problem.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace extmail::ctl::transfer {
namespace {

using Fault = std::optional<std::string>;

constexpr std::size_t kMaxShownBytes = 64;
constexpr std::size_t kMaxSizeCharacters = 16;

std::string shown(const std::string& value) {
  return '"' + printable(value, kMaxShownBytes) + '"';
}

/// As the field of an object's command line, for values in the forms that people write.
Fault to_stored_form(const Column& column, FieldKind kind, std::string& value) {
  try {
    value = to_stored({.column = column.name, .kind = kind, .help = ""}, value);
    return std::nullopt;
  } catch (const Misuse& fault) {
    return fault.what();
  }
}

/// Line breaks and tabs are no harm in an answer to a question.
Fault check_text(const Column& column, const std::string& value) {
  std::string plain = value;
  if (column.max_characters > 1024)
    std::erase_if(plain, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
  const auto characters = count_printable(plain);
  if (!characters) return std::string(column.name) + ": is no text in UTF-8 without control characters";
  if (*characters > column.max_characters) {
    return std::string(column.name) + ": has more than " + std::to_string(column.max_characters) +
           " characters";
  }
  return std::nullopt;
}

Fault check_number(const Column& column, const std::string& value) {
  std::int32_t number = 0;
  const char* last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, number);
  if (error == std::errc() && end == last) return std::nullopt;
  return std::string(column.name) + ": " + shown(value) + " is no whole number of 32 bits";
}

/// Courier's forms, with which messages may be counted too, and none at all.
Fault check_size(const Column& column, std::string& value) {
  const Quota quota = parse_quota(value);
  if (value.empty() || ((quota.bytes || quota.messages) && value.size() <= kMaxSizeCharacters))
    return std::nullopt;
  return to_stored_form(column, FieldKind::Size, value);
}

Fault check_time(const Column& column, std::string& value) {
  constexpr std::string_view kForm = "0000-00-00 00:00:00";
  const bool has_form =
      value.size() == kForm.size() && value[10] == ' ' && value[13] == ':' && value[16] == ':';
  std::string day = value.substr(0, 10);
  const bool is_day = !to_stored_form(column, FieldKind::Date, day);
  if (has_form && is_day && value.find_first_not_of("0123456789", 17) == std::string::npos)
    return std::nullopt;
  return std::string(column.name) + ": " + shown(value) + " is no time: write it as 2027-01-31 23:59:59";
}

Fault check_value(const Column& column, std::string& value) {
  switch (column.kind) {
    case ValueKind::Text:
      return check_text(column, value);
    case ValueKind::Number:
      return check_number(column, value);
    case ValueKind::Size:
      return check_size(column, value);
    case ValueKind::Date:
      return to_stored_form(column, FieldKind::Date, value);
    case ValueKind::Time:
      return check_time(column, value);
    case ValueKind::Flag:
      // A row may have another number than 0 and 1, which all who read it take for 1.
      if (!check_number(column, value)) return std::nullopt;
      return to_stored_form(column, FieldKind::Flag, value);
  }
  return std::nullopt;
}

std::string value_of(const Record& record, std::string_view column) {
  const auto value = record.values.find(column);
  return value == record.values.end() ? "" : value->second.value_or("");
}

void set_if_missing(Record& record, std::string_view column, const std::string& value) {
  record.values.try_emplace(std::string(column), value);
}

/// The address in lower case, as ExtMan writes it, and split; empty with a fault.
std::optional<Address> take_address(Record& record, const char* column, Fault& fault) {
  const std::string given = value_of(record, column);
  auto address = parse_address(given);
  if (!address || address->local.find_first_of(" \\/,") != std::string::npos ||
      address->local.find('"') != std::string::npos) {
    fault = std::string(column) + ": " + shown(given) + " is no address";
    return std::nullopt;
  }
  record.values.insert_or_assign(column, address->text());
  return address;
}

Fault check_domain_column(Record& record, const std::string& domain) {
  set_if_missing(record, "domain", domain);
  if (value_of(record, "domain") == domain) return std::nullopt;
  return "domain: " + shown(value_of(record, "domain")) + " is not that of the address";
}

/// Below the mail base, wherever that is.
Fault check_path(const Record& record, const char* column) {
  const std::string path = value_of(record, column);
  if (('/' + path + '/').find("/../") == std::string::npos) return std::nullopt;
  return std::string(column) + ": " + shown(path) + " leaves its folder";
}

Fault complete_domain(Record& record) {
  const std::string given = value_of(record, "domain");
  const auto domain = parse_domain(given);
  if (!domain || domain->find_first_of(" /\\") != std::string::npos)
    return "domain: " + shown(given) + " is no domain name";
  record.values.insert_or_assign("domain", *domain);
  return std::nullopt;
}

Fault complete_mailbox(Record& record, const NewRows& rows) {
  Fault fault;
  const auto address = take_address(record, "username", fault);
  if (!address) return fault;
  if (fault = check_domain_column(record, address->domain); fault) return fault;
  set_if_missing(record, "uid", address->local);
  const auto hash_path = rows.hash_paths.find(address->domain);
  const auto paths = new_mail_paths(*address, hash_path == rows.hash_paths.end() ? "" : hash_path->second);
  set_if_missing(record, "homedir", paths.homedir);
  set_if_missing(record, "maildir", value_of(record, "homedir") + "/Maildir/");
  if (fault = check_path(record, "homedir"); fault) return fault;
  return check_path(record, "maildir");
}

Fault complete_alias(Record& record) {
  Fault fault;
  const std::string given = value_of(record, "address");
  std::string domain;
  if (given.starts_with('@')) {  // of all of a domain
    const auto all = parse_domain(given.substr(1));
    if (!all) return "address: " + shown(given) + " is no address, and no @domain";
    domain = *all;
    record.values.insert_or_assign("address", '@' + domain);
  } else {
    const auto address = take_address(record, "address", fault);
    if (!address) return fault;
    domain = address->domain;
  }
  if (split_goto(value_of(record, "goto")).empty()) return "goto: leads nowhere";
  return check_domain_column(record, domain);
}

Fault complete_manager(Record& record) {
  Fault fault;
  const auto address = take_address(record, "username", fault);
  if (!address) return fault;
  set_if_missing(record, "uid", address->local);
  const std::string type = value_of(record, "type");
  if (type.empty() || type == "postmaster" || type == "admin") return std::nullopt;
  return "type: " + shown(type) + " is neither postmaster nor admin";
}

Fault complete_keys(Record& record, const NewRows& rows) {
  const auto& table = *record.table;
  if (table.name == "domain") return complete_domain(record);
  if (table.name == "mailbox") return complete_mailbox(record, rows);
  if (table.name == "alias") return complete_alias(record);
  if (table.name == "manager") return complete_manager(record);
  for (const auto key : table.keys) {
    const bool may_be_empty = key == "domain" || key == "value";
    if (record.values.find(key) == record.values.end() || (!may_be_empty && value_of(record, key).empty()))
      return std::string(key) + ": is missing";
  }
  return std::nullopt;
}

Fault check_password(Record& record) {
  const bool has_plain = record.values.contains(kPlainPassword);
  if (has_plain && record.table->find("password") == nullptr)
    return std::string(kPlainPassword) + ": there are no passwords in " + std::string(record.table->name);
  if (!has_plain) return std::nullopt;
  if (!value_of(record, "password").empty())
    return std::string(kPlainPassword) + ": there is a password, too; one of the two is enough";
  const std::string plain = value_of(record, kPlainPassword);
  if (plain.empty() || plain.find('\0') != std::string::npos)
    return std::string(kPlainPassword) + ": is empty";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> complete(Record& record, const NewRows& rows) {
  if (!record.fault.empty()) return record.fault;
  const auto takes_null = [&](std::string_view column) {
    return !rows.without_null.contains(std::string(record.table->table).append(".").append(column));
  };
  std::erase_if(record.values, [&](const auto& value) { return !value.second && !takes_null(value.first); });
  for (const auto& value : record.values)
    record.given.push_back(value.first);
  for (auto& [name, value] : record.values) {
    if (name == kPlainPassword) continue;
    const auto* column = record.table->find(name);
    if (column == nullptr)
      return '"' + printable(name, kMaxShownBytes) + "\": there is no such column in " +
             std::string(record.table->name);
    if (!value) continue;
    if (Fault fault = check_value(*column, *value)) return fault;
  }
  if (Fault fault = complete_keys(record, rows)) return fault;
  if (Fault fault = check_password(record)) return fault;
  for (const auto& column : record.table->columns) {
    if (column.name == "createdate" || column.name == "created") {
      set_if_missing(record, column.name, rows.now);
    } else if (column.initial) {
      set_if_missing(record, column.name, std::string(*column.initial));
    } else {
      const auto& value = record.values.try_emplace(std::string(column.name), std::nullopt).first->second;
      if (!value && !takes_null(column.name)) return std::string(column.name) + ": is missing";
    }
  }
  return std::nullopt;
}

std::string identity(const Record& record) {
  std::string text;
  for (const auto key : record.table->keys)
    text += (text.empty() ? "" : " ") + value_of(record, key);
  return text;
}

}  // namespace extmail::ctl::transfer
