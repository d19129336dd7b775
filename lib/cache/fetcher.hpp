// SPDX-License-Identifier: MIT
#pragma once

#include "cache/row_cache.hpp"
#include "core/clock.hpp"
#include "core/handover.hpp"
#include "core/record_source.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace extmail::cache {

/// What the database said about one key.
using FetchedRow = std::variant<Answer<DomainRecord>, Answer<MailboxRecord>, Answer<AliasRecord>,
                                Answer<QueryRecord>, Answer<AccountRecord>, Answer<PolicyRecord>>;

/// Gets rows that the cache lacks, and puts them there: one query for all who ask for a key at once, and one for the
/// keys of a table that gather while another is under way. A second query at the same time is begun only when a batch is
/// full or a key has waited for kLinger: ten keys in one query cost the server and us far less than ten queries.
///
/// Threads: all members may be called concurrently. Where nobody asks the database yet, the thread that lacks a row does
/// so itself if it can be spared (Handover); the other queries run on as many threads of the fetcher's own as may run at
/// once.
/// Limits: kMaxWaiting keys; a key that waits longer than kPatience for its turn is a TemporaryFailure.
class Fetcher {
 public:
  static constexpr std::size_t kMaxWaiting = 20000;
  static constexpr std::chrono::seconds kPatience{10};
  static constexpr std::chrono::milliseconds kLinger{1};

  /// Told once for each fetch(), on a thread of the fetcher or of the caller.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void fetched(Table table, const std::string& key,
                         const std::shared_ptr<const FetchedRow>& row) = 0;
  };

  /// cache, clock and handover must outlive the fetcher; handover may be null.
  Fetcher(std::shared_ptr<const RecordSource> source, RowCache& cache, std::size_t threads,
          const Clock& clock, Handover* handover = nullptr);
  /// Finishes what is running; those who still wait are never told.
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  void fetch(Table table, const std::string& key, std::shared_ptr<Waiter> waiter);

  /// Drops a row that changed. A query for it that is under way may have seen the old one: who already waits for it gets
  /// that, but it is not kept, and who asks from now on gets a new one. A query that is still to be asked will see the new
  /// one, for all.
  void drop(Table table, std::string_view key);

  /// Asks another database from now on, also for what waits already, and keeps nothing of the old one.
  void replace(std::shared_ptr<const RecordSource> source);

  struct Statistics {
    std::uint64_t queries = 0;
    std::uint64_t keys = 0;
    std::uint64_t failures = 0;  ///< of queries
    std::size_t waiting = 0;     ///< keys, now
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Flight {
    Table table;
    std::string key;
    Time asked;
    bool is_under_way;  // its query may have seen what is now old
    std::vector<std::shared_ptr<Waiter>> waiters;
  };
  using Flights = std::vector<std::shared_ptr<Flight>>;
  using Key = std::pair<Table, std::string>;

  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool needs_watcher() const;
  void call_thread();
  void work();
  /// Waits until this thread should ask; false when it should end.
  bool await_turn(Lock& lock);
  /// Whether one who is counted in running_, as asking or about to, should ask now.
  [[nodiscard]] bool is_due(std::size_t others_running) const;
  /// Asks, by one who is counted in running_, for as long as it is_due().
  void run_queries(Lock& lock);
  /// Takes the key that waits longest and those of its table that can go with it, none with a query.
  Flights take_batch();
  /// Ends the flight; gives back who waits for it. Keeps the row unless it changed meanwhile.
  [[nodiscard]] std::vector<std::shared_ptr<Waiter>> keep(const std::shared_ptr<Flight>& flight,
                                                          const FetchedRow& row, Time asked);
  void land(const Flights& flights, const std::vector<std::shared_ptr<const FetchedRow>>& rows, Time asked);
  [[nodiscard]] std::vector<std::shared_ptr<const FetchedRow>> ask(const RecordSource& source,
                                                                   const Flights& flights);

  RowCache& cache_;
  const Clock& clock_;
  Handover* const handover_;

  mutable std::mutex mutex_;  // guards all below but the threads
  std::condition_variable has_work_;
  std::shared_ptr<const RecordSource> source_;
  std::map<Key, std::shared_ptr<Flight>, std::less<>>
      current_;                                // those whose answers are still wanted for the cache
  std::deque<std::shared_ptr<Flight>> queue_;  // all of them in current_, so no key of a table twice
  std::size_t running_ = 0;                    // threads that ask, or have set out to
  bool is_handed_over_ = false;                // one of them has set out by a handover, and not begun
  bool is_thread_called_ = false;              // and has not come yet
  bool has_watcher_ = false;  // a thread sees to it that no key waits much longer than kLinger
  Statistics statistics_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace extmail::cache
