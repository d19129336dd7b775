// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox_limits.hpp"

#include "core/address.hpp"
#include "core/quota.hpp"
#include "ctl/objects/domain.hpp"
#include "ctl/problem.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace extmail::ctl {
namespace {

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::uint64_t bytes_of(const std::optional<std::string>& quota) {
  return parse_quota(quota.value_or("")).bytes.value_or(0);
}

std::string shown(std::uint64_t bytes) {
  constexpr Field kSize{.column = "", .kind = FieldKind::Size, .help = ""};
  return bytes == 0 ? "nothing" : to_shown(kSize, std::to_string(bytes) + 'S');
}

std::uint64_t sum_of(mysql::Connection& database, const char* column, const std::string& domain,
                     const std::string& without) {
  std::uint64_t sum = 0;
  database.for_each(std::string("SELECT username, ") + column + " FROM mailbox WHERE domain = ?", {domain},
                    [&](mysql::Row& row) {
                      if (row[0] && same_key(*row[0], without)) return;
                      const std::uint64_t bytes = bytes_of(row[1]);
                      const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - sum;
                      sum += bytes < room ? bytes : room;
                    });
  return sum;
}

struct Limit {
  const char* column;
  const char* limit;
};
constexpr std::array<Limit, 2> kLimits{{{"quota", "maxquota"}, {"netdiskquota", "maxnetdiskquota"}}};

void check_quota(mysql::Connection& database, const Values& domain, const std::string& username,
                 const Values& values, const Limit& each) {
  const std::string& name = *domain.at("domain");
  const auto wanted = values.find(each.column);
  const std::uint64_t limit = bytes_of(domain.at(each.limit));
  if (wanted == values.end() || limit == 0) return;
  const std::uint64_t bytes = bytes_of(wanted->second);
  const std::string rule =
      std::string(each.column) + ": the mailboxes of domain " + name + " may have " + shown(limit);
  const std::string advice = "; extmailctl domain modify " + name + " --" + each.limit + " changes that";
  if (bytes == 0)
    throw Refused(rule + " together, so that none can be unlimited: give it a --" + each.column + advice);
  const std::uint64_t taken = sum_of(database, each.column, name, username);
  if (taken <= limit && bytes <= limit - taken) return;
  throw Refused(rule + " together, and the others have " + shown(taken) + ": " +
                shown(taken < limit ? limit - taken : 0) + " is left" + advice);
}

}  // namespace

std::optional<Values> lock_domain(mysql::Connection& database, const std::string& name) {
  static const Domain domain;
  return find_row(database, domain, name);
}

void check_room_for_mailbox(mysql::Connection& database, const Values& domain) {
  const std::int64_t most = number_of(domain.at("maxusers"));
  if (most <= 0) return;
  const std::string& name = *domain.at("domain");
  const std::int64_t count =
      number_of(database.query("SELECT COUNT(*) FROM mailbox WHERE domain = ?", {name}).front().front());
  if (count < most) return;
  throw Refused("domain " + name + " has " + std::to_string(count) + " mailboxes, and may have " +
                std::to_string(most) + "; extmailctl domain modify " + name + " --maxusers changes that");
}

void check_quotas(mysql::Connection& database, const Values& domain, const std::string& username,
                  const Values& values) {
  for (const auto& each : kLimits)
    check_quota(database, domain, username, values, each);
}

}  // namespace extmail::ctl
