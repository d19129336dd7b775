// SPDX-License-Identifier: MIT
#include "ctl/migrate/text_plan.hpp"

#include "ctl/changes.hpp"
#include "ctl/database.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace extmail::ctl {
namespace {

/// Of a character in utf8mb4: what was two bytes in GBK may need three.
constexpr std::uint64_t kMaxCharacterBytes = 4;

struct TypeNames {
  const char* text;
  const char* binary;  ///< with room for what grows
};
constexpr std::array<TypeNames, 4> kLongTypes{
    {{"tinytext", "blob"}, {"text", "mediumblob"}, {"mediumtext", "longblob"}, {"longtext", "longblob"}}};

/// A translation looks at bytes that are no text of the character set that they are tried for. A strict server takes that
/// for a fault of the statement; what it writes are bytes, for which there is room.
const std::string kLenientMode = "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'";
const std::string kUsualMode = std::string("SET SESSION sql_mode = '") + kSqlMode + '\'';

const TypeNames* long_type(const std::string& type) {
  const auto* const found = std::find_if(kLongTypes.begin(), kLongTypes.end(), [&](const auto& names) {
    return type == names.text || type == names.binary;
  });
  return found == kLongTypes.end() ? nullptr : found;
}

bool is_varying(const std::string& type) {
  return type.starts_with("varchar(") || type.starts_with("char(") || type.starts_with("varbinary(");
}

bool is_utf8(const std::string& charset) {
  return charset == "utf8" || charset == "utf8mb3" || charset == "utf8mb4";
}

/// Of one byte a character, which take any bytes: text of another character set gets in unnoticed.
bool takes_anything(const std::string& charset) {
  return charset.empty() || charset == "latin1" || charset == "ascii";
}

std::string rest_of_definition(const ColumnFacts& column) {
  std::string text = column.is_nullable ? " NULL" : " NOT NULL";
  if (column.initial) {
    const bool is_literal = long_type(column.type) != nullptr && *column.initial != "NULL";
    text += " DEFAULT " + (is_literal ? '(' + *column.initial + ')' : *column.initial);
  }
  if (!column.comment.empty()) text += " COMMENT " + sql_literal(column.comment);
  return text;
}

std::string as_binary(const ColumnFacts& column) {
  const auto* names = long_type(column.type);
  const std::string type = names != nullptr
                               ? std::string(names->binary)
                               : "varbinary(" + std::to_string(column.characters * kMaxCharacterBytes) + ')';
  return "MODIFY `" + column.name + "` " + type + rest_of_definition(column);
}

std::string as_utf8mb4(const TableTarget& target, const ColumnFacts& column) {
  const auto* wanted = target.find(column.name);
  const bool was_binary = column.charset.empty();
  std::string type;
  if (const auto* names = long_type(column.type); names != nullptr) {
    // What does not fit is an error, and stays as it is.
    type = was_binary && wanted != nullptr ? "text" : names->text;
  } else {
    const std::uint64_t characters = was_binary ? column.characters / kMaxCharacterBytes : column.characters;
    type =
        "varchar(" + std::to_string(std::max(characters, wanted != nullptr ? wanted->characters() : 0)) + ')';
  }
  return "MODIFY `" + column.name + "` " + type + " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci" +
         rest_of_definition(column);
}

std::string as_bytes(const std::string& column) {
  return "CAST(`" + column + "` AS BINARY)";
}

/// What happens to a column.
enum class Way : std::uint8_t {
  None,
  Convert,        ///< the table says rightly what it is
  ByBinary,       ///< its bytes are UTF-8
  ByTranslation,  ///< those of some values are of the administrator's character set
  Unclear,
};

Way way_of(const ColumnFacts& column, const MigrationOptions& options) {
  const auto& text = column.text;
  if (column.charset == "utf8mb4") return Way::None;
  if (is_utf8(column.charset)) return Way::Convert;
  if (text.utf8 == text.not_ascii)
    return text.not_ascii == 0 && !column.charset.empty() ? Way::Convert : Way::ByBinary;
  if (!options.other_bytes.empty() && text.utf8 + text.legacy == text.not_ascii) return Way::ByTranslation;
  return takes_anything(column.charset) ? Way::Unclear : Way::Convert;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

void add_samples(const ColumnFacts& column, std::string& reason) {
  for (const auto& sample : column.text.samples)
    reason += "; " + column.name + ": " + sample;
}

}  // namespace

bool is_text_column(const TableTarget& target, const ColumnFacts& column) {
  if (!is_varying(column.type) && long_type(column.type) == nullptr) return false;
  if (!column.charset.empty()) return true;
  const auto* wanted = target.find(column.name);
  return wanted != nullptr && wanted->is_text();
}

std::string is_valid(const std::string& bytes, const std::string& charset) {
  return "COALESCE(CAST(CONVERT(" + bytes + " USING " + charset + ") AS BINARY) = " + bytes + ", 0)";
}

std::string is_not_ascii(const std::string& bytes) {
  // As ascii MariaDB would take any byte; as latin1 each that is none grows.
  return "LENGTH(CONVERT(CONVERT(" + bytes + " USING latin1) USING utf8mb4)) <> LENGTH(" + bytes + ')';
}

std::string is_doubled(const std::string& column) {
  const std::string latin1 = "CONVERT(`" + column + "` USING latin1)";
  return "LENGTH(`" + column + "`) <> CHAR_LENGTH(`" + column + "`) AND CAST(CONVERT(" + latin1 +
         " USING utf8mb4) AS BINARY) = " + as_bytes(column) + " AND " +
         is_valid("CAST(" + latin1 + " AS BINARY)", "utf8mb4");
}

std::string undoubled(const std::string& column) {
  return "CONVERT(CAST(CONVERT(`" + column + "` USING latin1) AS BINARY) USING utf8mb4)";
}

void plan_text(const TableTarget& target, const TableFacts& table, const MigrationOptions& options,
               Plan& plan) {
  const std::string alter = "ALTER TABLE `" + target.name + "` ";
  std::vector<std::string> to_binary;
  std::vector<std::string> translations;
  std::vector<std::string> to_utf8mb4;
  std::vector<std::string> repairs;
  std::string why_binary =
      target.name + " has columns whose bytes are not of the character set that they are said to be";
  std::string why_repair = target.name + " has text that was UTF-8, taken for latin1, and made UTF-8 again";
  for (const auto& column : table.columns) {
    if (!is_text_column(target, column)) continue;
    const Way way = way_of(column, options);
    if (way == Way::Unclear) {
      plan.remarks.push_back(
          target.name + '.' + column.name + ": " + std::to_string(column.text.not_ascii - column.text.utf8) +
          " values are no UTF-8, and no column tells what else they are; the column stays as it is. Say "
          "--other-bytes gbk, or latin1, or whatever they are");
      continue;
    }
    if (way == Way::ByBinary || way == Way::ByTranslation) {
      if (!column.charset.empty()) to_binary.push_back(as_binary(column));
      add_samples(column, why_binary);
    }
    if (way == Way::ByTranslation) {
      const std::string bytes = as_bytes(column.name);
      translations.push_back("UPDATE `" + target.name + "` SET `" + column.name +
                             "` = CAST(CONVERT(CONVERT(" + bytes + " USING " + options.other_bytes +
                             ") USING utf8mb4) AS BINARY) WHERE `" + column.name + "` IS NOT NULL AND NOT " +
                             is_valid(bytes, "utf8mb4"));
    }
    const auto* wanted = target.find(column.name);
    const bool is_short = wanted != nullptr && !column.charset.empty() && is_varying(column.type) &&
                          column.characters < wanted->characters();
    if (way != Way::None || is_short) to_utf8mb4.push_back(as_utf8mb4(target, column));
    if (column.text.doubled > 0) {
      repairs.push_back("UPDATE `" + target.name + "` SET `" + column.name + "` = " + undoubled(column.name) +
                        " WHERE " + is_doubled(column.name));
      add_samples(column, why_repair);
    }
  }
  if (!to_binary.empty()) plan.steps.push_back({why_binary, {alter + joined(to_binary)}, {}});
  if (!translations.empty()) {
    translations.insert(translations.begin(), kLenientMode);
    translations.push_back(kUsualMode);
    plan.steps.push_back(
        {target.name + " has text in " + options.other_bytes + ", as you say", std::move(translations), {}});
  }
  if (!to_utf8mb4.empty())
    plan.steps.push_back({target.name + " has text that is not utf8mb4, or too short for ExtMail 1.2",
                          {alter + joined(to_utf8mb4)},
                          {}});
  if (!repairs.empty()) plan.steps.push_back({why_repair, std::move(repairs), {}});
  if (table.charset != "utf8mb4")
    plan.steps.push_back({"columns that are added to " + target.name + " would be " + table.charset,
                          {alter + "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"},
                          {}});
}

}  // namespace extmail::ctl
