// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"
#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace extmail;
using tests::World;
using wire::auth::Reply;
using wire::auth::Status;

namespace {

/// Names `user0000@test.com` and on, of which only some may receive mail.
class NumberedPages final : public MailboxPages {
 public:
  NumberedPages(std::size_t count, std::function<bool(std::size_t)> is_active, std::size_t padding = 0)
      : count_(count), is_active_(std::move(is_active)), padding_(padding) {}

  [[nodiscard]] static std::string name(std::size_t number) {
    const std::string digits = std::to_string(number);
    return "user" + std::string(4 - digits.size(), '0') + digits + "@test.com";
  }

  [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                              Deadline) const override {
    std::vector<MailboxRecord> page;
    for (std::size_t i = 0; i < count_ && page.size() < kPageRows; ++i) {
      const std::string padded = name(i) + std::string(padding_, 'm');
      if (padded <= username) continue;
      MailboxRecord mailbox;
      mailbox.username = padded;
      mailbox.active = is_active_(i);
      mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
      page.push_back(std::move(mailbox));
    }
    return Answer<std::vector<MailboxRecord>>::found(std::move(page));
  }

 private:
  std::size_t count_;
  std::function<bool(std::size_t)> is_active_;
  std::size_t padding_;
};

/// All names that `list` gives, page by page; each reply is shown to `look` first.
template <typename Look>
std::vector<std::string> all_names(World& world, Look look) {
  std::vector<std::string> names;
  Reply reply;
  do {
    reply = world.list(names.empty() ? std::string() : names.back());
    REQUIRE(reply.status == Status::Ok);
    look(reply);
    names.insert(names.end(), reply.names.begin(), reply.names.end());
  } while (reply.has_more);
  return names;
}

}  // namespace

TEST_CASE("Mailboxes that may receive are listed page by page") {
  // A whole page of inactive ones in the middle, and an active one behind it.
  World world(std::make_shared<NumberedPages>(1600, [](std::size_t i) { return i < 300 || i % 500 == 499; }));
  const auto names = all_names(world, [](const Reply&) {});
  REQUIRE(names.size() == 303);
  CHECK(names.front() == NumberedPages::name(0));
  CHECK(names.back() == NumberedPages::name(1499));
}

TEST_CASE("Mailboxes are read page by page, for who wants more than names") {
  World world(std::make_shared<NumberedPages>(1600, [](std::size_t i) { return i < 300 || i % 500 == 499; }));
  std::vector<std::string> names;
  std::string after;
  std::size_t pages = 0;
  bool has_more = true;
  while (has_more) {
    const auto page = world.mailboxes(after);
    REQUIRE(page.is_found());
    for (const auto& mailbox : page.value().mailboxes)
      names.push_back(mailbox.username);
    has_more = page.value().has_more;
    after = page.value().last;
    ++pages;
  }
  CHECK(pages == 4);  // 500 each, one of which has a single mailbox that may receive
  REQUIRE(names.size() == 303);
  CHECK(names.back() == NumberedPages::name(1499));

  const auto failure = World().mailboxes({});
  CHECK(failure.outcome() == Outcome::TemporaryFailure);
  CHECK(failure.reason() == "the database is away");
}

TEST_CASE("A page of long names fits a message") {
  World world(std::make_shared<NumberedPages>(
      700, [](std::size_t) { return true; }, 239));
  const auto names = all_names(world, [](const Reply& reply) {
    REQUIRE(wire::auth::split_message(wire::auth::encode(reply).view()).state == Frame::State::Complete);
  });
  CHECK(names.size() == 700);
}

TEST_CASE("Names that are as long as they can be fit into messages") {
  class LongPages final : public MailboxPages {
   public:
    [[nodiscard]] static std::string name(std::size_t number) {
      return std::to_string(100000 + number) + std::string(1000, 'x') + "@test.com";
    }
    [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                                Deadline) const override {
      std::vector<MailboxRecord> page;
      for (std::size_t i = 0; i < 200; ++i) {
        if (name(i) <= username) continue;
        MailboxRecord mailbox;
        mailbox.username = name(i);
        mailbox.active = true;
        mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
        page.push_back(std::move(mailbox));
      }
      return Answer<std::vector<MailboxRecord>>::found(std::move(page));
    }
  };
  World world(std::make_shared<LongPages>());
  const auto names = all_names(world, [](const Reply& reply) {
    CHECK(wire::auth::encode(reply).view().size() < wire::auth::kMaxMessageBytes);
  });
  REQUIRE(names.size() == 200);
  CHECK(names.back() == LongPages::name(199));
}
