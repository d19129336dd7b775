// SPDX-License-Identifier: MIT
#include "cache/store.hpp"

#include "support/catch.hpp"
#include "unit/cache/store_site.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace extmail;
using namespace extmail::cache;
using tests::mailbox;
using tests::route;
using tests::StoreSite;
using namespace std::chrono_literals;

TEST_CASE("A row is asked for once, and so is one that is not there") {
  StoreSite site;
  for (int i = 0; i < 3; ++i) {
    CHECK(site.ask("alice@test.com").get() == "1S of ours");
    CHECK(site.ask("nobody@test.com").get() == "none");
  }
  CHECK(site.database->queries().size() == 3);
  CHECK(site.store->statistics().hits >= 6);
}

TEST_CASE("A change is seen within a second") {
  StoreSite site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  const auto written = std::chrono::steady_clock::now();
  site.database->put(mailbox("alice@test.com", "2S"));
  site.database->put(mailbox("carol@test.com", "3S"));
  StoreSite::wait_until([&] { return site.ask("alice@test.com").get() == "2S of ours"; });
  StoreSite::wait_until([&] { return site.ask("carol@test.com").get() == "3S of ours"; });
  // Followed, not timed out: nothing else drops a row this early.
  CHECK(site.store->statistics().changes.changes >= 2);
  CHECK(std::chrono::steady_clock::now() - written < Freshness::kMaxAge);
}

TEST_CASE("A row that changes while it is fetched is not kept") {
  StoreSite site;
  auto early = site.ask_held("alice@test.com");
  const auto changes = site.store->statistics().changes.changes;
  site.database->put(mailbox("alice@test.com", "2S"));
  StoreSite::wait_until([&] { return site.store->statistics().changes.changes > changes; });
  auto late = site.ask("alice@test.com");
  site.database->release();
  CHECK(early.get() == "1S of ours");
  CHECK(late.get() == "2S of ours");
  CHECK(site.ask("alice@test.com").get() == "2S of ours");
}

TEST_CASE("While the database is away what is known is served, and the rest is a temporary failure") {
  const bool lacks_log = GENERATE(false, true);
  StoreSite site(lacks_log);
  CHECK(site.ask("nobody@test.com").get() == "none");
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::TemporaryFailure);
  StoreSite::wait_until([&] { return site.store->statistics().is_away; });
  StoreSite::wait_until([&] {
    REQUIRE(site.ask("alice@test.com").get() == "1S of ours");
    return site.store->statistics().stale > 0;
  });
  // Without a log it may have been made since, and would bounce its mail.
  CHECK(site.ask("nobody@test.com").get() == (lacks_log ? "the database is away" : "none"));
  CHECK(site.ask("bob@test.com").get() == "the database is away");
  CHECK(site.log.has("serving_stale"));

  site.database->fail_with(std::nullopt);
  StoreSite::wait_until([&] { return site.ask("bob@test.com").get() == "1S of ours"; });
}

TEST_CASE("After a flush each row is read anew, and what was known outlasts an outage") {
  StoreSite site;
  site.database->answer_query(route("a"), "smtp:[a]");
  const auto ask_all = [&] {
    CHECK(site.ask("alice@test.com").get() == "1S of ours");
    CHECK(site.ask("nobody@test.com").get() == "none");
    CHECK(site.ask_query(route("a").key(), 60s).get() == "smtp:[a]");
  };
  ask_all();
  const auto before = site.database->queries().size();
  ask_all();
  REQUIRE(site.database->queries().size() == before);

  site.database->flush();
  StoreSite::wait_until([&] { return site.store->statistics().changes.flushes == 1; });
  SECTION("with the database") {
    ask_all();
    CHECK(site.database->queries().size() == 2 * before);
    ask_all();
    CHECK(site.database->queries().size() == 2 * before);
  }
  SECTION("which goes away at once: nothing bounces, and nothing known is deferred") {
    site.database->fail_with(Outcome::TemporaryFailure);
    StoreSite::wait_until([&] { return site.store->statistics().is_away; });
    CHECK(site.ask("alice@test.com").get() == "1S of ours");
    CHECK(site.ask("nobody@test.com").get() == "the database is away");
  }
}

