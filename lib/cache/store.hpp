// SPDX-License-Identifier: MIT
#pragma once

#include "cache/change_follower.hpp"
#include "cache/fetcher.hpp"
#include "cache/freshness.hpp"
#include "cache/row_cache.hpp"
#include "core/directory.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace extmail::cache {

class View;

/// Whether an answer was there at once, or had to wait for rows that were not in memory.
enum class AnsweredFrom : std::uint8_t { Memory, Database };

/// The directory in memory: answers at once from rows that are known to be right, asks the database for the others, and
/// goes on with what it knows while the database is away.
///
/// A question is a function of a View, which is a Directory that never blocks. It is called with what is known; where rows
/// were missing they are fetched, and it is called again, until none is. What it gives then is the answer.
/// Threads: all members may be called concurrently.
class Store {
 public:
  struct Settings {
    std::size_t max_bytes = std::size_t{128} << 20U;
    Freshness::Settings freshness;
    std::size_t connections = 4;  ///< queries that run at once
  };

  /// Where rows come from. Both ask the same host.
  struct Database {
    std::shared_ptr<const RecordSource> records;
    std::shared_ptr<ChangeLog> changes;
  };

  /// How long a question may take, its queries and its waiting for a connection included.
  static constexpr std::chrono::seconds kPatience{20};

  /// clock, log and handover must outlive the store. With a handover (that of the thread which calls ask()) a row that
  /// is missing comes without a change of thread. on_flush is called, on a thread of the store, when an administrator wants
  /// all that is remembered to be found out anew (extmailctl flush): for what was made of rows.
  Store(const Settings& settings, Database database, const Clock& clock, Log& log,
        Handover* handover = nullptr, std::function<void()> on_flush = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Calls reply(answer, from) once, with what question(view) gave: at once, on this thread, where all rows are
  /// known; else on a thread of the store or the handover. Rows that can't be had in time are temporary failures to the
  /// question. Replies that are still owed when the store ends are destroyed uncalled.
  template <typename Question, typename Reply>
  void ask(Question question, Reply reply);

  /// Forgets a mailbox that this process has changed, so that nobody has to wait until the change log tells of it. key is
  /// folded.
  void drop_mailbox(std::string_view key);

  /// Asks another database from now on, and forgets all rows.
  void replace(Database database);

  struct Statistics {
    std::uint64_t hits = 0;    ///< rows that were fresh
    std::uint64_t misses = 0;  ///< rows that had to be asked for
    std::uint64_t stale = 0;   ///< rows that were served without being fresh
    RowCache::Size size;
    Fetcher::Statistics fetches;
    ChangeFollower::Position changes;
    bool is_away = false;
    std::chrono::milliseconds last_answer{0};  ///< how long ago the database was last known to be there
  };
  [[nodiscard]] Statistics statistics() const;

  /// For what saves and restores it: cache/snapshot.hpp.
  [[nodiscard]] RowCache& rows() { return cache_; }
  [[nodiscard]] const Freshness& freshness() const { return freshness_; }

 private:
  friend class View;
  class Pending;
  /// Asks the question and replies, unless the view lacks rows and may still get them. Whether it has replied.
  using Attempt = std::function<bool(const View&, bool is_last)>;
  using Ttl = std::optional<std::chrono::seconds>;

  template <typename Record>
  [[nodiscard]] std::optional<Answer<Record>> find(std::string_view key, bool stale_too, Ttl ttl, Time now);
  void follow_changes();
  void complain_of_stale(Time now);
  void ask_later(View&& view, Attempt attempt);

  const Clock& clock_;
  Log& log_;
  RowCache cache_;
  Freshness freshness_;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> stale_{0};
  OncePerMinute may_complain_;
  Fetcher fetcher_;
  ChangeFollower follower_;

  std::mutex stopping_;
  std::condition_variable stop_;
  bool is_stopping_ = false;
  std::thread following_;  // last: it uses all above
};

/// What one question sees: rows that are known, and those that were fetched for it. Notes what it lacks.
class View final : public Directory, public QueryDirectory, public AccountDirectory, public PolicyDirectory {
 public:
  explicit View(Store& store) : store_(&store), now_(store.clock_.now()) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;
  [[nodiscard]] Answer<QueryRecord> find_query(std::string_view query,
                                               std::optional<std::chrono::seconds> ttl,
                                               Deadline deadline) const override;
  [[nodiscard]] Answer<AccountRecord> find_account(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<PolicyRecord> find_policy(std::string_view subject, Deadline deadline) const override;

  struct Missing {
    Table table;
    std::string key;
  };
  [[nodiscard]] bool is_complete() const { return missing_.empty(); }
  [[nodiscard]] std::vector<Missing> take_missing() { return std::exchange(missing_, {}); }
  void add(Table table, std::string key, std::shared_ptr<const FetchedRow> row);
  /// The question is asked anew at this time, by which rows are fresh or not.
  void set_time(Time now) { now_ = now; }

 private:
  template <typename Record>
  [[nodiscard]] Answer<Record> find(std::string_view key,
                                    std::optional<std::chrono::seconds> ttl = std::nullopt) const;

  /// With the row of the domain that is in the name.
  template <typename Record>
  [[nodiscard]] Answer<Record> find_in_domain(std::string_view username) const;

  struct Fetched {
    Table table;
    std::string key;
    std::shared_ptr<const FetchedRow> row;
  };

  Store* store_;
  Time now_;  // once a question, which asks for many rows
  std::vector<Fetched> fetched_;
  mutable std::vector<Missing> missing_;
};

template <typename Question, typename Reply>
void Store::ask(Question question, Reply reply) {
  View view(*this);
  auto answer = question(std::as_const(view));
  if (view.is_complete()) return reply(std::move(answer), AnsweredFrom::Memory);
  // shared: std::function wants copies, and a reply is owed but once
  auto owed = std::make_shared<Reply>(std::move(reply));
  ask_later(std::move(view), [question = std::move(question), owed](const View& now, bool is_last) {
    auto result = question(now);
    if (!is_last && !now.is_complete()) return false;
    (*owed)(std::move(result), AnsweredFrom::Database);
    return true;
  });
}

}  // namespace extmail::cache
