// SPDX-License-Identifier: MIT
#include "ctl/transfer/importer.hpp"

#include "core/address.hpp"
#include "core/password.hpp"
#include "core/secret.hpp"
#include "ctl/changes.hpp"
#include "ctl/problem.hpp"
#include "ctl/transfer/check.hpp"
#include "ctl/transfer/domain_limits.hpp"
#include "ctl/transfer/existing_rows.hpp"
#include "mysql/transaction.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <ostream>
#include <thread>
#include <unordered_set>
#include <utility>

namespace extmail::ctl::transfer {
namespace {

constexpr std::size_t kMaxStatementRows = 500;
constexpr std::size_t kMaxStatementBytes = std::size_t{1} << 20U;  // far below any max_allowed_packet

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// A hash takes tens of milliseconds, so that all cores make them.
void hash_passwords(std::vector<Record*>& records) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> has_failed = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < records.size(); i = next++) {
      auto& plain = *records[i]->values.at(kPlainPassword);
      const auto hash = hash_password(plain, NewHash::Sha512Crypt);
      if (hash)
        records[i]->values.insert_or_assign("password", std::string(hash->view()));
      else
        has_failed = true;
      wipe(plain);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  work();
  threads.clear();
  if (has_failed) throw Refused("crypt(3) of this system makes no $6$ hashes");
}

using Refuse = std::function<void(std::size_t, const std::string&)>;

/// Keys that differ in case or accents only are one to the database, which would refuse the second of them.
void refuse_other_spellings(const std::vector<Record>& batch, const std::map<std::string, Record>& existing,
                            const Refuse& refuse) {
  std::map<std::string, const Record*> by_name;
  std::map<std::string, const Record*> by_folded_name;
  for (const auto& record : batch) {
    by_name.emplace(identity(record), &record);
    by_folded_name.emplace(fold_case(identity(record)), &record);
  }
  for (const auto& [name, row] : existing) {
    if (by_name.contains(name)) continue;
    const auto same = by_folded_name.find(fold_case(name));
    const Record& record = same == by_folded_name.end() ? batch.front() : *same->second;
    refuse(record.line, std::string(row.table->name) + ' ' + name +
                            " is there already, in another spelling; extmailctl doctor says what mends it");
  }
}

class InsertStatement {
 public:
  explicit InsertStatement(const Table& table, Changes& changes) : table_(table), changes_(changes) {}

  void add(const Record& record) {
    for (const auto& column : table_.columns) {
      const auto& value = record.values.find(column.name)->second;
      bytes_ += value ? value->size() : 0;
      values_.push_back(value);
    }
    if (++rows_ == kMaxStatementRows || bytes_ > kMaxStatementBytes) finish();
  }

  void finish() {
    if (rows_ == 0) return;
    std::string sql = "INSERT INTO " + std::string(table_.table) + " (";
    std::string row = "(";
    for (const auto& column : table_.columns) {
      const bool is_first = &column == &table_.columns.front();
      sql.append(is_first ? "" : ", ").append(column.name);
      row += is_first ? "?" : ", ?";
    }
    sql += ") VALUES ";
    row += ')';
    for (std::size_t i = 0; i < rows_; ++i)
      sql += (i == 0 ? "" : ", ") + row;
    changes_.add(std::move(sql), std::move(values_));
    values_.clear();
    rows_ = 0;
    bytes_ = 0;
  }

