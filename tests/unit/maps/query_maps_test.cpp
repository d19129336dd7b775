// SPDX-License-Identifier: MIT
#include "maps/query_maps.hpp"

#include "core/map_table.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace extmail;
using namespace extmail::maps;
using namespace std::chrono_literals;
using Part = QueryMap::Part;
using Tries = QueryMap::Tries;

namespace {

/// extmail.toml with this text, for the time of a test.
class File {
 public:
  explicit File(const std::string& text) {
    const int file = ::mkstemp(path_.data());
    REQUIRE(file >= 0);
    ::close(file);
    std::ofstream(path_) << text;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/query-maps-XXXXXX";
};

QueryMaps read(const File& file) {
  daemon::ConfigFile config(file.path());
  auto maps = read_query_maps(config);
  config.finish();
  return maps;
}

/// All complaints, without the file's name.
std::string complaints(const std::string& text) {
  const File file(text);
  try {
    (void)read(file);
  } catch (const daemon::ConfigError& error) {
    std::string all = error.what();
    for (auto at = all.find(file.path()); at != std::string::npos; at = all.find(file.path()))
      all.erase(at, file.path().size() + 1);
    return all;
  }
  return "none";
}

const std::string kGood = "[maps.query.own]\nsql = \"SELECT a FROM t WHERE b = ?\"\n";

}  // namespace

TEST_CASE("A statement is enough; the rest has defaults") {
  const auto maps = read(File(kGood));
  REQUIRE(maps.size() == 1);
  const QueryMap& map = maps.at("own");
  CHECK(map.name == "own");
  CHECK(map.sql == "SELECT a FROM t WHERE b = ?");
  CHECK(map.parameters == std::vector{Part::Key});
  CHECK(map.tries == Tries::Key);
  CHECK_FALSE(map.ttl);
}

TEST_CASE("Everything can be said") {
  const auto maps =
      read(File("[maps.query.my-Routes_2]\nsql = \"SELECT ?, ?, ?, ?, ?\"\n"
                "parameters = [\"key\", \"address\", \"user\", \"domain\", \"extension\"]\nlookup = "
                "\"address\"\nttl = 0\n"
                "[maps.query.other]\nsql = '''\nSELECT a -- why?\nFROM t WHERE b = ?'''\nlookup = "
                "\"domain\"\nttl = 3600\n"));
  REQUIRE(maps.size() == 2);
  const QueryMap& routes = maps.at("my-Routes_2");
  CHECK(routes.parameters ==
        std::vector{Part::Key, Part::Address, Part::User, Part::Domain, Part::Extension});
  CHECK(routes.tries == Tries::Address);
  CHECK(routes.ttl == 0s);
  CHECK(maps.at("other").tries == Tries::Domain);
  CHECK(maps.at("other").ttl == 3600s);
}

TEST_CASE("No table, no maps") {
  CHECK(read(File("")).empty());
  CHECK(read(File("[maps]\n")).empty());
}

TEST_CASE("Mistakes are named with line and key") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[maps]\nquery = 1\n", "2: maps.query must hold tables: [maps.query.NAME]"},
      {"[maps.query]\nown = \"SELECT ?\"\n", "2: maps.query.own must be a table: [maps.query.own]"},
      {"[maps]\nqueries = 1\n", "2: unknown key maps.queries; known are query"},
      {"[maps.query.own]\n", "1: maps.query.own.sql is missing"},
      {"[maps.query.own]\nsql = \"\"\n", "2: maps.query.own.sql is missing"},
      {"[maps.query.own]\nsql = 1\nparameters = []\n",
       "2: maps.query.own.sql must be a text in quotes\n2: maps.query.own.sql is missing"},
      {"[maps.query.own]\nsql = \"UPDATE t SET a = ?\"\n", "2: maps.query.own.sql must be a SELECT"},
      {"[maps.query.own]\nsql = \"SELECT ?; SELECT 1\"\n",
       "2: maps.query.own.sql must be one statement, without a ;"},
      {"[maps.query.own]\nsql = \"SELECT 'a, ?\"\n",
       "2: maps.query.own.sql has a quote or a comment that does not end"},
      {"[maps.query.own]\nsql = \"SELECT 1\"\n",
       "2: maps.query.own.sql has no ?, so that every key would find the same"},
      {"[maps.query.own]\nsql = \"SELECT \\u0000 ?\"\n", "2: maps.query.own.sql has a control character"},
      {"[maps.query.own]\nsql = \"SELECT ? " + std::string(kMaxStatementBytes, 'x') + "\"\n",
       "2: maps.query.own.sql is over 8192 bytes"},
      {"[maps.query.own]\nsql = \"SELECT ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?\"\n",
       "2: maps.query.own.sql has more than 16 placeholders"},
      {"[maps.query.own]\nsql = \"SELECT ?, ?\"\n",
       "1: maps.query.own.parameters must name what each ? stands for: sql has 2 of them, and the names are "
       "1"},
      {kGood + "parameters = [\"user\", \"domain\"]\n",
       "3: maps.query.own.parameters must name what each ? stands for: sql has 1 of them, and the names are "
       "2"},
      {kGood + "parameters = [\"localpart\"]\n",
       "3: maps.query.own.parameters has \"localpart\"; known are key, address, user, domain, extension"},
      {kGood + "parameters = \"key\"\n", "3: maps.query.own.parameters must be a list of texts in quotes"},
      {kGood + "lookup = \"email\"\n", "3: maps.query.own.lookup must be one of key, address, domain"},
      {kGood + "ttl = -1\n", "3: maps.query.own.ttl must be a whole number from 0 to 3600"},
      {kGood + "ttl = 3601\n", "3: maps.query.own.ttl must be a whole number from 0 to 3600"},
      {kGood + "expansion_limit = 1\n",
       "3: unknown key maps.query.own.expansion_limit; known are lookup, parameters, sql, ttl"},
      {"[maps.query.transport_maps]\nsql = \"SELECT ?\"\n",
       "1: maps.query.transport_maps has the name of a built-in map"},
      {"[maps.query.\"a b\"]\nsql = \"SELECT ?\"\n",
       "1: maps.query.a b has no good name: up to 64 letters, digits, _ and - make one"},
      {"[maps.query.\"\"]\nsql = \"SELECT ?\"\n",
       "1: maps.query. has no good name: up to 64 letters, digits, _ and - make one"},
  };
  for (const auto& [text, said] : cases) {
    CAPTURE(text);
    const std::string all = complaints(text);
    CHECK(all.substr(0, said.size()) == said);
  }
}

TEST_CASE("There is an end to their number") {
  std::string text;
  for (std::size_t i = 0; i <= kMaxQueryMaps; ++i)
    text += "[maps.query.m" + std::to_string(i) + "]\nsql = \"SELECT ?\"\n";
  CHECK(complaints(text) == "1: maps.query has more than 100 maps");
}

TEST_CASE("They are known along with the built-in ones") {
  const auto maps = read(File(kGood));
  CHECK(known_maps(maps) == known_maps({}) + " own");
  CHECK(is_known_map("own", maps));
  CHECK(is_known_map("transport_maps", maps));
  CHECK_FALSE(is_known_map("ow", maps));
}
