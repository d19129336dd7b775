// SPDX-License-Identifier: MIT
#include "authd/warm_up.hpp"

#include "core/idn.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/recording_log.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace extmail;
using namespace extmail::authd;
using namespace extmail::tests;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 20s;

/// Mailboxes in order, whose pages may fail.
class FakePages final : public MailboxPages {
 public:
  explicit FakePages(std::vector<MailboxRecord> mailboxes) : mailboxes_(std::move(mailboxes)) {}

  [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                              Deadline) const override {
    using Page = std::vector<MailboxRecord>;
    const std::lock_guard lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      return Answer<Page>::temporary_failure("away");
    }
    Page page;
    for (const auto& mailbox : mailboxes_) {
      if (mailbox.username > username && page.size() < kPageRows) page.push_back(mailbox);
    }
    return Answer<Page>::found(std::move(page));
  }

  void fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }

 private:
  const std::vector<MailboxRecord> mailboxes_;
  mutable std::mutex mutex_;
  mutable int failures_ = 0;
};

std::string name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "user" + std::string(5 - digits.size(), '0') + digits + "@test.com";
}

AccountRecord account(const std::string& username, bool is_active = true) {
  LoginSecrets secrets;
  secrets.password = Secret("{PLAIN}secret");
  AccountRecord account;
  account.mailbox.username = username;
  account.mailbox.active = is_active;
  account.secrets = std::make_shared<const LoginSecrets>(std::move(secrets));
  return account;
}

struct World {
  std::shared_ptr<FakePages> put(std::size_t first, std::size_t count) {
    std::vector<MailboxRecord> mailboxes;
    for (std::size_t i = first; i < first + count; ++i) {
      const bool is_active = i % 10 != 9;
      database->put(account(name(i), is_active));
      mailboxes.push_back(account(name(i), is_active).mailbox);
    }
    return std::make_shared<FakePages>(std::move(mailboxes));
  }

  void start(std::shared_ptr<const MailboxPages> pages, std::size_t cache_bytes = std::size_t{8} << 20U) {
    settings.max_bytes = cache_bytes;
    store.emplace(settings, cache::Store::Database{database, database}, clock, log);
    warm_up.emplace(WarmUp::Settings{cache_bytes, 5ms}, *store, std::move(pages), clock, log);
  }

  [[nodiscard]] bool logs(const std::string& line) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!log.has(line) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
    return log.has(line);
  }

  [[nodiscard]] cache::AnsweredFrom source_of(const std::string& username) {
    std::promise<cache::AnsweredFrom> promise;
    store->ask(
        [&](const AccountDirectory& directory) {
          return IdnAccountDirectory(directory).find_account(username, {});
        },
        [&](const Answer<AccountRecord>&, cache::AnsweredFrom from) { promise.set_value(from); });
    return promise.get_future().get();
  }

  std::shared_ptr<FakeDatabase> database = std::make_shared<FakeDatabase>();
  SystemClock clock;
  RecordingLog log;
  cache::Store::Settings settings;
  std::optional<cache::Store> store;
  std::optional<WarmUp> warm_up;
};

}  // namespace

TEST_CASE("Accounts of active mailboxes are in memory before anybody asks") {
  World world;
  world.database->put(DomainRecord{"test.com", true, "", {}, ""});
  world.start(world.put(0, 1200));  // three pages
  REQUIRE(world.logs("warmed_up: 1080 accounts are in memory"));
  CHECK(world.source_of(name(0)) == cache::AnsweredFrom::Memory);
  CHECK(world.source_of(name(1198)) == cache::AnsweredFrom::Memory);
  CHECK(world.source_of(name(9)) == cache::AnsweredFrom::Database);
}

TEST_CASE("Nothing is read ahead until a change log is followed") {
  World world;
  world.database->lack_log(true);
  world.start(world.put(0, 3));
  REQUIRE(world.logs("change_log_missing"));
  CHECK_FALSE(world.log.has("warmed_up"));
  world.database->lack_log(false);
  CHECK(world.logs("warmed_up: 3 accounts"));
}

TEST_CASE("What fails is read later") {
  World world;
  const auto pages = world.put(0, 600);
  pages->fail(3);
  world.start(pages);
  REQUIRE(world.logs("warmed_up: 540 accounts are in memory"));
  CHECK(world.source_of(name(598)) == cache::AnsweredFrom::Memory);
}

TEST_CASE("A page whose accounts can't be read is read again") {
  World world;
  world.start(std::make_shared<FakePages>(std::vector<MailboxRecord>{}));
  REQUIRE(world.logs("warmed_up: 0 accounts"));
  world.database->fail_with(Outcome::TemporaryFailure);
  const auto pages = world.put(0, 3);
  world.warm_up->restart(pages);
  world.database->await_queries(1);
  world.database->fail_with(std::nullopt);
  CHECK(world.logs("warmed_up: 3 accounts"));
}

TEST_CASE("A full cache is left to those who ask") {
  World world;
  world.start(world.put(0, 20000), std::size_t{1} << 20U);
  CHECK(world.logs("accounts are in memory; cache_size has no room for the others"));
}

TEST_CASE("It ends while the database hangs") {
  World world;
  world.database->hold();
  world.start(world.put(0, 3));
  world.database->await_queries(1);
  world.warm_up.reset();
  world.database->release();
}