 private:
  const Table& table_;
  Changes& changes_;
  mysql::Row values_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

void add_update(const Record& record, const std::vector<std::string>& columns, Changes& changes) {
  std::string sql = "UPDATE " + std::string(record.table->table) + " SET ";
  mysql::Row values;
  for (const auto& column : columns) {
    sql += (&column == &columns.front() ? "" : ", ") + column + " = ?";
    values.push_back(record.values.at(column));
  }
  for (const auto key : record.table->keys) {
    sql.append(key == record.table->keys.front() ? " WHERE " : " AND ").append(key).append(" = ?");
    values.push_back(record.values.find(key)->second);
  }
  changes.add(std::move(sql), std::move(values));
}

}  // namespace

Importer::Importer(mysql::Connection& database, RecordSource& source, Existing existing, std::string now)
    : database_(database), source_(source), existing_(existing), new_rows_{.now = std::move(now)} {
  database_.for_each("SELECT domain, hashdirpath FROM domain WHERE hashdirpath <> ''", {},
                     [this](mysql::Row& row) {
                       new_rows_.hash_paths[fold_case(row[0].value_or(""))] = row[1].value_or("");
                     });
  database_.for_each(
      "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
      "IS_NULLABLE = 'NO'",
      {}, [this](mysql::Row& row) {
        new_rows_.without_null.insert(row[0].value_or("") + '.' + row[1].value_or(""));
      });
}

bool Importer::read_batch(const Watch& watch,
                          const std::function<void(std::size_t, const std::string&)>& refuse) {
  batch_.clear();
  if (next_) batch_.push_back(std::exchange(next_, std::nullopt).value());
  while (batch_.size() < kBatch) {
    auto record = source_.next();
    if (!record) break;
    watch(source_, ++rows_);
    if (const auto fault = complete(*record, new_rows_)) {
      refuse(record->line, *fault);
      continue;
    }
    if (record->table->name == "domain")
      new_rows_.hash_paths[*record->values.at("domain")] = record->values.at("hashdirpath").value_or("");
    if (!batch_.empty() && record->table != batch_.front().table) {
      next_ = std::move(record);
      break;
    }
    batch_.push_back(std::move(*record));
  }
  return !batch_.empty();
}

Importer::Faults Importer::check(const Watch& watch) {
  Faults faults;
  const auto refuse = [&](std::size_t line, const std::string& text) {
    if (++faults.count <= Faults::kMost)
      faults.texts.push_back(std::string(source_.unit()) + ' ' + std::to_string(line) + ": " + text);
  };
  DomainLimits limits(database_);
  std::unordered_set<std::string> seen;
  while (read_batch(watch, refuse)) {
    const auto existing = find_existing(database_, batch_, false);
    refuse_other_spellings(batch_, existing, refuse);
    for (const auto& record : batch_) {
      const std::string name = identity(record);
      if (!seen.insert(std::string(record.table->name) + ' ' + name).second) {
        refuse(record.line, name + " was there in an earlier " + source_.unit());
        continue;
      }
      const auto row = existing.find(name);
      if (row == existing.end()) {
        limits.add(record);
      } else if (const auto columns = differences(row->second, record); !columns.empty()) {
        if (existing_ == Existing::Update) limits.replace(row->second, record);
        if (existing_ == Existing::Refuse) {
          refuse(record.line, std::string(record.table->name) + ' ' + name +
                                  " is there already, with another " + joined(columns) +
                                  "; --update changes such rows, --keep leaves them");
        }
      }
    }
  }
  for (const auto& fault : limits.faults())
    refuse(fault.line, fault.text);
  return faults;
}

Importer::Counts Importer::write(const Watch& watch, std::ostream* dry_run) {
  Counts counts;
  source_.rewind();
  rows_ = 0;
  const auto refuse = [&](std::size_t line, const std::string& text) {
    throw Refused(std::string(source_.unit()) + ' ' + std::to_string(line) +
                  " is another one than when it was checked: " + text);
  };
  while (read_batch(watch, refuse)) {
    mysql::Transaction transaction(database_);
    const auto existing = find_existing(database_, batch_, true);
    std::vector<Record*> to_hash;
    for (auto& record : batch_) {
      const bool is_written = !existing.contains(identity(record)) || existing_ == Existing::Update;
      if (is_written && record.values.contains(kPlainPassword)) to_hash.push_back(&record);
    }
    if (dry_run == nullptr) hash_passwords(to_hash);
    Changes changes;
    InsertStatement insert(*batch_.front().table, changes);
    for (const auto& record : batch_) {
      const auto row = existing.find(identity(record));
      if (row == existing.end()) {
        insert.add(record);
        ++counts.added;
        continue;
      }
      auto columns = differences(row->second, record);
      if (record.values.contains(kPlainPassword)) columns.emplace_back("password");
      if (columns.empty() || existing_ != Existing::Update) {
        ++counts.unchanged;
        continue;
      }
      add_update(record, columns, changes);
      ++counts.changed;
    }
    insert.finish();
    if (changes.is_empty()) continue;
    if (dry_run != nullptr) {
      changes.show(*dry_run);
      continue;
    }
    changes.run(database_);
    transaction.commit();
  }
  return counts;
}

}  // namespace extmail::ctl::transfer
