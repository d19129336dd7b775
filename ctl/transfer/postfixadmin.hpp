// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/record.hpp"
#include "mysql/connection.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace extmail::ctl::transfer {

/// Domains, mailboxes, aliases and administrators of PostfixAdmin, from its database on the same server.
///
/// Left out is what is there for PostfixAdmin's own sake: the domain ALL, and the alias that each mailbox has to itself.
/// The paths of maildirs stay as they are.
///
/// Errors: Refused where that database is none of PostfixAdmin; mysql::DatabaseError.
/// Limits: holds one page of rows in memory.
class PostfixAdminSource final : public RecordSource {
 public:
  PostfixAdminSource(mysql::Connection& database, const std::string& name);

  [[nodiscard]] std::optional<Record> next() override;
  void rewind() override;
  [[nodiscard]] std::uint64_t position() const override { return position_; }
  [[nodiscard]] std::uint64_t total() const override { return total_; }
  [[nodiscard]] const char* unit() const override { return "row"; }

 private:
  bool read_page();

  mysql::Connection& database_;
  std::string name_;
  std::uint64_t total_ = 0;
  std::uint64_t position_ = 0;
  std::size_t part_ = 0;  ///< which table is read
  mysql::Row last_;       ///< the key of the last row that was read of it; empty: none was
  std::deque<Record> page_;
};

}  // namespace extmail::ctl::transfer
