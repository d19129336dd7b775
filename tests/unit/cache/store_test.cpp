// SPDX-License-Identifier: MIT
#include "cache/store.hpp"

#include "core/query.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <array>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

MailboxRecord mailbox(const std::string& username, const std::string& quota = "1S") {
  MailboxRecord row;
  row.username = username;
  row.quota = quota;
  return row;
}

/// Hands over when it is told to, as far as it agrees to.
struct FakeHandover final : Handover {
  bool after_handover(std::function<void()> what) override {
    if (!agrees) return false;
    work = std::move(what);
    return true;
  }
  bool agrees = true;
  std::function<void()> work;
};

/// A store on a database of one domain with two mailboxes, seen by real time: it runs threads of its own.
struct Site {
  explicit Site(bool lacks_log = false, std::size_t connections = 1, Handover* handover = nullptr) {
    database->lack_log(lacks_log);
    database->put(DomainRecord{"test.com", true, "", {}, ""});
    database->put(mailbox("alice@test.com"));
    database->put(mailbox("bob@test.com"));
    Store::Settings settings;
    settings.freshness.ttl = 1s;
    settings.connections = connections;
    store.emplace(settings, Store::Database{database, database}, clock, log, handover);
    // The first round drops what changed last, so it has to be over.
    wait_until([&] { return lacks_log || store->statistics().changes.newest_id == 3; });
  }

  template <typename Condition>
  static void wait_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::yield();
    }
  }

  /// What a query of the administrator's gives; "none" or why there is no answer.
  std::future<std::string> ask_query(const std::string& key, std::optional<std::chrono::seconds> ttl) {
    auto promise = std::make_shared<std::promise<std::string>>();
    store->ask(
        [key, ttl](const QueryDirectory& directory) {
          const auto found = directory.find_query(key, ttl, {});
          if (!found.is_found()) return Answer<std::string>::same_failure(found);
          return Answer<std::string>::found(found.value().value);
        },
        [promise](const Answer<std::string>& answer, AnsweredFrom) { promise->set_value(text(answer)); });
    return promise->get_future();
  }

  static std::string text(const Answer<std::string>& answer) {
    if (answer.is_found()) return answer.value();
    return answer.is_not_found() ? "none" : answer.reason();
  }

  /// The mailbox's quota; "none" or why there is no answer.
  std::future<std::string> ask(const std::string& username) {
    auto promise = std::make_shared<std::promise<std::string>>();
    store->ask(
        [username](const Directory& directory) {
          const auto found = directory.find_mailbox(username, {});
          if (!found.is_found()) return Answer<std::string>::same_failure(found);
          return Answer<std::string>::found(found.value().quota + (found.value().domain ? " of ours" : ""));
        },
        [promise](const Answer<std::string>& answer, AnsweredFrom) { promise->set_value(text(answer)); });
    return promise->get_future();
  }

  std::shared_ptr<tests::FakeDatabase> database = std::make_shared<tests::FakeDatabase>();
  SystemClock clock;
  tests::RecordingLog log;
  std::optional<Store> store;
};

using Queries = std::vector<std::vector<std::string>>;

constexpr std::string_view kSql = "SELECT goal FROM routes WHERE name = ?";

Query route(std::string_view name) {
  return {kSql, {name}};
}

}  // namespace

TEST_CASE("A row is asked for once, and so is one that is not there") {
  Site site;
  for (int i = 0; i < 3; ++i) {
    CHECK(site.ask("alice@test.com").get() == "1S of ours");
    CHECK(site.ask("nobody@test.com").get() == "none");
  }
  CHECK(site.database->queries().size() == 3);
  CHECK(site.store->statistics().hits >= 6);
}

TEST_CASE("Those who ask for one key while it is fetched share its query, other keys share the next") {
  Site site;
  CHECK(site.ask("warm-up@test.com").get() == "none");
  site.database->hold();
  const auto before = site.database->queries().size();
  std::array<std::future<std::string>, 5> first;
  for (auto& one : first)
    one = site.ask("alice@test.com");
  site.database->await_queries(before + 1);
  auto bob = site.ask("bob@test.com");
  auto carol = site.ask("carol@test.com");
  site.database->release();
  for (auto& one : first)
    CHECK(one.get() == "1S of ours");
  CHECK(bob.get() == "1S of ours");
  CHECK(carol.get() == "none");
  auto queries = site.database->queries();
  queries.erase(queries.begin(), queries.begin() + static_cast<std::ptrdiff_t>(before));
  std::erase(queries, std::vector<std::string>{"test.com"});
  CHECK(queries == Queries{{"alice@test.com"}, {"bob@test.com", "carol@test.com"}});
}

TEST_CASE("A key does not wait for a slow query of others") {
  Site site(false, 2);
  CHECK(site.ask("warm-up@test.com").get() == "none");
  site.database->hold();
  const auto before = site.database->queries().size();
  auto slow = site.ask("alice@test.com");
  site.database->await_queries(before + 1);
  auto other = site.ask("bob@test.com");
  site.database->await_queries(before + 2);
  CHECK(slow.wait_for(0s) == std::future_status::timeout);
  site.database->release();
  CHECK(other.get() == "1S of ours");
}

