// SPDX-License-Identifier: MIT
#include "mysql/error.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail::mysql;
using Kind = DatabaseError::Kind;

TEST_CASE("An error says whether to ask again, anew, or not at all") {
  struct Case {
    const char* what;
    unsigned number;
    Kind kind;
  };
  const std::vector<Case> cases{
      {"can't connect through a unix socket", 2002, Kind::Lost},
      {"can't connect over TCP", 2003, Kind::Lost},
      {"server has gone away", 2006, Kind::Lost},
      {"lost connection during query", 2013, Kind::Lost},
      {"TLS failed", 2026, Kind::Lost},
      {"MariaDB's library: reading failed", 5013, Kind::Lost},
      {"server shuts down", 1053, Kind::Lost},
      {"a proxy switched servers: unknown statement", 1243, Kind::Lost},
      {"statement needs to be prepared again", 1615, Kind::Lost},
      {"Galera node is not in its cluster", 1047, Kind::Lost},
      {"connection was killed", 1927, Kind::Lost},
      {"too many connections", 1040, Kind::Busy},
      {"too many connections of the account", 1203, Kind::Busy},
      {"the account's limit is reached", 1226, Kind::Busy},
      {"host is blocked", 1129, Kind::Busy},
      {"lock wait timeout", 1205, Kind::Busy},
      {"deadlock", 1213, Kind::Busy},
      {"query was interrupted", 1317, Kind::Busy},
      {"server is read-only", 1290, Kind::Busy},
      {"transaction is read-only", 1792, Kind::Busy},
      {"table is marked as crashed", 1194, Kind::Busy},
      {"disk full", 1021, Kind::Busy},
      {"what nobody has heard of", 4999, Kind::Busy},
      {"wrong password", 1045, Kind::Misconfigured},
      {"no password", 1698, Kind::Misconfigured},
      {"host may not connect", 1130, Kind::Misconfigured},
      {"account is locked, MariaDB", 4151, Kind::Misconfigured},
      {"account is locked, MySQL", 3118, Kind::Misconfigured},
      {"password has expired", 1862, Kind::Misconfigured},
      {"no right to the database", 1044, Kind::Misconfigured},
      {"no right to the table", 1142, Kind::Misconfigured},
      {"no right to the column", 1143, Kind::Misconfigured},
      {"no such database", 1049, Kind::Misconfigured},
      {"no such table", 1146, Kind::Misconfigured},
      {"no such column", 1054, Kind::Misconfigured},
      {"no such function", 1305, Kind::Misconfigured},
      {"view refers to what is gone", 1356, Kind::Misconfigured},
      {"the column can't hold such characters", 1267, Kind::Unstorable},
      {"nor those of one in three", 1270, Kind::Unstorable},
      {"nor those of one in a list", 1271, Kind::Unstorable},
      {"the same in MySQL", 3988, Kind::Unstorable},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(classify(c.number) == c.kind);
  }
}

TEST_CASE("A limit that was reached comes with what to do") {
  for (const unsigned number : {1040U, 1203U, 1226U}) {
    INFO(number);
    CHECK(std::string(advice(number)).find("lower database_connections") != std::string::npos);
  }
  CHECK(advice(1146).empty());
}
