// SPDX-License-Identifier: MIT
#include "core/query_map.hpp"

#include "core/query.hpp"
#include "support/catch.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using Part = QueryMap::Part;
using Tries = QueryMap::Tries;

namespace {

/// Notes what it is asked, as the parameters separated by |, and knows some answers.
class Rows final : public QueryDirectory {
 public:
  [[nodiscard]] Answer<QueryRecord> find_query(std::string_view query,
                                               std::optional<std::chrono::seconds> ttl,
                                               Deadline) const override {
    const Query parts = Query::of_key(query);
    std::string text;
    for (const auto parameter : parts.parameters)
      text += (text.empty() ? "" : "|") + std::string(parameter);
    asked.push_back(text);
    sql = parts.sql;
    last_ttl = ttl;
    if (failure) return *failure;
    const auto row = rows.find(text);
    return row == rows.end() ? Answer<QueryRecord>::not_found() : Answer<QueryRecord>::found({row->second});
  }

  std::map<std::string, std::string> rows;
  std::optional<Answer<QueryRecord>> failure;
  mutable std::vector<std::string> asked;
  mutable std::string sql;
  mutable std::optional<std::chrono::seconds> last_ttl;
};

QueryMap query_map(Tries tries, std::vector<Part> parameters) {
  return {"own", "SELECT x", std::move(parameters), tries, std::nullopt};
}

using Asked = std::vector<std::string>;

Asked asked(const QueryMap& map, std::string_view key, std::string_view delimiters = "+") {
  const Rows rows;
  CHECK(map.look_up(key, delimiters, rows, {}).is_not_found());
  return rows.asked;
}

}  // namespace

TEST_CASE("A query and its key are one") {
  const std::vector<std::vector<std::string_view>> all{{}, {"a"}, {"a", "b"}, {"", ""}, {"a b", "?", "'"}};
  for (const auto& parameters : all) {
    const std::string key = Query{"SELECT ?", parameters}.key();
    const Query query = Query::of_key(key);
    CHECK(query.sql == "SELECT ?");
    CHECK(query.parameters == parameters);
  }
  CHECK(Query{"s", {"a", "b"}}.key() != Query{"s", {"ab"}}.key());
  CHECK(Query{"s", {"a"}}.key() != Query{"sa", {}}.key());
}

TEST_CASE("The whole key is asked for, in lower case") {
  const auto map = query_map(Tries::Key, {Part::Key});
  CHECK(asked(map, "Joe+Tag@Test.COM") == Asked{"joe+tag@test.com"});
  CHECK(asked(map, "\"J D\"@test.com") == Asked{"\"j d\"@test.com"});
  CHECK(asked(map, "*") == Asked{"*"});
  CHECK(asked(map, "[192.0.2.1]") == Asked{"[192.0.2.1]"});
  CHECK(asked(map, "Ünï@test.com") == Asked{"Ünï@test.com"});
  CHECK(asked(map, "' OR 1=1 -- ") == Asked{"' or 1=1 -- "});
}

TEST_CASE("What no row can have is not asked for") {
  const auto map = query_map(Tries::Key, {Part::Key});
  CHECK(asked(map, "").empty());
  CHECK(asked(map, std::string("a\0b", 3)).empty());
  CHECK(asked(map, "a\nb").empty());
  CHECK(asked(map, "\xff@test.com").empty());
  CHECK(asked(map, std::string(1021, 'a')).empty());
  CHECK(asked(map, std::string(1020, 'a')).size() == 1);
}

TEST_CASE("Parts of the key stand where they are named") {
  const auto all =
      query_map(Tries::Key, {Part::Domain, Part::User, Part::Extension, Part::Address, Part::Key});
  CHECK(asked(all, "\"Joe\"+x@Test.com").empty());
  CHECK(asked(all, "\"Joe+x\"@Test.com") == Asked{"test.com|joe|x|joe+x@test.com|\"joe+x\"@test.com"});
  CHECK(asked(all, "joe+x+y@test.com") == Asked{"test.com|joe|x+y|joe+x+y@test.com|joe+x+y@test.com"});
  CHECK(asked(all, "joe-x@test.com", "+-") == Asked{"test.com|joe|x|joe-x@test.com|joe-x@test.com"});
}

