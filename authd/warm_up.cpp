// SPDX-License-Identifier: MIT
#include "authd/warm_up.hpp"

#include "core/address.hpp"
#include "core/idn.hpp"
#include "core/record_source.hpp"

#include <algorithm>
#include <condition_variable>
#include <utility>
#include <vector>

namespace extmail::authd {
namespace {

/// Of one page, for a database that hangs.
constexpr std::chrono::seconds kPageTime{10};

}  // namespace

struct WarmUp::Shared {
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  bool is_stopping = false;
  std::shared_ptr<const MailboxPages> pages;
  std::size_t outstanding = 0;  // accounts that were asked for
  bool has_failed = false;      // one of them, for now
};

WarmUp::WarmUp(const Settings& settings, cache::Store& store, std::shared_ptr<const MailboxPages> pages,
               const Clock& clock, Log& log)
    : settings_(settings), store_(store), clock_(clock), log_(log), shared_(std::make_shared<Shared>()) {
  shared_->pages = std::move(pages);
  thread_ = std::thread([this] { work(); });
}

WarmUp::~WarmUp() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->is_stopping = true;
  }
  shared_->changed.notify_all();
  thread_.join();
}

void WarmUp::restart(std::shared_ptr<const MailboxPages> pages) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->pages = std::move(pages);
  }
  shared_->changed.notify_all();
}

void WarmUp::work() {
  std::shared_ptr<const MailboxPages> pages;
  std::string after;
  std::size_t accounts = 0;
  bool is_done = false;
  std::unique_lock lock(shared_->mutex);
  while (!shared_->is_stopping) {
    if (pages != shared_->pages) {
      pages = shared_->pages;
      after.clear();
      accounts = 0;
      is_done = false;
    }
    const auto is_called = [&] { return shared_->is_stopping || shared_->pages != pages; };
    if (is_done) {
      shared_->changed.wait(lock, is_called);
      continue;
    }
    lock.unlock();
    const Time began = clock_.now();
    const Step step = read_page(*pages, after, accounts);
    const auto took = clock_.now() - began;
    is_done = step == Step::Last || step == Step::CacheIsFull;
    if (is_done) {
      log_.write(Level::Info, "warmed_up",
                 std::to_string(accounts) + " accounts are in memory" +
                     (step == Step::Last ? "" : "; cache_size has no room for the others"));
    }
    lock.lock();
    if (step == Step::Failed) shared_->changed.wait_for(lock, settings_.retry, is_called);
    if (step == Step::More) shared_->changed.wait_for(lock, took, is_called);
  }
}

WarmUp::Step WarmUp::read_page(const MailboxPages& pages, std::string& after, std::size_t& accounts) {
  const auto now = store_.statistics();
  if (!now.changes.follows_log) return Step::Failed;
  if (static_cast<double>(now.size.bytes) > kMostOfCache * static_cast<double>(settings_.cache_bytes))
    return Step::CacheIsFull;
  const auto page = pages.read_after(after, clock_.now() + kPageTime);
  if (!page.is_found()) return Step::Failed;

  std::vector<std::string> usernames;
  for (const auto& mailbox : page.value()) {
    const auto address = parse_address(mailbox.username);
    if (mailbox.active && address) usernames.push_back(address->text());
  }
  if (!read_accounts(usernames)) return Step::Failed;
  accounts += usernames.size();
  if (page.value().size() < MailboxPages::kPageRows) return Step::Last;
  after = page.value().back().username;
  return Step::More;
}

bool WarmUp::read_accounts(const std::vector<std::string>& usernames) {
  for (std::size_t begin = 0; begin < usernames.size(); begin += RecordSource::kMaxBatch) {
    const std::size_t end = std::min(usernames.size(), begin + RecordSource::kMaxBatch);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->outstanding = end - begin;
      shared_->has_failed = false;
    }
    for (std::size_t i = begin; i < end; ++i) {
      store_.ask(
          [username = usernames[i]](const AccountDirectory& directory) {
            return IdnAccountDirectory(directory).find_account(username, {});
          },
          [shared = shared_](const Answer<AccountRecord>& account, cache::AnsweredFrom) {
            const std::lock_guard lock(shared->mutex);
            if (account.outcome() == Outcome::TemporaryFailure) shared->has_failed = true;
            if (--shared->outstanding == 0) shared->changed.notify_all();
          });
    }
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [this] { return shared_->is_stopping || shared_->outstanding == 0; });
    if (shared_->is_stopping || shared_->has_failed) return false;
  }
  return true;
}

}  // namespace extmail::authd