TEST_CASE("A row that is fetched during a flush is read once more") {
  StoreSite site;
  auto early = site.ask_held("alice@test.com");
  site.database->flush();
  StoreSite::wait_until([&] { return site.store->statistics().changes.flushes == 1; });
  site.database->release();
  CHECK(early.get() == "1S of ours");
  const auto queries = site.database->queries().size();
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  CHECK(site.database->queries().size() == queries + 1);
}

TEST_CASE("A hung database does not hold up what is known") {
  StoreSite site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::TemporaryFailure);
  site.database->hold();
  StoreSite::wait_until([&] { return site.store->statistics().is_away; });
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->release();
}

TEST_CASE("What is wrong with the schema is not hidden by what was known before") {
  StoreSite site(true);
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::PermanentFailure);
  StoreSite::wait_until([&] { return site.ask("alice@test.com").get() == "the schema is wrong"; });
}

TEST_CASE("Another database starts with nothing") {
  StoreSite site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  const auto other = std::make_shared<tests::FakeDatabase>();
  other->put(mailbox("alice@test.com", "9S"));
  site.store->replace({other, other});
  CHECK(site.ask("alice@test.com").get() == "9S");
}

TEST_CASE("A store that ends leaves nobody waiting") {
  StoreSite site;
  auto running = site.ask_held("alice@test.com");
  auto waiting = site.ask("bob@test.com");
  auto ended = std::async(std::launch::async, [&] { site.store.reset(); });
  site.database->release();
  ended.get();
  CHECK(running.get() == "1S of ours");
  // Answered, or its reply destroyed uncalled, which breaks the promise.
  CHECK(waiting.wait_for(0s) == std::future_status::ready);
}

TEST_CASE("A change of a mailbox is one of its account") {
  StoreSite site;
  LoginSecrets before;
  before.password = Secret("{PLAIN}old");
  site.database->put(AccountRecord{
      mailbox("alice@test.com"), std::make_shared<LoginSecrets>(std::move(before)), {}, {}, {}});
  const auto password = [&] {
    auto promise = std::make_shared<std::promise<std::string>>();
    site.store->ask(
        [](const AccountDirectory& directory) { return directory.find_account("alice@test.com", {}); },
        [promise](const Answer<AccountRecord>& account, AnsweredFrom) {
          const bool is_whole = account.is_found() && account.value().mailbox.domain;
          promise->set_value(is_whole ? std::string(account.value().secrets->password.view()) : "none");
        });
    return promise->get_future().get();
  };
  CHECK(password() == "{PLAIN}old");
  LoginSecrets after;
  after.password = Secret("{PLAIN}new");
  site.database->put(
      AccountRecord{mailbox("alice@test.com"), std::make_shared<LoginSecrets>(std::move(after)), {}, {}, {}});
  StoreSite::wait_until([&] { return password() == "{PLAIN}new"; });
}

TEST_CASE("A subject's policies are kept, also that it has none, and change within a second") {
  StoreSite site;
  const auto policy = [&](const std::string& subject) {
    auto promise = std::make_shared<std::promise<std::string>>();
    site.store->ask(
        [subject](const PolicyDirectory& directory) { return directory.find_policy(subject, {}); },
        [promise](const Answer<PolicyRecord>& found, AnsweredFrom) {
          promise->set_value(found.is_found() ? found.value().entries.front().value : "none");
        });
    return promise->get_future().get();
  };
  site.database->put("@test.com", PolicyRecord{{{"limit", "a=1"}}, ""});
  StoreSite::wait_until([&] { return policy("@test.com") == "a=1"; });
  CHECK(policy("*") == "none");
  const auto queries = site.database->queries().size();
  CHECK(policy("*") == "none");
  CHECK(policy("@test.com") == "a=1");
  CHECK(site.database->queries().size() == queries);
  site.database->put("@Test.com", PolicyRecord{{{"limit", "a=2"}}, ""});
  StoreSite::wait_until([&] { return policy("@test.com") == "a=2"; });
}