TEST_CASE("A key that lacks a part is not found without a query") {
  const auto user = query_map(Tries::Key, {Part::User});
  CHECK(asked(user, "joe+x@test.com") == Asked{"joe"});
  CHECK(asked(user, "joe+x@test.com", "") == Asked{"joe+x"});
  CHECK(asked(user, "mailer-daemon@test.com", "-") == Asked{"mailer-daemon"});
  CHECK(asked(user, "joe").empty());
  CHECK(asked(user, "@test.com").empty());
  CHECK(asked(query_map(Tries::Key, {Part::Domain}), "test.com").empty());
  CHECK(asked(query_map(Tries::Key, {Part::Domain}), "joe@[192.0.2.1]").empty());
  CHECK(asked(query_map(Tries::Key, {Part::Address}), "test.com").empty());
  const auto extension = query_map(Tries::Key, {Part::User, Part::Extension});
  CHECK(asked(extension, "joe@test.com").empty());
  CHECK(asked(extension, "joe+@test.com").empty());
  CHECK(asked(extension, "joe+x@test.com") == Asked{"joe|x"});
}

TEST_CASE("An address is tried with its extension, without it, and as its domain") {
  const auto key = query_map(Tries::Address, {Part::Key});
  CHECK(asked(key, "Joe+x@test.com") == Asked{"joe+x@test.com", "joe@test.com", "@test.com"});
  CHECK(asked(key, "joe@test.com") == Asked{"joe@test.com", "@test.com"});
  CHECK(asked(key, "\"j d\"@test.com") == Asked{"j d@test.com", "@test.com"});
  CHECK(asked(key, "test.com").empty());
  CHECK(asked(query_map(Tries::Address, {Part::Address}), "joe@test.com") ==
        Asked{"joe@test.com", "@test.com"});
  // The same parameters are not asked twice, and a part that is gone ends it.
  CHECK(asked(query_map(Tries::Address, {Part::User, Part::Domain}), "joe+x@test.com") ==
        Asked{"joe|test.com"});
  CHECK(asked(query_map(Tries::Address, {Part::Domain}), "joe+x@test.com") == Asked{"test.com"});
  CHECK(asked(query_map(Tries::Address, {Part::Extension}), "joe+x@test.com") == Asked{"x"});
}

TEST_CASE("A domain is tried, then those above it") {
  const auto key = query_map(Tries::Domain, {Part::Key});
  CHECK(asked(key, "A.B.test") == Asked{"a.b.test", "b.test", "test"});
  CHECK(asked(key, "joe+x@b.test") == Asked{"b.test", "test"});
  CHECK(asked(query_map(Tries::Domain, {Part::Domain}), "b.test") == Asked{"b.test", "test"});
  CHECK(asked(query_map(Tries::Domain, {Part::User, Part::Domain}), "joe+x@b.test") ==
        Asked{"joe|b.test", "joe|test"});
  CHECK(asked(query_map(Tries::Domain, {Part::User}), "b.test").empty());
  CHECK(asked(key, "[192.0.2.1]").empty());
  CHECK(asked(key, "*").empty());
  std::string deep = "test";
  for (int i = 0; i < 100; ++i)
    deep.insert(0, "a.");
  CHECK(asked(key, deep).size() == 1 + QueryMap::kMaxParents);
}

TEST_CASE("The first try that gives something is the answer, as it stands") {
  Rows rows;
  rows.rows["joe@test.com"] = "a@x,b@y";
  rows.rows["@test.com"] = "c@z";
  auto map = query_map(Tries::Address, {Part::Key});
  map.ttl = 7s;
  const auto answer = map.look_up("joe+x@test.com", "+", rows, {});
  REQUIRE(answer.is_found());
  CHECK(answer.value() == "a@x,b@y");
  CHECK(rows.asked.size() == 2);
  CHECK(rows.sql == "SELECT x");
  CHECK(rows.last_ttl == 7s);
}

TEST_CASE("A failure ends the lookup, and a permanent one names the map") {
  Rows rows;
  const auto map = query_map(Tries::Address, {Part::Key});
  rows.failure = Answer<QueryRecord>::temporary_failure("away");
  auto answer = map.look_up("joe+x@test.com", "+", rows, {});
  CHECK(answer.outcome() == Outcome::TemporaryFailure);
  CHECK(answer.reason() == "away");
  rows.failure = Answer<QueryRecord>::permanent_failure("no such table");
  answer = map.look_up("joe+x@test.com", "+", rows, {});
  CHECK(answer.outcome() == Outcome::PermanentFailure);
  CHECK(answer.reason() == "map own: no such table");
  CHECK(rows.asked.size() == 2);
}
