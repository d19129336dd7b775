// SPDX-License-Identifier: MIT
#include "cache/store.hpp"

#include <algorithm>
#include <exception>

namespace extmail::cache {
namespace {

MailboxRecord& mailbox_in(MailboxRecord& mailbox) {
  return mailbox;
}
MailboxRecord& mailbox_in(AccountRecord& account) {
  return account.mailbox;
}

}  // namespace

/// A question that waits for rows. It lives in the fetcher, among those who wait for them.
class Store::Pending final : public Fetcher::Waiter, public std::enable_shared_from_this<Pending> {
 public:
  Pending(Store& store, View&& view, Attempt attempt)
      : store_(store),
        view_(std::move(view)),
        attempt_(std::move(attempt)),
        deadline_(store.clock_.now() + kPatience) {}

  void fetch() {
    auto missing = view_.take_missing();
    outstanding_ = missing.size();
    // The last answer may come, and this be called again, before the loop ends: the list is its own.
    for (const auto& what : missing)
      store_.fetcher_.fetch(what.table, what.key, shared_from_this());
  }

  void fetched(Table table, const std::string& key, const std::shared_ptr<const FetchedRow>& row) override {
    try {
      take(table, key, row);
    } catch (const std::exception& error) {  // out of memory: the reply is dropped, the other keys' go on
      store_.log_.write(Level::Error, "internal_error", std::string("a lookup failed: ") + error.what());
    }
  }

 private:
  void take(Table table, const std::string& key, const std::shared_ptr<const FetchedRow>& row) {
    {
      const std::lock_guard lock(mutex_);
      view_.add(table, key, row);
      if (--outstanding_ > 0) return;
    }
    const Time now = store_.clock_.now();
    view_.set_time(now);
    if (!attempt_(view_, now >= deadline_)) fetch();
  }

