// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/query.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/recording_log.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace extmail::tests {

using cache::AnsweredFrom;
using cache::Store;

inline MailboxRecord mailbox(const std::string& username, const std::string& quota = "1S") {
  MailboxRecord row;
  row.username = username;
  row.quota = quota;
  return row;
}

/// A store on a database of one domain with two mailboxes, seen by real time: it runs threads of its own.
struct StoreSite {
  explicit StoreSite(bool lacks_log = false, std::size_t connections = 1, Handover* handover = nullptr) {
    database->lack_log(lacks_log);
    database->put(DomainRecord{"test.com", true, "", {}, ""});
    database->put(mailbox("alice@test.com"));
    database->put(mailbox("bob@test.com"));
    Store::Settings settings;
    settings.freshness.ttl = std::chrono::seconds(1);
    settings.connections = connections;
    store.emplace(settings, Store::Database{database, database}, clock, log, handover);
    // The first round drops what changed last, so it has to be over.
    wait_until([&] { return lacks_log || store->statistics().changes.newest_id == 3; });
  }

  template <typename Condition>
  static void wait_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
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

  /// The same, while the database keeps the query until it is released. The domain is known already, so it is the only one.
  std::future<std::string> ask_held(const std::string& username) {
    CHECK(ask("warm-up@test.com").get() == "none");
    database->hold();
    const auto before = database->queries().size();
    auto answer = ask(username);
    database->await_queries(before + 1);
    return answer;
  }

  std::shared_ptr<FakeDatabase> database = std::make_shared<FakeDatabase>();
  SystemClock clock;
  RecordingLog log;
  std::optional<Store> store;
};

using Queries = std::vector<std::vector<std::string>>;

inline constexpr std::string_view kSql = "SELECT goal FROM routes WHERE name = ?";

/// An administrator's query.
inline Query route(std::string_view name) {
  return {kSql, {name}};
}

}  // namespace extmail::tests
