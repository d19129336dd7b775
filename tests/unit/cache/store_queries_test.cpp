// SPDX-License-Identifier: MIT
#include "cache/store.hpp"
#include "support/catch.hpp"
#include "unit/cache/store_site.hpp"

#include <array>
#include <chrono>
#include <future>
#include <optional>
#include <string>

using namespace extmail;
using tests::Queries;
using tests::route;
using tests::StoreSite;
using namespace std::chrono_literals;

TEST_CASE("What a query gave is asked for once, and so is that it gave nothing") {
  StoreSite site;
  site.database->answer_query(route("a"), "smtp:[a]");
  for (int i = 0; i < 3; ++i) {
    CHECK(site.ask_query(route("a").key(), 60s).get() == "smtp:[a]");
    CHECK(site.ask_query(route("b").key(), 60s).get() == "none");
  }
  CHECK(site.database->queries() == Queries{{route("a").key()}, {route("b").key()}});
}

TEST_CASE("Another statement is another question") {
  StoreSite site;
  site.database->answer_query(route("a"), "smtp:[a]");
  const Query other{"SELECT port FROM routes WHERE name = ?", {"a"}};
  site.database->answer_query(other, "25");
  CHECK(site.ask_query(route("a").key(), 60s).get() == "smtp:[a]");
  CHECK(site.ask_query(other.key(), 60s).get() == "25");
}

TEST_CASE("What a query gave is fresh for its ttl, however well the log is followed") {
  StoreSite site;
  site.database->answer_query(route("a"), "old");
  site.database->answer_query(route("b"), "old");
  CHECK(site.ask_query(route("a").key(), std::nullopt).get() == "old");  // the store's own ttl: a second
  CHECK(site.ask_query(route("b").key(), 3600s).get() == "old");
  site.database->answer_query(route("a"), "new");
  site.database->answer_query(route("b"), "new");
  StoreSite::wait_until([&] { return site.ask_query(route("a").key(), std::nullopt).get() == "new"; });
  CHECK(site.ask_query(route("b").key(), 3600s).get() == "old");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "new");
}

TEST_CASE("Those who ask for one query share it, and others do not wait for it") {
  StoreSite site(false, 3);
  site.database->answer_query(route("a"), "smtp:[a]");
  site.database->hold();
  std::array<std::future<std::string>, 5> first;
  for (auto& one : first)
    one = site.ask_query(route("a").key(), 60s);
  auto second = site.ask_query(route("b").key(), 60s);
  auto third = site.ask_query(route("c").key(), 60s);
  site.database->await_queries(3);
  site.database->release();
  for (auto& one : first)
    CHECK(one.get() == "smtp:[a]");
  CHECK(second.get() == "none");
  CHECK(third.get() == "none");
  CHECK(site.database->queries().size() == 3);
}

TEST_CASE("While the database is away what a query gave is served, and that it gave nothing is not") {
  const bool lacks_log = GENERATE(false, true);
  StoreSite site(lacks_log);
  site.database->answer_query(route("a"), "smtp:[a]");
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "none");
  site.database->fail_with(Outcome::TemporaryFailure);
  StoreSite::wait_until([&] { return site.store->statistics().is_away; });
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "the database is away");
  CHECK(site.ask_query(route("c").key(), 0s).get() == "the database is away");
  CHECK(site.log.has("serving_stale"));

  site.database->answer_query(route("b"), "smtp:[b]");
  site.database->fail_with(std::nullopt);
  StoreSite::wait_until([&] { return site.ask_query(route("b").key(), 0s).get() == "smtp:[b]"; });
}

TEST_CASE("A query that can't work says so, whatever it gave before") {
  StoreSite site;
  site.database->answer_query(route("a"), "smtp:[a]");
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  site.database->fail_with(Outcome::PermanentFailure);
  StoreSite::wait_until([&] { return site.ask_query(route("a").key(), 0s).get() == "the schema is wrong"; });
}
