// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/migrate/catalogue.hpp"
#include "ctl/migrate/plan.hpp"
#include "ctl/migrate/schema.hpp"

#include <string>

namespace extmail::ctl {

/// Whether a column's text is looked at: what of the table is text, or was before a migration that was broken off.
[[nodiscard]] bool is_text_column(const TableTarget& target, const ColumnFacts& column);

/// An SQL condition: a value's bytes (an expression of type BINARY) are text of this character set.
[[nodiscard]] std::string is_valid(const std::string& bytes, const std::string& charset);

/// An SQL condition: a value's bytes are not all ASCII.
[[nodiscard]] std::string is_not_ascii(const std::string& bytes);

/// An SQL condition: the value of a column that is UTF-8 was taken for latin1 once, and made UTF-8 again.
[[nodiscard]] std::string is_doubled(const std::string& column);

/// What a doubled value was meant to be, as SQL.
[[nodiscard]] std::string undoubled(const std::string& column);

/// Adds what makes the text of a table utf8mb4. Where the bytes of a column are UTF-8 already, they stay as they are, by way
/// of BINARY; where nobody can tell what they are, the column is left alone, with a remark.
void plan_text(const TableTarget& target, const TableFacts& table, const MigrationOptions& options,
               Plan& plan);

}  // namespace extmail::ctl
