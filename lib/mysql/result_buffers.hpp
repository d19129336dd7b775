// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <mysql.h>

namespace extmail::mysql {

/// The memory that the columns of a statement's rows are fetched into, as text. Kept with the statement: to make and to
/// wipe it for each row anew would take longer than to read the row.
///
/// A value may be a password: it is wiped once it is read.
/// Threads: one at a time.
class ResultBuffers {
 public:
  explicit ResultBuffers(std::size_t columns);
  ResultBuffers(const ResultBuffers&) = delete;
  ResultBuffers& operator=(const ResultBuffers&) = delete;
  ~ResultBuffers();

  [[nodiscard]] std::size_t count() const { return columns_.size(); }
  [[nodiscard]] MYSQL_BIND* binds() { return binds_.data(); }

  /// Of the fetched row's value, in bytes.
  [[nodiscard]] std::size_t size(std::size_t i) const { return columns_[i].is_null ? 0 : columns_[i].length; }

  /// Takes a value of the row that was fetched last. False when it had to be fetched again and that failed.
  [[nodiscard]] bool take(MYSQL_STMT* statement, std::size_t i, std::optional<std::string>& value);

 private:
  // my_bool in MariaDB's library, bool in Oracle's.
  using Flag = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

  /// Fits every column but long texts, which are fetched again at their size.
  static constexpr std::size_t kColumnBytes = 256;

  struct Column {
    std::array<char, kColumnBytes> text;
    unsigned long length = 0;
    Flag is_null = 0;
  };

  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace extmail::mysql