TEST_CASE("The thread that lacks a row asks for it itself, with all that came after") {
  FakeHandover handover;
  Site site(false, 1, &handover);
  auto alice = site.ask("alice@test.com");
  auto work = std::exchange(handover.work, nullptr);
  REQUIRE(work);
  auto bob = site.ask("bob@test.com");
  CHECK_FALSE(handover.work);
  CHECK(site.database->queries().empty());
  work();
  REQUIRE(alice.wait_for(0s) == std::future_status::ready);
  REQUIRE(bob.wait_for(0s) == std::future_status::ready);
  CHECK(alice.get() + ", " + bob.get() == "1S of ours, 1S of ours");
  CHECK(site.database->queries() == Queries{{"alice@test.com", "bob@test.com"}, {"test.com"}});
  CHECK(site.store->statistics().fetches.waiting == 0);
}

TEST_CASE("Where the thread can't be spared, or is away for long, another one asks") {
  FakeHandover handover;
  Site site(false, 2, &handover);
  SECTION("it can't be spared") {
    handover.agrees = false;
    CHECK(site.ask("alice@test.com").get() == "1S of ours");
  }
  SECTION("its query takes long") {
    auto slow = site.ask("alice@test.com");
    auto work = std::exchange(handover.work, nullptr);
    site.database->hold();
    std::thread away(work);
    site.database->await_queries(1);
    auto other = site.ask("bob@test.com");
    site.database->await_queries(2);
    site.database->release();
    CHECK(other.get() == "1S of ours");
    CHECK(slow.get() == "1S of ours");
    away.join();
  }
}

TEST_CASE("A call for a thread while all are busy does not keep the next one from being heard") {
  FakeHandover handover;
  Site site(false, 1, &handover);
  handover.agrees = false;
  site.database->hold();
  auto alice = site.ask("alice@test.com");
  site.database->await_queries(1);
  auto bob = site.ask("bob@test.com");
  site.database->release();
  CHECK(alice.get() == "1S of ours");
  CHECK(bob.get() == "1S of ours");

  // Until the thread has nothing to do.
  handover.agrees = true;
  std::future<std::string> slow;
  for (int i = 0; !handover.work; ++i) {
    if (i > 0) CHECK(slow.get() == "none");
    slow = site.ask("nobody" + std::to_string(i) + "@test.com");
  }
  site.database->hold();
  const auto before = site.database->queries().size();
  std::thread away(std::exchange(handover.work, nullptr));
  site.database->await_queries(before + 1);
  auto other = site.ask("carol@test.com");
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (site.database->queries().size() < before + 2 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  CHECK(site.database->queries().size() == before + 2);
  site.database->release();
  CHECK(other.get() == "none");
  CHECK(slow.get() == "none");
  away.join();
}

TEST_CASE("A change is seen within a second") {
  Site site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  const auto written = std::chrono::steady_clock::now();
  site.database->put(mailbox("alice@test.com", "2S"));
  site.database->put(mailbox("carol@test.com", "3S"));
  Site::wait_until([&] { return site.ask("alice@test.com").get() == "2S of ours"; });
  Site::wait_until([&] { return site.ask("carol@test.com").get() == "3S of ours"; });
  // Followed, not timed out: nothing else drops a row this early.
  CHECK(site.store->statistics().changes.changes >= 2);
  CHECK(std::chrono::steady_clock::now() - written < Freshness::kMaxAge);
}

TEST_CASE("A row that changes while it is fetched is not kept") {
  Site site;
  CHECK(site.ask("warm-up@test.com").get() == "none");
  site.database->hold();
  const auto before = site.database->queries().size();
  auto early = site.ask("alice@test.com");
  site.database->await_queries(before + 1);
  const auto changes = site.store->statistics().changes.changes;
  site.database->put(mailbox("alice@test.com", "2S"));
  Site::wait_until([&] { return site.store->statistics().changes.changes > changes; });
  auto late = site.ask("alice@test.com");
  site.database->release();
  CHECK(early.get() == "1S of ours");
  CHECK(late.get() == "2S of ours");
  CHECK(site.ask("alice@test.com").get() == "2S of ours");
}

TEST_CASE("While the database is away what is known is served, and the rest is a temporary failure") {
  const bool lacks_log = GENERATE(false, true);
  Site site(lacks_log);
  CHECK(site.ask("nobody@test.com").get() == "none");
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::TemporaryFailure);
  Site::wait_until([&] { return site.store->statistics().is_away; });
  Site::wait_until([&] {
    REQUIRE(site.ask("alice@test.com").get() == "1S of ours");
    return site.store->statistics().stale > 0;
  });
  // Without a log it may have been made since, and would bounce its mail.
  CHECK(site.ask("nobody@test.com").get() == (lacks_log ? "the database is away" : "none"));
  CHECK(site.ask("bob@test.com").get() == "the database is away");
  CHECK(site.log.has("serving_stale"));

  site.database->fail_with(std::nullopt);
  Site::wait_until([&] { return site.ask("bob@test.com").get() == "1S of ours"; });
}

