// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/mailbox_pages.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace extmail::authd {

/// Reads the accounts of active mailboxes into memory before anybody asks for them: nobody's first login waits for the
/// database, and all can go on logging in when it goes away soon after a start.
///
/// Waits for a change log that is followed: without one rows are good for a moment only. Takes half of the time that the
/// database gives it, a page of mailboxes at a time, so that logins meanwhile find it free. What fails is tried again until
/// it works. Ends with a line in the log (warmed_up).
/// Threads: reads on one of its own, which the destructor joins; restart() on any.
/// Limits: ends when kMostOfCache of the cache are taken.
class WarmUp {
 public:
  struct Settings {
    std::size_t cache_bytes = 0;
    std::chrono::milliseconds retry =
        std::chrono::seconds(1);  ///< after a failure, and until the change log is followed
  };

  static constexpr double kMostOfCache = 0.875;

  /// store, clock and log must outlive it.
  WarmUp(const Settings& settings, cache::Store& store, std::shared_ptr<const MailboxPages> pages,
         const Clock& clock, Log& log);
  ~WarmUp();
  WarmUp(const WarmUp&) = delete;
  WarmUp& operator=(const WarmUp&) = delete;

  /// The store has another database now, which these are the pages of.
  void restart(std::shared_ptr<const MailboxPages> pages);

 private:
  struct Shared;
  enum class Step { More, Last, CacheIsFull, Failed };

  void work();
  /// Reads the page that comes after this name, which becomes the page's last one.
  Step read_page(const MailboxPages& pages, std::string& after, std::size_t& accounts);
  /// Whether all were read.
  bool read_accounts(const std::vector<std::string>& usernames);

  const Settings settings_;
  cache::Store& store_;
  const Clock& clock_;
  Log& log_;
  const std::shared_ptr<Shared> shared_;  // with the replies that are owed, which may outlive this
  std::thread thread_;
};

}  // namespace extmail::authd
