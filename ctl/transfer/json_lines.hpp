// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/line_file.hpp"
#include "ctl/transfer/record.hpp"
#include "mysql/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace extmail::ctl::transfer {

/// JSON Lines: one object a line, whose member `table` names its table and the others its columns.
class JsonLinesSource final : public RecordSource {
 public:
  explicit JsonLinesSource(const std::string& path) : file_(path) {}

  [[nodiscard]] std::optional<Record> next() override;
  void rewind() override { file_.rewind(); }
  [[nodiscard]] std::uint64_t position() const override { return file_.position(); }
  [[nodiscard]] std::uint64_t total() const override { return file_.size(); }

 private:
  LineFile file_;
};

/// The same for output: row has columns of table, in their order.
[[nodiscard]] std::string json_line(const Table& table, const std::vector<const Column*>& columns,
                                    const mysql::Row& row);

}  // namespace extmail::ctl::transfer
