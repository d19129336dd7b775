// SPDX-License-Identifier: MIT
#include "authd/mailbox_lists.hpp"

#include "authd/refusals.hpp"

#include <string_view>
#include <utility>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

/// Names of one answer, with their frames: half of the longest message. Its last name may be another kilobyte.
constexpr std::size_t kMaxNamesBytes = wire::auth::kMaxMessageBytes / 2;

Reply names_after(const Request& request, const AccountRules& rules, const MailboxPages& pages,
                  Deadline deadline) {
  Reply reply;
  reply.status = Status::Ok;
  reply.tag = request.tag;
  std::string after = request.after;
  std::size_t bytes = 0;
  do {
    const auto rows = pages.read_after(after, deadline);
    if (!rows.is_found()) return failure(request, rows);
    for (const auto& mailbox : rows.value()) {
      if (!rules.is_listed(mailbox)) continue;
      constexpr std::size_t kFrameBytes = std::string_view("1234:name=,").size();
      reply.names.push_back(mailbox.username);
      bytes += mailbox.username.size() + kFrameBytes;
      if (bytes < kMaxNamesBytes) continue;
      reply.has_more = true;
      return reply;
    }
    reply.has_more = rows.value().size() == MailboxPages::kPageRows;
    if (reply.has_more) after = rows.value().back().username;
    // The host goes on after the last name: a page of mailboxes that it may not know has none.
  } while (reply.names.empty() && reply.has_more);
  return reply;
}

Answer<MailboxLists::Page> page_after(const std::string& after, const AccountRules& rules,
                                      const MailboxPages& pages, Deadline deadline) {
  using Answered = Answer<MailboxLists::Page>;
  auto rows = pages.read_after(after, deadline);
  if (!rows.is_found()) return Answered::same_failure(rows);
  MailboxLists::Page page;
  page.has_more = rows.value().size() == MailboxPages::kPageRows;
  if (page.has_more) page.last = rows.value().back().username;
  for (auto& mailbox : rows.value())
    if (rules.is_listed(mailbox)) page.mailboxes.push_back(std::move(mailbox));
  return Answered::found(std::move(page));
}

}  // namespace

MailboxLists::MailboxLists(std::shared_ptr<const MailboxPages> pages, Log& log)
    : pages_(std::move(pages)), workers_("mailbox lists", 1, kMaxWaiting, log) {}

void MailboxLists::read_names(const Request& request, Rules rules, Deadline deadline, NamesDone done) {
  Request copy;
  copy.tag = request.tag;
  copy.after = request.after;
  const auto finish = std::make_shared<const NamesDone>(std::move(done));
  const bool accepted =
      workers_.submit([asked = std::move(copy), rules = std::move(rules), pages = pages_, deadline, finish] {
        (*finish)(names_after(asked, *rules, *pages, deadline));
      });
  if (!accepted) (*finish)(refusal(request, Status::Temporary, kOverloaded));
}

void MailboxLists::read_page(const std::string& after, Rules rules, Deadline deadline, PageDone done) {
  const auto finish = std::make_shared<const PageDone>(std::move(done));
  const bool accepted = workers_.submit([after, rules = std::move(rules), pages = pages_, deadline, finish] {
    (*finish)(page_after(after, *rules, *pages, deadline));
  });
  if (!accepted) (*finish)(Answer<Page>::temporary_failure(std::string(kOverloaded)));
}

}  // namespace extmail::authd
