// SPDX-License-Identifier: MIT
#include "cache/freshness.hpp"

#include "support/catch.hpp"

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

const Time kStart{1000s};

}  // namespace

TEST_CASE("Without a log a row is fresh for the ttl") {
  Freshness freshness({5s, 3600s}, kStart);
  freshness.answered_without_log(kStart);
  CHECK(freshness.is_fresh(kStart, kStart + 5s));
  CHECK_FALSE(freshness.is_fresh(kStart, kStart + 5001ms));
}

TEST_CASE("While the log is read a row stays fresh, an hour at most") {
  Freshness freshness({5s, 3600s}, kStart);
  freshness.log_opened(kStart);
  freshness.log_read(kStart + 600s);
  CHECK(freshness.is_fresh(kStart, kStart + 600s));
  CHECK(freshness.is_fresh(kStart, kStart + 600s + Freshness::kLogGrace));
  CHECK_FALSE(freshness.is_fresh(kStart, kStart + 601s));

  freshness.log_read(kStart + 3601s);
  CHECK_FALSE(freshness.is_fresh(kStart, kStart + 3601s));
}

TEST_CASE("A log that was opened again vouches for nothing from before") {
  Freshness freshness({5s, 3600s}, kStart);
  freshness.log_opened(kStart);
  freshness.database_failed();
  freshness.log_opened(kStart + 1s);
  CHECK_FALSE(freshness.is_fresh(kStart, kStart + 1s));
  CHECK(freshness.is_fresh(kStart + 1s, kStart + 1s));
}

TEST_CASE("A log in doubt counts as none") {
  Freshness freshness({5s, 3600s}, kStart);
  freshness.log_opened(kStart);
  freshness.doubt_log_until(kStart + 600s);
  freshness.log_read(kStart + 599s);
  CHECK_FALSE(freshness.is_fresh(kStart, kStart + 599s));
  CHECK(freshness.is_fresh(kStart + 596s, kStart + 599s));
  CHECK_FALSE(freshness.is_vouched_for(Table::Mailbox, kStart + 599s));
  // Nor does it say anything later of what was read meanwhile: its change may be the one that was missed.
  freshness.log_read(kStart + 610s);
  CHECK_FALSE(freshness.is_fresh(kStart + 599s, kStart + 610s));
  CHECK(freshness.is_fresh(kStart + 600s, kStart + 610s));
  CHECK(freshness.is_vouched_for(Table::Mailbox, kStart + 600s));
}

TEST_CASE("The database is away when it failed, and when it does not answer") {
  Freshness freshness({5s, 3600s}, kStart);
  freshness.answered_without_log(kStart);
  CHECK_FALSE(freshness.is_away(kStart + 3s));
  CHECK(freshness.is_away(kStart + 3001ms));

  freshness.log_opened(kStart);
  CHECK_FALSE(freshness.is_away(kStart + Freshness::kLogGrace));
  CHECK(freshness.is_away(kStart + 1s));

  freshness.log_read(kStart + 10s);
  CHECK_FALSE(freshness.is_away(kStart + 10s));
  freshness.database_failed();
  CHECK(freshness.is_away(kStart + 10s));
}

TEST_CASE("A row may be served for max_stale after it was last known to be right") {
  Freshness freshness({5s, 100s}, kStart);
  CHECK(freshness.is_servable(Table::Alias, kStart, kStart + 100s));
  CHECK_FALSE(freshness.is_servable(Table::Alias, kStart, kStart + 101s));

  freshness.log_opened(kStart);
  freshness.log_read(kStart + 500s);
  freshness.database_failed();
  CHECK(freshness.is_servable(Table::Alias, kStart, kStart + 600s));
  CHECK_FALSE(freshness.is_servable(Table::Alias, kStart, kStart + 601s));
  CHECK_FALSE(freshness.is_servable(Table::Alias, kStart - 1s, kStart + 600s));
}

TEST_CASE("What the log said before it could not be read any more still holds of that time") {
  Freshness freshness({5s, 100s}, kStart);
  freshness.log_opened(kStart);
  freshness.log_read(kStart + 60s);
  freshness.answered_without_log(kStart + 70s);
  CHECK(freshness.is_vouched_for(Table::Mailbox, kStart));
  CHECK(freshness.is_servable(Table::Mailbox, kStart, kStart + 160s));
  CHECK_FALSE(freshness.is_servable(Table::Mailbox, kStart, kStart + 161s));
  // Of what was read later it said nothing.
  CHECK_FALSE(freshness.is_vouched_for(Table::Mailbox, kStart + 65s));
  CHECK(freshness.verified_at(Table::Mailbox, kStart + 65s) == kStart + 65s);
}

TEST_CASE("What no log tells of is fresh for its ttl, followed log or not") {
  const bool has_log = GENERATE(false, true);
  Freshness freshness({5s, 100s}, kStart);
  if (has_log) {
    freshness.log_opened(kStart);
    freshness.log_read(kStart + 60s);
  } else {
    freshness.answered_without_log(kStart);
  }
  CHECK(freshness.is_fresh_unlogged(kStart, std::nullopt, kStart + 5s));
  CHECK_FALSE(freshness.is_fresh_unlogged(kStart, std::nullopt, kStart + 6s));
  CHECK(freshness.is_fresh_unlogged(kStart, 60s, kStart + 60s));
  CHECK_FALSE(freshness.is_fresh_unlogged(kStart, 60s, kStart + 61s));
  CHECK_FALSE(freshness.is_fresh_unlogged(kStart, 0s, kStart + 1ms));
  // As rows of a snapshot: what was read before this process began is not fresh.
  CHECK_FALSE(freshness.is_fresh_unlogged(kStart - 1s, 60s, kStart));

  CHECK_FALSE(freshness.is_vouched_for(Table::Query, kStart));
  CHECK(freshness.verified_at(Table::Query, kStart) == kStart);
  CHECK(freshness.is_servable(Table::Query, kStart, kStart + 100s));
  CHECK_FALSE(freshness.is_servable(Table::Query, kStart, kStart + 101s));
}
