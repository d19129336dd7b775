// SPDX-License-Identifier: MIT
#include "ctl/verify/mysql_table.hpp"

#include "core/printable.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxShownBytes = 120;

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) + 1 - start);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  constexpr std::string_view kSeparators = " \t\r\n,";
  for (std::size_t at = text.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    found.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSeparators, end);
  }
  return found;
}

/// Logical lines, as Postfix has them: one that begins with a blank goes on with the one before.
std::map<std::string, std::string> read_settings_of(std::string_view text, const std::string& name) {
  std::map<std::string, std::string> settings;
  std::string* last = nullptr;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (trimmed(line).empty() || trimmed(line).front() == '#') continue;
    if (kBlanks.find(line.front()) != std::string_view::npos && last != nullptr) {
      last->append(" ").append(trimmed(line));
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw Misuse(name + ':' + std::to_string(number) + ": this is no \"name = value\"");
    last = &settings[std::string(trimmed(line.substr(0, equals)))];
    *last = trimmed(line.substr(equals + 1));
  }
  return settings;
}

std::string folded(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// What stands for a letter behind %; empty where the key has no such part.
std::optional<std::string> part_of(char letter, std::string_view key) {
  const std::size_t at = key.rfind('@');
  const bool has_domain = at != std::string_view::npos;
  switch (std::tolower(static_cast<unsigned char>(letter))) {
    case 's':
      return std::string(key);
    case 'u':
      if (has_domain && at == 0) return std::nullopt;
      return std::string(has_domain ? key.substr(0, at) : key);
    case 'd':
      if (!has_domain) return std::nullopt;
      return std::string(key.substr(at + 1));
    default:
      break;
  }
  // %1 is the last label of the domain.
  if (letter < '1' || letter > '9') return std::nullopt;
  std::string_view rest = has_domain ? key.substr(at + 1) : key;
  for (int skipped = letter - '1';; --skipped) {
    const std::size_t dot = rest.rfind('.');
    if (skipped == 0) return std::string(dot == std::string_view::npos ? rest : rest.substr(dot + 1));
    if (dot == std::string_view::npos) return std::nullopt;
    rest = rest.substr(0, dot);
  }
}

/// Replaces what stands behind each %; empty where a part is not there.
std::optional<std::string> filled(std::string_view pattern, std::string_view key) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      text += pattern[i];
      continue;
    }
    const char letter = pattern[++i];
    if (letter == '%') {
      text += '%';
      continue;
    }
    const auto part = part_of(letter, key);
    if (!part) return std::nullopt;
    text += *part;
  }
  return text;
}

}  // namespace

MysqlTable parse_mysql_table(std::string_view text, const std::string& name) {
  const auto settings = read_settings_of(text, name);
  const auto value = [&](const char* key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
  };
  MysqlTable table;
  table.hosts = words(value("hosts"));
  table.user = value("user");
  table.password = Secret(value("password"));
  table.database = value("dbname");
  table.query = value("query");
  for (const auto& domain : words(value("domain")))
    table.domains.push_back(folded(domain));
  if (settings.count("result_format") > 0) table.result_format = value("result_format");
  if (table.query.empty() && settings.count("select_field") > 0) {
    table.query = "SELECT " + value("select_field") + " FROM " + value("table") + " WHERE " +
                  value("where_field") + " = '%s' " + value("additional_conditions");
  }
  if (table.query.empty()) throw Misuse(name + ": there is no query");
  return table;
}

std::optional<ExpandedQuery> expand_query(const MysqlTable& table, std::string_view key) {
  if (!table.domains.empty()) {
    const std::size_t at = key.rfind('@');
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    const std::string domain = folded(key.substr(at + 1));
    if (std::find(table.domains.begin(), table.domains.end(), domain) == table.domains.end())
      return std::nullopt;
  }
  ExpandedQuery expanded;
  const std::string_view query = table.query;
  for (std::size_t i = 0; i < query.size();) {
    const char c = query[i];
    if (c != '\'' && c != '"') {
      if (c == '%' && i + 1 < query.size() && query[i + 1] != '%')
        throw Misuse("a query that has %" + std::string(1, query[i + 1]) +
                     " outside of quotes can't be asked: " + printable(query, kMaxShownBytes));
      i += c == '%' ? 1 : 0;  // %% is one
      expanded.sql += c;
      ++i;
      continue;
    }
    const std::size_t end = query.find(c, i + 1);
    if (end == std::string_view::npos)
      throw Misuse("a quote in this query has no end: " + printable(query, kMaxShownBytes));
    const std::string_view inside = query.substr(i + 1, end - i - 1);
    i = end + 1;
    if (inside.find('%') == std::string_view::npos) {
      (expanded.sql += c).append(inside) += c;
      continue;
    }
    auto parameter = filled(inside, key);
    if (!parameter) return std::nullopt;
    expanded.sql += '?';
    expanded.parameters.push_back(std::move(*parameter));
  }
  return expanded;
}

std::string format_result(const MysqlTable& table, std::string_view value) {
  if (value.empty()) return {};
  return filled(table.result_format, value).value_or("");
}

}  // namespace extmail::ctl
