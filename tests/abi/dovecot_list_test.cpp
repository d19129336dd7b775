// SPDX-License-Identifier: MIT
//
// The built Dovecot plugin, asked for the list of all users, as an auth-worker does for `doveadm user '*'`.
#include "dovecot_setup.hpp"

namespace {

namespace auth = extmail::wire::auth;

using auth::Status;
using extmail::tests::HostList;
using extmail::tests::Setup;
using Names = std::vector<std::string>;

constexpr std::size_t kEndless = 1000000;

void answer_page(Setup& setup, std::size_t which, Names names, bool has_more) {
  auth::Reply reply;
  reply.status = Status::Ok;
  reply.tag = setup.authd->asked.at(which).tag;
  reply.names = std::move(names);
  reply.has_more = has_more;
  setup.authd->reply(reply);
}

void wait_for_end(Setup& setup, const std::shared_ptr<const HostList>& list) {
  setup.run_until([&] { return list->ended; });
  CHECK(setup.host.references() == 0);
}

}  // namespace

TEST_CASE("dovecot plugin: users are listed page by page", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(kEndless);
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::List);
  CHECK(setup.authd->asked[0].after.empty());
  answer_page(setup, 0, {"a@test.com", "b@test.com"}, true);
  setup.wait_for_questions(2);
  CHECK(list->names == Names{"a@test.com", "b@test.com"});
  CHECK(setup.authd->asked[1].after == "b@test.com");

  SECTION("the last of which may be empty") {
    answer_page(setup, 1, {}, false);
    wait_for_end(setup, list);
    CHECK(list->names == Names{"a@test.com", "b@test.com"});
  }
  SECTION("the last of which may hold names") {
    answer_page(setup, 1, {"c@test.com"}, false);
    wait_for_end(setup, list);
    CHECK(list->names == Names{"a@test.com", "b@test.com", "c@test.com"});
  }
  SECTION("and a page lost on the way is asked for again") {
    setup.authd->hang_up();
    setup.wait_for_questions(3);
    CHECK(setup.authd->asked[2].after == "b@test.com");
    answer_page(setup, 2, {"c@test.com"}, false);
    wait_for_end(setup, list);
    CHECK(list->names == Names{"a@test.com", "b@test.com", "c@test.com"});
  }
  CHECK_FALSE(list->failed);
}

TEST_CASE("dovecot plugin: no user at all is a list too", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(kEndless);
  setup.wait_for_questions(1);
  answer_page(setup, 0, {}, false);
  wait_for_end(setup, list);
  CHECK(list->names.empty());
  CHECK_FALSE(list->failed);
}

TEST_CASE("dovecot plugin: a list waits for its reader", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(2);
  setup.wait_for_questions(1);
  setup.host.resume_list();  // as Dovecot's output does while the page is waited for
  setup.host.resume_list();
  answer_page(setup, 0, {"a@test.com", "b@test.com", "c@test.com"}, true);
  setup.run_until([&] { return list->names.size() >= 2; });
  CHECK(list->names == Names{"a@test.com", "b@test.com"});
  CHECK(setup.authd->asked.size() == 1);
  setup.host.resume_list();
  setup.wait_for_questions(2);
  setup.host.resume_list();
  CHECK(list->names == Names{"a@test.com", "b@test.com", "c@test.com"});
  CHECK(setup.authd->asked.size() == 2);
  answer_page(setup, 1, {"d@test.com"}, false);
  wait_for_end(setup, list);
  CHECK(list->names.size() == 4);
  CHECK_FALSE(list->failed);
}

TEST_CASE("dovecot plugin: a short list is a failed one", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(kEndless);
  setup.wait_for_questions(1);
  answer_page(setup, 0, {"a@test.com"}, true);
  setup.wait_for_questions(2);

  SECTION("because of trouble") {
    setup.answer(1, Status::Temporary, "the database is away");
  }
  SECTION("because it is not allowed") {
    setup.answer(1, Status::Permanent, "the database is away");
  }
  SECTION("because extmail-authd is gone") {
    setup.authd.reset();
    wait_for_end(setup, list);
  }
  SECTION("because there is more that never comes") {
    answer_page(setup, 1, {}, true);
  }
  SECTION("because it goes round in circles") {
    answer_page(setup, 1, {"a@test.com"}, true);
  }
  SECTION("because Dovecot stops") {
    setup.host.close_userdb();
  }
  wait_for_end(setup, list);
  CHECK(list->failed);
  CHECK(list->names == Names{"a@test.com"});
  CHECK(setup.logged("Listing users failed: "));
}

TEST_CASE("dovecot plugin: nobody to ask for a list", "[abi][dovecot]") {
  Setup setup;
  setup.authd.reset();
  const auto list = setup.host.list(kEndless);
  CHECK(list->ended);
  CHECK(list->failed);
  CHECK(setup.logged("Listing users failed: connect("));
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: a list may end before its page comes", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(kEndless);
  setup.wait_for_questions(1);
  setup.host.end_list();
  CHECK(list->ended);
  CHECK(setup.host.references() == 0);

  answer_page(setup, 0, {"a@test.com"}, true);
  const auto user = setup.host.lookup("postmaster@test.com");
  setup.wait_for_questions(2);
  setup.answer(1, Status::Ok);
  setup.wait_for(user);
  CHECK(user->result == "OK");
  CHECK(list->names.empty());
}

TEST_CASE("dovecot plugin: names that would break Dovecot's lines are left out", "[abi][dovecot]") {
  Setup setup;
  const auto list = setup.host.list(kEndless);
  setup.wait_for_questions(1);
  answer_page(setup, 0, {"a@test.com", "b\tOK\n@test.com", std::string("c\0@test.com", 11)}, true);
  setup.wait_for_questions(2);
  answer_page(setup, 1, {}, false);
  wait_for_end(setup, list);
  CHECK(list->names == Names{"a@test.com"});
  CHECK(setup.logged("Left 2 users out of the list"));
}

TEST_CASE("dovecot plugin: a hundred thousand users are listed while others log in", "[abi][dovecot]") {
  constexpr int kPages = 100;
  constexpr int kNames = 1000;
  Setup setup;
  const auto list = setup.host.list(64);
  for (std::size_t page = 0; page < kPages; ++page) {
    setup.run_until([&] {
      setup.host.resume_list();
      return setup.authd->asked.size() > page;
    });
    Names names;
    names.reserve(kNames);
    for (int i = 0; i < kNames; ++i)
      names.push_back("user" + std::to_string(page * kNames + static_cast<std::size_t>(i)) + "@test.com");
    answer_page(setup, page, std::move(names), page + 1 < kPages);
  }
  setup.run_until([&] {
    if (!list->ended) setup.host.resume_list();
    return list->ended;
  });
  CHECK_FALSE(list->failed);
  CHECK(list->names.size() == static_cast<std::size_t>(kPages) * kNames);
  CHECK(setup.host.references() == 0);
}
