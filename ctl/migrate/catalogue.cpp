// SPDX-License-Identifier: MIT
#include "ctl/migrate/catalogue.hpp"

#include "ctl/migrate/scripts.hpp"
#include "ctl/migrate/sql_script.hpp"

#include <algorithm>
#include <cstddef>
#include <regex>
#include <utility>

namespace extmail::ctl {
namespace {

/// Our own files are written so that these find all there is; the unit test counts.
const std::regex kTable("^CREATE TABLE IF NOT EXISTS `(\\w+)`");
const std::regex kColumn("^\\s*`(\\w+)`\\s+([^\\n]*?),?\\s*$");
const std::regex kIndex("^\\s*((?:PRIMARY |UNIQUE )?KEY[^(]*\\(`(\\w+)`[^)]*\\)),?\\s*$");
const std::regex kTrigger("^CREATE TRIGGER `(\\w+)`[\\s\\S]*?FOR EACH ROW\\s+([\\s\\S]*)$");
const std::regex kRoutine("^CREATE (PROCEDURE|FUNCTION) `(\\w+)`");
const std::regex kGrant("GRANT ([\\s\\S]*?)\\s+ON\\s+(FUNCTION\\s+)?`(\\w+)`\\s+TO\\s+([\\s\\S]*)");
const std::regex kRight("([A-Z]+)(?:\\s*\\(([^)]*)\\))?");
const std::regex kName("`(\\w+)`");
const std::regex kDaemon("'(extmail_(?:mapd|authd|policyd))'@'localhost'");

std::vector<std::smatch> all(const std::string& text, const std::regex& what) {
  return {std::sregex_iterator(text.begin(), text.end(), what), std::sregex_iterator()};
}

TableTarget to_table(const std::string& statement, std::string name) {
  TableTarget table{std::move(name), statement, {}, {}};
  std::size_t start = statement.find('\n');
  while (start != std::string::npos) {
    const std::size_t end = statement.find('\n', start + 1);
    const std::string line = statement.substr(start + 1, end == std::string::npos ? end : end - start - 1);
    std::smatch match;
    if (std::regex_match(line, match, kColumn))
      table.columns.push_back({match[1], in_one_line(match[2].str())});
    else if (std::regex_match(line, match, kIndex))
      table.indexes.push_back({match[2], match[1]});
    start = end;
  }
  return table;
}

std::set<std::string> rights_of(const std::string& list, const std::string& object) {
  std::set<std::string> rights;
  for (const auto& right : all(list, kRight)) {
    if (!right[2].matched) {
      rights.insert(right[1].str() + ' ' + object);
      continue;
    }
    const std::string columns = right[2];
    for (const auto& column : all(columns, kName))
      rights.insert(right[1].str() + ' ' + object + '.' + column[1].str());
  }
  return rights;
}

}  // namespace

bool TableTarget::Column::is_text() const {
  return definition.starts_with("varchar") || definition.starts_with("text");
}

std::uint64_t TableTarget::Column::characters() const {
  constexpr std::string_view kStart = "varchar(";
  return definition.starts_with(kStart) ? std::stoull(definition.substr(kStart.size())) : 0;
}

const TableTarget::Column* TableTarget::find(const std::string& column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<TableTarget> table_targets(std::string_view schema_script) {
  std::vector<TableTarget> tables;
  for (const auto& statement : split_script(schema_script)) {
    std::smatch match;
    if (std::regex_search(statement, match, kTable)) tables.push_back(to_table(statement, match[1]));
  }
  return tables;
}

ExtensionTarget extension_target(std::string file, std::string purpose, std::string_view script) {
  ExtensionTarget target{std::move(file), std::move(purpose), split_script(script), {}, {}, {}};
  for (const auto& statement : target.statements) {
    std::smatch match;
    if (std::regex_search(statement, match, kTable))
      target.tables.insert(match[1]);
    else if (std::regex_search(statement, match, kTrigger))
      target.triggers.emplace(match[1], in_one_line(match[2].str()));
    else if (std::regex_search(statement, match, kRoutine))
      target.routines.emplace(match[2], match[1]);
  }
  return target;
}

std::vector<ExtensionTarget> extension_targets() {
  return {
      extension_target("change_log.sql", "the daemons see changes within a second", kChangeLogScript),
      extension_target("login_extensions.sql",
                       "extmail-authd knows app passwords, fields of your own and last logins", kLoginScript),
      extension_target("policy_extensions.sql", "extmail-policyd knows limits and rights of your own",
                       kPolicyScript),
      extension_target("usage_extensions.sql", "extmail-policyd knows what mailboxes hold", kUsageScript),
      extension_target("decision_extensions.sql", "extmail-policyd notes what it decides", kDecisionScript),
  };
}

std::vector<AccountGrant> daemon_grants(std::string_view grants_script) {
  std::vector<AccountGrant> grants;
  for (const auto& statement : split_script(grants_script)) {
    // Those on request stand in IF(@…_may_…).
    std::smatch match;
    if (statement.find("_may_") != std::string::npos || !std::regex_search(statement, match, kGrant))
      continue;
    const std::string list = in_one_line(match[1].str());
    const std::string object = match[3];
    const std::string accounts = match[4];
    for (const auto& account : all(accounts, kDaemon)) {
      const std::string name = account[1];
      const std::string kind = match[2].matched ? "FUNCTION " : "";
      std::string text = "GRANT ";
      text.append(list).append(" ON ").append(kind).append("`").append(object);
      text.append("` TO '").append(name).append("'@'localhost'");
      grants.push_back({name, object, rights_of(list, object), std::move(text)});
    }
  }
  return grants;
}

std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace extmail::ctl