  Store& store_;
  std::mutex mutex_;  // rows of one round may come on several threads
  View view_;
  Attempt attempt_;
  const Time deadline_;
  std::size_t outstanding_ = 0;
};

Store::Store(const Settings& settings, Database database, const Clock& clock, Log& log, Handover* handover,
             std::function<void()> on_flush)
    : clock_(clock),
      log_(log),
      cache_(settings.max_bytes),
      freshness_(settings.freshness, clock.now()),
      fetcher_(std::move(database.records), cache_, settings.connections, clock, handover),
      follower_(
          std::move(database.changes), freshness_,
          [this](Table table, std::string_view key) {
            if (table == Table::Mailbox) return drop_mailbox(key);
            fetcher_.drop(table, key);
          },
          clock, log, std::move(on_flush)),
      following_([this] { follow_changes(); }) {}

Store::~Store() {
  {
    const std::lock_guard lock(stopping_);
    is_stopping_ = true;
  }
  stop_.notify_all();
  following_.join();
}

void Store::follow_changes() {
  std::unique_lock lock(stopping_);
  while (!is_stopping_) {
    lock.unlock();
    const auto pause = follower_.round();
    lock.lock();
    stop_.wait_for(lock, pause, [this] { return is_stopping_; });
  }
}

void Store::ask_later(View&& view, Attempt attempt) {
  std::make_shared<Pending>(*this, std::move(view), std::move(attempt))->fetch();
}

void Store::drop_mailbox(std::string_view key) {
  fetcher_.drop(Table::Mailbox, key);
  fetcher_.drop(Table::Account, key);
}

void Store::replace(Database database) {
  fetcher_.replace(std::move(database.records));
  follower_.replace(std::move(database.changes));
}

template <typename Record>
std::optional<Answer<Record>> Store::find(std::string_view key, bool stale_too, Ttl ttl, Time now) {
  constexpr Table kTable = kTableOf<Record>;
  auto hit = cache_.find<Record>(key);
  if (!hit) return std::nullopt;
  const bool is_fresh = is_logged(kTable) ? freshness_.is_fresh(hit->read_at, now)
                                          : freshness_.is_fresh_unlogged(hit->read_at, ttl, now);
  if (!is_fresh) {
    const bool may_be_stale = stale_too || freshness_.is_away(now);
    if (!may_be_stale || !freshness_.is_servable(kTable, hit->read_at, now)) return std::nullopt;
    // That a mailbox is not there bounces mail and refuses logins: no guess may say so, only what was known until the database
    // went, and only once it did not answer for this key either. What an administrator's own map is for nobody knows
    // here, and it may be that.
    constexpr bool kBounces = kTable == Table::Mailbox || kTable == Table::Query || kTable == Table::Account;
    const bool may_bounce = stale_too && freshness_.is_vouched_for(kTable, hit->read_at);
    if (kBounces && !hit->row && !may_bounce) return std::nullopt;
    complain_of_stale(now);
  }
  (is_fresh ? hits_ : stale_).fetch_add(1, std::memory_order_relaxed);
  return hit->row ? Answer<Record>::found(std::move(*hit->row)) : Answer<Record>::not_found();
}

void Store::complain_of_stale(Time now) {
  if (!may_complain_(now)) return;
  log_.write(
      Level::Warning, "serving_stale",
      "the database does not answer; what is known from before is served for up to max_stale, the rest is a "
      "temporary failure");
}

Store::Statistics Store::statistics() const {
  Statistics statistics;
  statistics.hits = hits_;
  statistics.misses = misses_;
  statistics.stale = stale_;
  statistics.size = cache_.size();
  statistics.fetches = fetcher_.statistics();
  statistics.changes = follower_.position();
  const Time now = clock_.now();
  statistics.is_away = freshness_.is_away(now);
  statistics.last_answer =
      std::chrono::duration_cast<std::chrono::milliseconds>(now - freshness_.last_answer());
  return statistics;
}

void View::add(Table table, std::string key, std::shared_ptr<const FetchedRow> row) {
  fetched_.push_back({table, std::move(key), std::move(row)});
}

template <typename Record>
Answer<Record> View::find(std::string_view key, std::optional<std::chrono::seconds> ttl) const {
  constexpr Table kTable = kTableOf<Record>;
  const auto fetched = std::find_if(fetched_.begin(), fetched_.end(),
                                    [&](const auto& one) { return one.table == kTable && one.key == key; });
  if (fetched != fetched_.end()) {
    const auto& answer = std::get<Answer<Record>>(*fetched->row);
    if (answer.outcome() != Outcome::TemporaryFailure) return answer;
    return store_->find<Record>(key, true, ttl, now_).value_or(answer);
  }
  if (auto known = store_->find<Record>(key, false, ttl, now_)) return std::move(*known);
  store_->misses_.fetch_add(1, std::memory_order_relaxed);
  missing_.push_back({kTable, std::string(key)});
  return Answer<Record>::temporary_failure("the lookup took too long");
}

Answer<DomainRecord> View::find_domain(std::string_view name, Deadline) const {
  return find<DomainRecord>(name);
}

template <typename Record>
Answer<Record> View::find_in_domain(std::string_view username) const {
  auto row = find<Record>(username);
  if (row.is_not_found() || row.outcome() == Outcome::PermanentFailure) return row;
  // Asked for along with a row that is not known yet, it comes at the same time.
  auto domain = find<DomainRecord>(username.substr(username.rfind('@') + 1));
  if (!row.is_found()) return row;
  if (domain.is_failure()) return Answer<Record>::same_failure(domain);
  if (domain.is_found()) mailbox_in(row.value()).domain = std::move(domain).value();
  return row;
}

Answer<MailboxRecord> View::find_mailbox(std::string_view username, Deadline) const {
  return find_in_domain<MailboxRecord>(username);
}

Answer<AccountRecord> View::find_account(std::string_view username, Deadline) const {
  return find_in_domain<AccountRecord>(username);
}

Answer<AliasRecord> View::find_alias(std::string_view address, Deadline) const {
  return find<AliasRecord>(address);
}

Answer<QueryRecord> View::find_query(std::string_view query, std::optional<std::chrono::seconds> ttl,
                                     Deadline) const {
  return find<QueryRecord>(query, ttl);
}

Answer<PolicyRecord> View::find_policy(std::string_view subject, Deadline) const {
  return find<PolicyRecord>(subject);
}

}  // namespace extmail::cache
