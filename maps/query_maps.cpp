// SPDX-License-Identifier: MIT
#include "maps/query_maps.hpp"

#include "core/map_table.hpp"
#include "maps/statement_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace extmail::maps {
namespace {

using Table = daemon::ConfigFile::Table;

constexpr std::array<std::pair<std::string_view, QueryMap::Part>, 5> kParts{{
    {"key", QueryMap::Part::Key},
    {"address", QueryMap::Part::Address},
    {"user", QueryMap::Part::User},
    {"domain", QueryMap::Part::Domain},
    {"extension", QueryMap::Part::Extension},
}};

bool is_map_name(std::string_view name) {
  constexpr std::string_view kBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.size() <= kMaxMapNameBytes &&
         name.find_first_not_of(kBytes) == std::string_view::npos;
}

bool is_control_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
}

/// What keeps the statement from being used; empty where nothing does.
std::string fault_of(const std::string& sql, const StatementText& statement) {
  if (sql.empty()) return "is missing";
  if (sql.size() > kMaxStatementBytes) return "is over " + std::to_string(kMaxStatementBytes) + " bytes";
  if (std::any_of(sql.begin(), sql.end(), is_control_character)) return "has a control character";
  if (!statement.fault.empty()) return statement.fault;
  if (statement.placeholders == 0) return "has no ?, so that every key would find the same";
  if (statement.placeholders > kMaxParameters)
    return "has more than " + std::to_string(kMaxParameters) + " placeholders";
  return {};
}

std::string known_parts() {
  std::string names;
  for (const auto& [name, part] : kParts) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

std::vector<QueryMap::Part> read_parameters(Table& table, std::optional<std::size_t> placeholders) {
  std::vector<QueryMap::Part> parts;
  const auto names = table.texts("parameters", {"key"});
  for (const auto& name : names) {
    const auto* const known =
        std::find_if(kParts.begin(), kParts.end(), [&](const auto& part) { return part.first == name; });
    if (known == kParts.end()) {
      table.complain("parameters", "has \"" + name + "\"; known are " + known_parts());
    } else {
      parts.push_back(known->second);
    }
  }
  if (placeholders && *placeholders != names.size()) {
    table.complain("parameters", "must name what each ? stands for: sql has " +
                                     std::to_string(*placeholders) + " of them, and the names are " +
                                     std::to_string(names.size()));
  }
  return parts;
}

QueryMap::Tries read_tries(Table& table) {
  const std::string lookup = table.choice("lookup", {"key", "address", "domain"}, "key");
  if (lookup == "address") return QueryMap::Tries::Address;
  return lookup == "domain" ? QueryMap::Tries::Domain : QueryMap::Tries::Key;
}

QueryMap read_query_map(std::string name, Table& table) {
  constexpr std::int64_t kMaxTtl = 3600;
  QueryMap map;
  map.name = std::move(name);
  map.sql = table.text("sql", "");
  const auto statement = read_statement(map.sql);
  const std::string fault = fault_of(map.sql, statement);
  if (!fault.empty()) table.complain("sql", fault);
  map.parameters =
      read_parameters(table, fault.empty() ? std::optional(statement.placeholders) : std::nullopt);
  map.tries = read_tries(table);
  if (const auto ttl = table.optional_integer("ttl", 0, kMaxTtl)) map.ttl = std::chrono::seconds(*ttl);
  return map;
}

}  // namespace

QueryMaps read_query_maps(daemon::ConfigFile& file) {
  auto maps = file.table("maps");
  QueryMaps queries;
  for (auto& [name, table] : maps.named_tables("query")) {
    if (!is_map_name(name)) {
      table.complain("has no good name: up to " + std::to_string(kMaxMapNameBytes) +
                     " letters, digits, _ and - make one");
    } else if (find_map(name) != nullptr) {
      table.complain("has the name of a built-in map");
    }
    queries.emplace(name, read_query_map(name, table));
  }
  if (queries.size() > kMaxQueryMaps)
    maps.complain("query", "has more than " + std::to_string(kMaxQueryMaps) + " maps");
  return queries;
}

std::vector<std::string> map_names(const QueryMaps& queries) {
  std::vector<std::string> names = extmail::map_names();
  for (const auto& [name, map] : queries)
    names.push_back(name);
  return names;
}

std::string known_maps(const QueryMaps& queries) {
  std::string names;
  for (const auto& name : map_names(queries))
    names += names.empty() ? name : ' ' + name;
  return names;
}

bool is_known_map(std::string_view name, const QueryMaps& queries) {
  return find_map(name) != nullptr || queries.find(name) != queries.end();
}

}  // namespace extmail::maps
