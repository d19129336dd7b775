// SPDX-License-Identifier: MIT
#include "cache/store.hpp"
#include "support/catch.hpp"
#include "unit/cache/store_site.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace extmail;
using tests::Queries;
using tests::StoreSite;
using namespace std::chrono_literals;

namespace {

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

}  // namespace

TEST_CASE("Those who ask for one key while it is fetched share its query, other keys share the next") {
  StoreSite site;
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

TEST_CASE("A row that changes before its query was asked is asked for once, and is the new one for all") {
  StoreSite site;
  auto slow = site.ask_held("alice@test.com");
  auto first = site.ask("bob@test.com");
  SECTION("it changes in the database") {
    const auto before = site.database->queries().size();
    site.database->put(tests::mailbox("bob@test.com", "2S"));
    StoreSite::wait_until([&] { return site.store->statistics().changes.newest_id == 4; });
    auto second = site.ask("bob@test.com");
    site.database->release();
    CHECK(first.get() == "2S of ours");
    CHECK(second.get() == "2S of ours");
    CHECK(site.database->queries().at(before) == std::vector<std::string>{"bob@test.com"});
  }
  SECTION("it is another database's") {
    const auto other = std::make_shared<tests::FakeDatabase>();
    other->put(DomainRecord{"test.com", true, "", {}, ""});
    other->put(tests::mailbox("bob@test.com", "2S"));
    site.store->replace({other, other});
    auto second = site.ask("bob@test.com");
    site.database->release();
    CHECK(first.get() == "2S of ours");
    CHECK(second.get() == "2S of ours");
    CHECK(other->queries().at(0) == std::vector<std::string>{"bob@test.com"});
  }
  CHECK(slow.get() == "1S of ours");
}

TEST_CASE("A key does not wait for a slow query of others") {
  StoreSite site(false, 2);
  auto slow = site.ask_held("alice@test.com");
  const auto held = site.database->queries().size();
  auto other = site.ask("bob@test.com");
  site.database->await_queries(held + 1);
  CHECK(slow.wait_for(0s) == std::future_status::timeout);
  site.database->release();
  CHECK(other.get() == "1S of ours");
}

TEST_CASE("The thread that lacks a row asks for it itself, with all that came after") {
  FakeHandover handover;
  StoreSite site(false, 1, &handover);
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
  StoreSite site(false, 2, &handover);
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

TEST_CASE("What the thread leaves to a query that another one began does not wait for that one's end") {
  FakeHandover handover;
  StoreSite site(false, 2, &handover);
  auto first = site.ask("alice@test.com");
  auto work = std::exchange(handover.work, nullptr);
  REQUIRE(work);
  site.database->hold();
  std::vector<std::future<std::string>> batch;
  for (std::size_t i = 1; i < RecordSource::kMaxBatch; ++i)
    batch.push_back(site.ask("nobody" + std::to_string(i) + "@test.com"));
  site.database->await_queries(1);
  auto other = site.ask("bob@test.com");
  work();
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (site.database->queries().size() < 2 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  CHECK(site.database->queries().size() == 2);
  site.database->release();
  CHECK(other.get() == "1S of ours");
}

TEST_CASE("A call for a thread while all are busy does not keep the next one from being heard") {
  FakeHandover handover;
  StoreSite site(false, 1, &handover);
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
