// SPDX-License-Identifier: MIT
#include "cache/row_cache.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

MailboxRecord mailbox(const std::string& username) {
  MailboxRecord row;
  row.username = username;
  return row;
}

std::string name(int i) {
  return "user" + std::to_string(i) + "@test.com";
}

}  // namespace

TEST_CASE("A row is found under its table and key") {
  RowCache cache(kMebibyte);
  cache.store<MailboxRecord>("alice@test.com", mailbox("alice@test.com"), Time(5s));
  cache.store_absence<AliasRecord>("alice@test.com", Time(7s));

  const auto row = cache.find<MailboxRecord>("alice@test.com");
  REQUIRE(row);
  CHECK(row->row->username == "alice@test.com");
  CHECK(row->read_at == Time(5s));

  const auto none = cache.find<AliasRecord>("alice@test.com");
  REQUIRE(none);
  CHECK_FALSE(none->row);
  CHECK(none->read_at == Time(7s));

  CHECK_FALSE(cache.find<DomainRecord>("alice@test.com"));
  CHECK_FALSE(cache.find<MailboxRecord>("bob@test.com"));
}

TEST_CASE("A row replaces the one before, and goes when it is erased") {
  RowCache cache(kMebibyte);
  cache.store<MailboxRecord>("alice@test.com", mailbox("Alice@test.com"), Time(5s));
  cache.store_absence<MailboxRecord>("alice@test.com", Time(6s));
  CHECK_FALSE(cache.find<MailboxRecord>("alice@test.com")->row);
  CHECK(cache.size().entries == 1);

  cache.erase(Table::Mailbox, "alice@test.com");
  CHECK_FALSE(cache.find<MailboxRecord>("alice@test.com"));
  CHECK(cache.size().bytes == 0);
}

TEST_CASE("Memory is bounded, and what was asked for longest ago goes first") {
  RowCache cache(kMebibyte);
  for (int i = 0; i < 50000; ++i) {
    cache.store<MailboxRecord>(name(i), mailbox(name(i)), Time(5s));
    (void)cache.find<MailboxRecord>(name(0));
    if (cache.size().bytes > kMebibyte) FAIL("over the bound");
  }
  CHECK(cache.size().evictions > 0);
  CHECK(cache.size().entries + cache.size().evictions == 50000);
  CHECK(cache.find<MailboxRecord>(name(0)));
  CHECK_FALSE(cache.find<MailboxRecord>(name(1)));
  CHECK(cache.find<MailboxRecord>(name(49999)));
}

TEST_CASE("A row too large for the cache is not kept, nor is the one it would have replaced") {
  RowCache cache(kMebibyte);
  cache.store<AliasRecord>("all@test.com", AliasRecord{"all@test.com", {"a@test.com"}, true}, Time(5s));
  cache.store<AliasRecord>("all@test.com", AliasRecord{"all@test.com", {std::string(100000, 'x')}, true},
                           Time(6s));
  CHECK_FALSE(cache.find<AliasRecord>("all@test.com"));
}
