// SPDX-License-Identifier: MIT
#include "maps/statement_text.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <utility>

namespace extmail::maps {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// A word, a quoted text, a comment or a single character at the start of sql.
struct Token {
  std::string_view text;
  bool is_skipped = false;  ///< blanks and comments
  bool is_open = false;     ///< a quote or comment that does not end
};

Token quoted(std::string_view sql) {
  const char quote = sql.front();
  std::size_t i = 1;
  while (i < sql.size() && sql[i] != quote)
    i += sql[i] == '\\' && quote != '`' ? 2 : 1;
  // A doubled quote ends one text and begins another, which comes to the same.
  if (i >= sql.size()) return {sql, false, true};
  return {sql.substr(0, i + 1)};
}

Token comment(std::string_view sql, std::string_view begin, std::string_view end, bool must_end) {
  const std::size_t at = sql.find(end, begin.size());
  if (at == std::string_view::npos) return {sql, true, must_end};
  return {sql.substr(0, at + end.size()), true};
}

bool starts_line_comment(std::string_view sql) {
  if (sql.front() == '#') return true;
  return sql.substr(0, 2) == "--" && (sql.size() == 2 || kBlanks.find(sql[2]) != std::string_view::npos);
}

Token next_token(std::string_view sql) {
  constexpr std::string_view kQuotes = "'\"`";
  const auto first_not = [&](auto belongs) {
    return static_cast<std::size_t>(std::find_if_not(sql.begin(), sql.end(), belongs) - sql.begin());
  };
  if (kBlanks.find(sql.front()) != std::string_view::npos)
    return {sql.substr(0, sql.find_first_not_of(kBlanks)), true};
  if (kQuotes.find(sql.front()) != std::string_view::npos) return quoted(sql);
  if (starts_line_comment(sql)) return comment(sql, "#", "\n", false);
  if (sql.substr(0, 2) == "/*") return comment(sql, "/*", "*/", true);
  if (is_word_byte(sql.front())) return {sql.substr(0, first_not(is_word_byte))};
  return {sql.substr(0, 1)};
}

StatementText with_fault(StatementText statement, std::string fault) {
  statement.fault = std::move(fault);
  return statement;
}

}  // namespace

StatementText read_statement(std::string_view sql) {
  StatementText statement;
  bool is_first = true;
  while (!sql.empty()) {
    const Token token = next_token(sql);
    sql.remove_prefix(token.text.size());
    if (token.is_open) return with_fault(std::move(statement), "has a quote or a comment that does not end");
    if (token.is_skipped) continue;
    if (std::exchange(is_first, false) && !same_key(token.text, "select"))
      return with_fault(std::move(statement), "must be a SELECT");
    if (token.text == ";") return with_fault(std::move(statement), "must be one statement, without a ;");
    if (token.text == "?") ++statement.placeholders;
  }
  if (is_first) return with_fault(std::move(statement), "must be a SELECT");
  return statement;
}

}  // namespace extmail::maps
