// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/line_file.hpp"
#include "ctl/transfer/record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace extmail::ctl::transfer {

/// CSV as RFC 4180 has it, with a first line of names of columns. An empty field is NULL, an empty field in quotes is
/// empty.
class CsvSource final : public RecordSource {
 public:
  /// Errors: Refused as well where the first line is none of names of the table's columns.
  CsvSource(const std::string& path, const Table& table);
  ~CsvSource() override;

  [[nodiscard]] std::optional<Record> next() override;
  void rewind() override;
  [[nodiscard]] std::uint64_t position() const override { return file_.position(); }
  [[nodiscard]] std::uint64_t total() const override { return file_.size(); }

 private:
  class Parser;

  std::string path_;
  const Table& table_;
  LineFile file_;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string> names_;
};

}  // namespace extmail::ctl::transfer
