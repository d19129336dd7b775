// SPDX-License-Identifier: MIT
#include "cache/change_follower.hpp"

#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

struct Site {
  Site() { database->put(DomainRecord{"test.com", true, "", {}, ""}); }

  std::vector<std::string> round() {
    dropped.clear();
    follower.round();
    return dropped;
  }

  std::shared_ptr<tests::FakeDatabase> database = std::make_shared<tests::FakeDatabase>();
  tests::FakeClock clock;
  tests::RecordingLog log;
  Freshness freshness{{}, clock.now()};
  std::vector<std::string> dropped;
  int flushes = 0;
  ChangeFollower follower{
      database, freshness, [this](Table, std::string_view key) { dropped.emplace_back(key); },
      clock,    log,       [this] { ++flushes; }};
};

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("Each change is dropped once, by its folded key") {
  Site site;
  CHECK(site.round() == Keys{"test.com"});
  CHECK(site.log.has("change_log_followed"));
  CHECK(site.round().empty());

  site.database->put(AliasRecord{"Info@Test.com", {"a@test.com"}, true});
  CHECK(site.round() == Keys{"info@test.com"});
  CHECK(site.round().empty());
  CHECK(site.freshness.follows_log());
}

TEST_CASE("Thousands of changes are read in one round") {
  Site site;
  site.round();
  for (int i = 0; i < 2500; ++i)
    site.database->put(AliasRecord{std::to_string(i) + "@test.com", {}, true});
  CHECK(site.round().size() == 2500);
  CHECK(site.freshness.is_fresh(site.clock.now(), site.clock.now()));
}

TEST_CASE("Without a log the database is probed until there is one") {
  Site site;
  site.database->lack_log(true);
  site.round();
  CHECK(
      site.log.has("change_log_missing: changes in the database show after cache_ttl only: a trigger of its "
                   "change log is missing"));
  CHECK_FALSE(site.freshness.follows_log());
  site.database->lack_log(false);
  site.round();
  CHECK(site.freshness.follows_log());
}

TEST_CASE("A lost log is opened again, and vouches for nothing from before") {
  Site site;
  site.round();
  const Time before = site.clock.now();
  site.clock.advance(1s);
  site.database->fail_with(Outcome::TemporaryFailure);
  site.round();
  site.round();
  CHECK(site.freshness.is_away(site.clock.now()));

  site.database->fail_with(std::nullopt);
  site.clock.advance(1s);
  site.round();
  CHECK_FALSE(site.freshness.is_away(site.clock.now()));
  CHECK_FALSE(site.freshness.is_fresh(before, site.clock.now()));
  CHECK(site.freshness.is_fresh(site.clock.now(), site.clock.now()));
}

TEST_CASE("A log that was emptied is followed anew, and vouches for nothing from before") {
  Site site;
  site.database->put(AliasRecord{"info@test.com", {"a@test.com"}, true});
  CHECK(site.round().size() == 2);
  const Time before = site.clock.now();
  site.clock.advance(1s);
  site.database->empty_log();
  site.database->put(AliasRecord{"late@test.com", {"a@test.com"}, true});
  CHECK(site.round().empty());
  CHECK(site.log.has("change_log_emptied"));
  CHECK(site.round() == Keys{"late@test.com"});
  CHECK_FALSE(site.freshness.is_fresh(before, site.clock.now()));
  CHECK(site.round().empty());
}

TEST_CASE("Another database is followed from the next round on") {
  Site site;
  site.round();
  const auto other = std::make_shared<tests::FakeDatabase>();
  other->put(DomainRecord{"other.com", true, "", {}, ""});
  site.follower.replace(other);
  CHECK(site.round() == Keys{"other.com"});
}

TEST_CASE("What another database gave is fresh by nothing that the old one's log said") {
  Site site;
  site.round();
  const auto other = std::make_shared<tests::FakeDatabase>();
  other->fail_with(Outcome::TemporaryFailure);
  site.follower.replace(other);
  const Time before = site.clock.now();
  site.clock.advance(1ms);
  site.round();
  CHECK_FALSE(site.freshness.is_fresh(before, site.clock.now()));
  CHECK_FALSE(site.freshness.is_vouched_for(Table::Mailbox, before));
}

TEST_CASE("A log of too much to be read at the start is in doubt for ten minutes") {
  Site site;
  for (std::uint64_t i = 0; i < ChangeWindow::kMaxLookBack; ++i)
    site.database->put(AliasRecord{"info@test.com", {}, true});
  site.round();
  CHECK(site.log.has("change_log_behind"));
  const Time read_at = site.clock.now();
  site.clock.advance(10s);
  site.round();
  CHECK_FALSE(site.freshness.is_fresh(read_at, site.clock.now()));
}

TEST_CASE("After a flush no row from before is fresh, and nothing is dropped") {
  Site site;
  site.round();
  const Time before = site.clock.now();
  site.clock.advance(100ms);
  site.database->flush();
  CHECK(site.round().empty());
  CHECK(site.flushes == 1);
  CHECK(site.log.has("cache_flushed"));
  CHECK(site.follower.position().flushes == 1);
  CHECK_FALSE(site.freshness.is_fresh(before, site.clock.now()));
  CHECK(site.freshness.is_fresh(site.clock.now(), site.clock.now()));
  CHECK(site.freshness.is_servable(Table::Mailbox, before, site.clock.now()));
  // It says nothing of a row whether it is there or not: who was unknown may be known by now.
  CHECK_FALSE(site.freshness.is_vouched_for(Table::Mailbox, before));
  site.round();
  CHECK(site.flushes == 1);
  site.database->flush();
  site.round();
  CHECK(site.flushes == 2);
}

TEST_CASE("A flush is carried out once, even where the log is read again from before it") {
  Site site;
  site.database->flush();
  site.round();
  CHECK(site.flushes == 1);
  // From before the start: carried out in any case, but no news.
  CHECK(site.follower.position().flushes == 0);
  CHECK_FALSE(site.log.has("cache_flushed"));
  SECTION("after an outage, in which there was another") {
    site.database->fail_with(Outcome::TemporaryFailure);
    site.round();
    site.database->flush();
    site.database->fail_with(std::nullopt);
    CHECK(site.round() == Keys{"test.com"});
    CHECK(site.flushes == 2);
  }
  SECTION("unless it is another log: one that was emptied") {
    site.database->empty_log();
    site.round();
    site.database->put(DomainRecord{"test.com", true, "", {}, ""});
    site.database->flush();
    site.round();
    CHECK(site.flushes == 2);
  }
  SECTION("unless it is another log: one of another database") {
    const auto other = std::make_shared<tests::FakeDatabase>();
    other->put(DomainRecord{"other.com", true, "", {}, ""});
    other->flush();
    site.follower.replace(other);
    site.round();
    CHECK(site.flushes == 2);
    CHECK(site.follower.position().flushes == 0);
  }
}
