// SPDX-License-Identifier: MIT
#include "ctl/transfer/postfixadmin.hpp"

#include "core/address.hpp"
#include "ctl/problem.hpp"
#include "mysql/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace extmail::ctl::transfer {
namespace {

constexpr std::size_t kPageRows = 1000;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20U;

/// A table of theirs: the columns are read as they stand here, the key first. Its rows become records of `type`.
struct Part {
  const char* type;
  const char* table;
  std::vector<const char*> keys;
  const char* columns;
  Record (*to_record)(mysql::Row& row);
};

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

/// Theirs: 0 is any number, -1 none at all, which ExtMan can't say: one row that is there is none too many.
std::string limit_of(const std::optional<std::string>& text) {
  const std::int64_t number = number_of(text);
  return std::to_string(number < 0 ? 1 : number);
}

std::string size_of(std::int64_t bytes) {
  return std::to_string(std::max<std::int64_t>(bytes, 0)) + 'S';
}

Record domain_of(mysql::Row& row) {
  Record record;
  record.values = {{"domain", row[0]},
                   {"description", row[1]},
                   {"maxalias", limit_of(row[2])},
                   {"maxusers", limit_of(row[3])},
                   {"maxquota", size_of(number_of(row[4]) * kMebibyte)},
                   {"transport", row[5] == "virtual" ? std::string() : row[5]},
                   {"createdate", row[6]},
                   {"active", row[7]}};
  return record;
}

Record mailbox_of(mysql::Row& row) {
  Record record;
  record.values = {
      {"username", row[0]}, {"password", row[1]},   {"name", row[2]},  {"quota", size_of(number_of(row[4]))},
      {"maildir", row[3]},  {"createdate", row[5]}, {"active", row[6]}};
  std::string home = row[3].value_or("");
  home.erase(home.find_last_not_of('/') + 1);
  record.values["homedir"] = std::move(home);
  return record;
}

Record alias_of(mysql::Row& row) {
  Record record;
  record.values = {{"address", row[0]}, {"goto", row[1]}, {"createdate", row[2]}, {"active", row[3]}};
  return record;
}

Record manager_of(mysql::Row& row) {
  Record record;
  record.values = {{"username", row[0]},
                   {"password", row[1]},
                   {"type", number_of(row[4]) > 0 ? "admin" : "postmaster"},
                   {"createdate", row[2]},
                   {"active", row[3]}};
  return record;
}

Record right_of(mysql::Row& row) {
  Record record;
  record.values = {{"username", row[0]},
                   {"domain", row[1] == "ALL" ? std::string() : row[1]},
                   {"createdate", row[2]},
                   {"active", row[3]}};
  return record;
}

const std::array<Part, 5>& parts() {
  static const std::array<Part, 5> all{{
      {"domain",
       "domain",
       {"domain"},
       "t.domain, t.description, t.aliases, t.mailboxes, t.quota, t.transport, t.created, t.active",
       domain_of},
      {"mailbox",
       "mailbox",
       {"username"},
       "t.username, t.password, t.name, t.maildir, t.quota, t.created, t.active",
       mailbox_of},
      {"alias", "alias", {"address"}, "t.address, t.goto, t.created, t.active", alias_of},
      {"manager",
       "admin",
       {"username"},
       "t.username, t.password, t.created, t.active, "
       "(SELECT COUNT(*) FROM @.domain_admins r WHERE r.username = t.username AND r.domain = 'ALL')",
       manager_of},
      {"domain_manager",
       "domain_admins",
       {"username", "domain"},
       "t.username, t.domain, t.created, t.active",
       right_of},
  }};
  return all;
}

/// The name of a database in SQL.
std::string quoted(const std::string& name) {
  std::string text = "`";
  for (const char c : name)
    text += c == '`' ? "``" : std::string(1, c);
  return text + '`';
}

bool is_left_out(const Part& part, const mysql::Row& row) {
  const std::string_view type = part.type;
  if (type == "domain") return row[0] == "ALL";
  return type == "alias" && same_key(fold_case(row[0].value_or("")), fold_case(row[1].value_or("")));
}

}  // namespace

PostfixAdminSource::PostfixAdminSource(mysql::Connection& database, const std::string& name)
    : database_(database), name_(quoted(name)) {
  try {
    for (const auto& part : parts()) {
      const auto rows = database_.query("SELECT COUNT(*) FROM " + name_ + '.' + part.table, {});
      total_ += static_cast<std::uint64_t>(number_of(rows.front().front()));
    }
  } catch (const mysql::DatabaseError& error) {
    if (error.kind() != mysql::DatabaseError::Kind::Misconfigured) throw;
    throw Refused("the database " + name + " can't be read as one of PostfixAdmin: " + error.what());
  }
}

void PostfixAdminSource::rewind() {
  part_ = 0;
  position_ = 0;
  last_.clear();
  page_.clear();
}

bool PostfixAdminSource::read_page() {
  const Part& part = parts().at(part_);
  std::string columns = part.columns;
  if (const auto mark = columns.find('@'); mark != std::string::npos) columns.replace(mark, 1, name_);
  std::string keys;
  std::string marks;
  for (const auto* key : part.keys) {
    keys += (keys.empty() ? "t." : ", t.") + std::string(key);
    marks += marks.empty() ? "?" : ", ?";
  }
  std::string sql = "SELECT " + columns + " FROM " + name_ + '.' + part.table + " t";
  std::vector<std::string_view> parameters;
  if (!last_.empty()) {
    sql += " WHERE (" + keys + ") > (" + marks + ')';
    for (const auto& key : last_)
      parameters.emplace_back(*key);
  }
  const auto rows =
      database_.query(sql + " ORDER BY " + keys + " LIMIT " + std::to_string(kPageRows), parameters);
  for (auto row : rows) {
    ++position_;
    last_.assign(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(part.keys.size()));
    if (is_left_out(part, row)) continue;
    Record record = part.to_record(row);
    record.table = find_table(part.type);
    record.line = static_cast<std::size_t>(position_);
    page_.push_back(std::move(record));
  }
  return !rows.empty();
}

std::optional<Record> PostfixAdminSource::next() {
  while (page_.empty()) {
    if (part_ == parts().size()) return std::nullopt;
    if (!read_page()) {
      ++part_;
      last_.clear();
    }
  }
  Record record = std::move(page_.front());
  page_.pop_front();
  return record;
}

}  // namespace extmail::ctl::transfer
