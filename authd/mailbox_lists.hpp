// SPDX-License-Identifier: MIT
#pragma once

#include "authd/account_rules.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/mailbox_pages.hpp"
#include "core/outcome.hpp"
#include "net/workers.hpp"
#include "wire/auth_protocol.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace extmail::authd {

/// Lists the mailboxes that mail can be delivered to, in the order of their names, on a thread of its own.
///
/// Outcomes: a database fault is a failure, never an end of the list.
/// Threads: all members on the network thread; done is called once, there or on the listing thread.
/// Limits: kMaxWaiting lists; who is over it is told so at once. What still waits at its end is destroyed without being
/// called.
class MailboxLists {
 public:
  /// A listing is an admin's, or a nightly job's.
  static constexpr std::size_t kMaxWaiting = 64;

  struct Page {
    std::vector<MailboxRecord> mailboxes;
    std::string last;  ///< where to go on
    bool has_more = false;
  };
  using NamesDone = std::function<void(const wire::auth::Reply&)>;
  using PageDone = std::function<void(const Answer<Page>&)>;
  using Rules = std::shared_ptr<const AccountRules>;

  /// log must outlive the lists.
  MailboxLists(std::shared_ptr<const MailboxPages> pages, Log& log);

  /// Takes effect for the next request.
  void replace(std::shared_ptr<const MailboxPages> pages) { pages_ = std::move(pages); }

  /// Answers the verb list: names behind request.after, as many as fit an answer.
  void read_names(const wire::auth::Request& request, Rules rules, Deadline deadline, NamesDone done);

  /// A page of mailboxes behind one of that name.
  void read_page(const std::string& after, Rules rules, Deadline deadline, PageDone done);

 private:
  std::shared_ptr<const MailboxPages> pages_;
  net::Workers workers_;
};

}  // namespace extmail::authd
