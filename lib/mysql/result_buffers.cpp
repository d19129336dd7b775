// SPDX-License-Identifier: MIT
#include "mysql/result_buffers.hpp"

#include "core/secret.hpp"

namespace extmail::mysql {

ResultBuffers::ResultBuffers(std::size_t columns) : columns_(columns), binds_(columns) {
  for (std::size_t i = 0; i < columns; ++i) {
    binds_[i].buffer_type = MYSQL_TYPE_STRING;
    binds_[i].buffer = columns_[i].text.data();
    binds_[i].buffer_length = kColumnBytes;
    binds_[i].length = &columns_[i].length;
    binds_[i].is_null = &columns_[i].is_null;
  }
}

ResultBuffers::~ResultBuffers() {
  // A row that was too large is not read to its end.
  wipe(columns_.data(), columns_.size() * sizeof(Column));
}

bool ResultBuffers::take(MYSQL_STMT* statement, std::size_t i, std::optional<std::string>& value) {
  Column& column = columns_[i];
  if (column.is_null) return true;
  if (column.length <= kColumnBytes) {
    value.emplace(column.text.data(), column.length);
    wipe(column.text.data(), column.length);
    return true;
  }
  value.emplace(column.length, '\0');
  MYSQL_BIND whole = binds_[i];
  whole.buffer = value->data();
  whole.buffer_length = column.length;
  wipe(column.text.data(), kColumnBytes);
  return mysql_stmt_fetch_column(statement, &whole, static_cast<unsigned>(i), 0) == 0;
}

}  // namespace extmail::mysql