TEST_CASE("A hung database does not hold up what is known") {
  Site site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::TemporaryFailure);
  site.database->hold();
  Site::wait_until([&] { return site.store->statistics().is_away; });
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->release();
}

TEST_CASE("What is wrong with the schema is not hidden by what was known before") {
  Site site(true);
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  site.database->fail_with(Outcome::PermanentFailure);
  Site::wait_until([&] { return site.ask("alice@test.com").get() == "the schema is wrong"; });
}

TEST_CASE("Another database starts with nothing") {
  Site site;
  CHECK(site.ask("alice@test.com").get() == "1S of ours");
  const auto other = std::make_shared<tests::FakeDatabase>();
  other->put(mailbox("alice@test.com", "9S"));
  site.store->replace({other, other});
  CHECK(site.ask("alice@test.com").get() == "9S");
}

TEST_CASE("A store that ends leaves nobody waiting") {
  Site site;
  CHECK(site.ask("warm-up@test.com").get() == "none");
  site.database->hold();
  const auto before = site.database->queries().size();
  auto running = site.ask("alice@test.com");
  site.database->await_queries(before + 1);
  auto waiting = site.ask("bob@test.com");
  auto ended = std::async(std::launch::async, [&] { site.store.reset(); });
  site.database->release();
  ended.get();
  CHECK(running.get() == "1S of ours");
  // Answered, or its reply destroyed uncalled, which breaks the promise.
  CHECK(waiting.wait_for(0s) == std::future_status::ready);
}

TEST_CASE("What a query gave is asked for once, and so is that it gave nothing") {
  Site site;
  site.database->answer_query(route("a"), "smtp:[a]");
  for (int i = 0; i < 3; ++i) {
    CHECK(site.ask_query(route("a").key(), 60s).get() == "smtp:[a]");
    CHECK(site.ask_query(route("b").key(), 60s).get() == "none");
  }
  CHECK(site.database->queries() == Queries{{route("a").key()}, {route("b").key()}});
}

TEST_CASE("Another statement is another question") {
  Site site;
  site.database->answer_query(route("a"), "smtp:[a]");
  const Query other{"SELECT port FROM routes WHERE name = ?", {"a"}};
  site.database->answer_query(other, "25");
  CHECK(site.ask_query(route("a").key(), 60s).get() == "smtp:[a]");
  CHECK(site.ask_query(other.key(), 60s).get() == "25");
}

TEST_CASE("What a query gave is fresh for its ttl, however well the log is followed") {
  Site site;
  site.database->answer_query(route("a"), "old");
  site.database->answer_query(route("b"), "old");
  CHECK(site.ask_query(route("a").key(), std::nullopt).get() == "old");  // the store's own ttl: a second
  CHECK(site.ask_query(route("b").key(), 3600s).get() == "old");
  site.database->answer_query(route("a"), "new");
  site.database->answer_query(route("b"), "new");
  Site::wait_until([&] { return site.ask_query(route("a").key(), std::nullopt).get() == "new"; });
  CHECK(site.ask_query(route("b").key(), 3600s).get() == "old");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "new");
}

TEST_CASE("Those who ask for one query share it, and others do not wait for it") {
  Site site(false, 3);
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
  Site site(lacks_log);
  site.database->answer_query(route("a"), "smtp:[a]");
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "none");
  site.database->fail_with(Outcome::TemporaryFailure);
  Site::wait_until([&] { return site.store->statistics().is_away; });
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  CHECK(site.ask_query(route("b").key(), 0s).get() == "the database is away");
  CHECK(site.ask_query(route("c").key(), 0s).get() == "the database is away");
  CHECK(site.log.has("serving_stale"));

  site.database->answer_query(route("b"), "smtp:[b]");
  site.database->fail_with(std::nullopt);
  Site::wait_until([&] { return site.ask_query(route("b").key(), 0s).get() == "smtp:[b]"; });
}

TEST_CASE("A query that can't work says so, whatever it gave before") {
  Site site;
  site.database->answer_query(route("a"), "smtp:[a]");
  CHECK(site.ask_query(route("a").key(), 0s).get() == "smtp:[a]");
  site.database->fail_with(Outcome::PermanentFailure);
  Site::wait_until([&] { return site.ask_query(route("a").key(), 0s).get() == "the schema is wrong"; });
}

TEST_CASE("A change of a mailbox is one of its account") {
  Site site;
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
  Site::wait_until([&] { return password() == "{PLAIN}new"; });
}

TEST_CASE("A subject's policies are kept, also that it has none, and change within a second") {
  Site site;
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
  Site::wait_until([&] { return policy("@test.com") == "a=1"; });
  CHECK(policy("*") == "none");
  const auto queries = site.database->queries().size();
  CHECK(policy("*") == "none");
  CHECK(policy("@test.com") == "a=1");
  CHECK(site.database->queries().size() == queries);
  site.database->put("@Test.com", PolicyRecord{{{"limit", "a=2"}}, ""});
  Site::wait_until([&] { return policy("@test.com") == "a=2"; });
}
