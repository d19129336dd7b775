// SPDX-License-Identifier: MIT
#include "ctl/usage/usage_list.hpp"

#include "support/catch.hpp"

#include <limits>
#include <sstream>

using namespace extmail;
using ctl::DomainUsages;
using ctl::Format;
using ctl::MailboxUsage;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

MailboxUsage mailbox(const std::string& name, std::uint64_t quota, std::optional<std::uint64_t> bytes,
                     const std::string& last_login = "") {
  MailboxUsage usage;
  usage.name = name;
  usage.is_active = true;
  usage.quota_bytes = quota;
  if (bytes) usage.used = Usage{*bytes, 1};
  if (bytes) usage.source = MailboxUsage::Source::Table;
  usage.last_login = last_login;
  return usage;
}

std::string csv_of(const std::vector<MailboxUsage>& mailboxes, const ctl::UsageFilter& filter,
                   std::size_t left_out = 0) {
  std::ostringstream out;
  CHECK(ctl::write_usages(mailboxes, filter, {.stream = &out, .format = Format::Csv}) == left_out);
  return out.str().substr(out.str().find('\n') + 1);
}

}  // namespace

TEST_CASE("A share is rounded down, and no number is too large for it") {
  const std::vector<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t>> cases{
      {{0, 10}, 0},          {{1, 3}, 33},        {{999, 1000}, 99}, {{1000, 1000}, 100},     {{30, 10}, 300},
      {{kMost, kMost}, 100}, {{kMost, 1}, kMost}, {{1, 0}, kMost},   {{kMost / 2, kMost}, 50}};
  for (const auto& [parts, percent] : cases) {
    INFO(parts.first << " of " << parts.second);
    // The last digits of what is beyond 184 petabytes don't count.
    CHECK(ctl::percent_of(parts.first, parts.second) - percent <= (parts.first > kMost / 100 ? 1 : 0));
  }
  CHECK_FALSE(mailbox("a@x", 0, 5).percent());
  CHECK_FALSE(mailbox("a@x", 5, std::nullopt).percent());
  CHECK(mailbox("a@x", 5, 6).percent() == 120);
}

TEST_CASE("The largest comes first, what nobody has counted last, and a filter leaves out the others") {
  const std::vector<MailboxUsage> all{
      mailbox("none@x", 100, std::nullopt), mailbox("b@x", 100, 90), mailbox("a@x", 100, 90),
      mailbox("big@x", 0, 500, "2026-01-31 10:00:00"), mailbox("small@x", 2, 1)};
  const std::string big = "big@x,1,1,500,,,2026-01-31 10:00:00,table\r\n";
  const std::string a = "a@x,1,1,90,100,90,,table\r\n";
  const std::string b = "b@x,1,1,90,100,90,,table\r\n";
  const std::string small = "small@x,1,1,1,2,50,,table\r\n";
  CHECK(csv_of(all, {}) == big + a + b + small + "none@x,1,,,100,,,\r\n");
  CHECK(csv_of(all, {.at_least_percent = 90}) == a + b);
  CHECK(csv_of(all, {.at_least_percent = 91}).empty());
  CHECK(csv_of(all, {.most = 2}, 3) == big + a);
  CHECK(csv_of(all, {.at_least_percent = 50, .most = 1}, 2) == a);
  CHECK(csv_of(all, {.most = 5}).size() == csv_of(all, {}).size());
}

TEST_CASE("People see sizes, and words for what is no number") {
  std::ostringstream out;
  CHECK(ctl::write_usages({mailbox("a@x", 0, 1536), mailbox("b@x", 2048, std::nullopt)}, {},
                          {.stream = &out}) == 0);
  CHECK(out.str() ==
        "mailbox  active  messages    bytes      quota  percent  last_login  counted_by\n"
        "a@x         yes         1  1.5 KiB  unlimited        -  -           table\n"
        "b@x         yes         ?        ?      2 KiB        -  -           -\n");
}

TEST_CASE("A domain is the sum of its mailboxes, in whatever case their names are") {
  DomainUsages domains;
  domains.expect("empty.test");
  domains.expect("Test.com");
  auto off = mailbox("b@TEST.com", 200, 60, "2026-02-01 00:00:00");
  off.is_active = false;
  domains.add(mailbox("a@test.com", 100, 30, "2026-01-01 00:00:00"));
  domains.add(off);
  domains.add(mailbox("c@test.com", 100, std::nullopt));
  domains.add(mailbox("a@unlimited.test", 0, kMost));
  domains.add(mailbox("b@unlimited.test", kMost, kMost));
  std::ostringstream out;
  CHECK(ctl::write_usages(domains.take(), {}, {.stream = &out, .format = Format::Json}) == 0);
  CHECK(out.str() ==
        "[\n"
        R"({"domain":"unlimited.test","mailboxes":2,"active":2,"uncounted":0,"messages":2,)"
        R"("bytes":18446744073709551615,"quota":null,"percent":null,"last_login":null},)"
        "\n"
        R"({"domain":"Test.com","mailboxes":3,"active":2,"uncounted":1,"messages":2,"bytes":90,"quota":400,)"
        R"("percent":22,"last_login":"2026-02-01 00:00:00"},)"
        "\n"
        R"({"domain":"empty.test","mailboxes":0,"active":0,"uncounted":0,"messages":0,"bytes":0,"quota":0,)"
        R"("percent":null,"last_login":null})"
        "\n]\n");
}
