// SPDX-License-Identifier: MIT
#include "core/clock.hpp"
#include "core/idn.hpp"
#include "core/map_table.hpp"
#include "core/records_directory.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "ctl/verify/classic_mysql.hpp"
#include "ctl/verify/comparison.hpp"
#include "ctl/verify/difference_list.hpp"
#include "ctl/verify/old_postfix.hpp"
#include "daemon/stderr_log.hpp"
#include "mysql/error.hpp"
#include "mysql/hosts.hpp"
#include "mysql/mysql_records.hpp"
#include "mysql/pool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

/// So that a database of any size is gone through in little memory.
constexpr std::size_t kPageRows = 500;
/// No file of Postfix's is longer.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20U;

struct Words {
  std::vector<std::string> maps;  ///< NAME=mysql:FILE
  std::string postfix_folder;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Misuse(path + " can't be read: " + std::generic_category().message(errno));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || text.size() > kMaxFileBytes) throw Misuse(path + " is no file of mysql_table(5)");
  return text;
}

void add_table(const OldPostfix::Table& old, const mysql::Settings& settings, ClassicMysql& classic) {
  std::string text = read_file(old.file);
  auto table = parse_mysql_table(text, old.file);
  wipe(text);
  try {
    classic.add(old.map, std::move(table), settings);
  } catch (const mysql::DatabaseError& error) {
    throw mysql::DatabaseError(error.kind(), old.file + ": " + error.what());
  }
}

OldPostfix::Table read_word(const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::string map = word.substr(0, equals);
  std::string path = equals == std::string::npos ? "" : word.substr(equals + 1);
  for (const std::string prefix : {"proxy:", "mysql:"}) {
    if (path.starts_with(prefix)) path.erase(0, prefix.size());
  }
  if (path.empty()) throw Misuse("--map has \"" + word + "\"; it wants NAME=mysql:FILE");
  if (find_map(map) == nullptr) {
    std::string known;
    for (const auto& name : map_names())
      known += (known.empty() ? "" : ", ") + name;
    throw Misuse("there is no map " + map + "; known are " + known);
  }
  return {map, path};
}

/// Those of --map take the place of what the old main.cf has for their maps.
void add_tables(const Words& words, const mysql::Settings& settings, ClassicMysql& classic) {
  std::vector<OldPostfix::Table> named;
  for (const auto& word : words.maps)
    named.push_back(read_word(word));
  if (!words.postfix_folder.empty()) {
    const auto old = read_old_postfix(words.postfix_folder);
    for (const auto& map : kGuideMaps)
      classic.forget_guide(map.name);
    const auto is_named = [&](const std::string& map) {
      return std::any_of(named.begin(), named.end(), [&](const auto& each) { return each.map == map; });
    };
    for (const auto& table : old.tables) {
      if (is_named(table.map)) continue;
      add_table(table, settings, classic);
      std::cerr << "extmailctl: " << table.map << ": " << table.file << '\n';
    }
    for (const auto& note : old.notes) {
      if (!is_named(note.map)) std::cerr << "extmailctl: " << note.map << ": " << note.text << '\n';
    }
  }
  for (const auto& table : named)
    add_table(table, settings, classic);
}

/// Each value of a table's key, in its order, a page at a time.
std::uint64_t for_each_key(mysql::Connection& connection, const std::string& table, const std::string& key,
                           const std::function<void(const std::string&)>& take) {
  const std::string sql = "SELECT " + key + " FROM " + table + " WHERE " + key + " > ? ORDER BY " + key +
                          " LIMIT " + std::to_string(kPageRows);
  std::uint64_t count = 0;
  std::string last;
  while (true) {
    const auto rows = connection.query(sql, {last});
    for (const auto& row : rows)
      take(row.front().value_or(""));
    count += rows.size();
    if (rows.size() < kPageRows) return count;
    last = rows.back().front().value_or("");
  }
}

int verify(const Words& words, const Invocation& invocation) {
  const Settings settings = read_settings(invocation.config);
  const auto connection = open_database(settings.database);
  ClassicMysql classic(*connection, settings.mail.location.base);
  add_tables(words, settings.database, classic);

  const SystemClock clock;
  daemon::StderrLog log(false);
  // Ours, as extmail-mapd wires them, but without a cache: what is compared is what is there now.
  const mysql::MysqlRecords records(std::make_shared<mysql::Pool>(
      mysql::make_hosts(read_settings(invocation.config).database, clock, log), clock, log));
  const RecordsDirectory rows(records);
  const IdnDirectory directory(rows);
  const Output output = invocation.output();
  DifferenceList list(output);
  Comparison comparison(classic, directory, clock, settings.mail,
                        [&](const Difference& difference) { list.add(difference); });

  const auto domains = for_each_key(*connection, "domain", "domain",
                                    [&](const std::string& key) { comparison.compare_domain(key); });
  const auto mailboxes = for_each_key(*connection, "mailbox", "username",
                                      [&](const std::string& key) { comparison.compare_mailbox(key); });
  const auto aliases = for_each_key(*connection, "alias", "address",
                                    [&](const std::string& key) { comparison.compare_alias(key); });
  list.finish();
  std::cerr << "extmailctl: compared " << domains << " domains, " << mailboxes << " mailboxes and " << aliases
            << " aliases";
  if (list.counts().empty()) std::cerr << ": no difference";
  std::cerr << '\n';
  for (const auto& [reason, count] : list.counts())
    std::cerr << "extmailctl:   " << reason << ": " << count << '\n';
  return list.counts().empty() ? kDone : kRefused;
}

}  // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command = app.add_subcommand(
      "verify", "Compares what Postfix's mysql: tables and Dovecot's SQL answer with what the suite does");
  command->add_option("--map", words->maps,
                      "NAME=mysql:FILE, a table of your own in place of the guide's; may be given again");
  command
      ->add_option("--postfix-config", words->postfix_folder,
                   "Folder of the main.cf from before the suite, whose mysql: tables are asked")
      ->type_name("DIR");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return verify(*words, invocation); }; });
}

}  // namespace extmail::ctl
