// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "ctl/usage/mailbox_usage.hpp"
#include "ctl/usage/usage_list.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

/// More lines are for nobody's eyes.
constexpr std::size_t kMostForPeople = 1000;
constexpr std::uint64_t kMaxPercent = 1'000'000;
constexpr std::size_t kMaxShownBytes = 256;

struct Words {
  std::string domain;
  std::string by = "domain";
  std::optional<std::uint64_t> over;
  std::optional<std::size_t> most;
};

std::vector<std::string> domains_of(mysql::Connection& database, const std::string& domain) {
  std::string sql = "SELECT domain FROM domain";
  std::vector<std::string_view> values;
  if (!domain.empty()) {
    sql += " WHERE domain = ?";
    values.emplace_back(domain);
  }
  std::vector<std::string> names;
  database.for_each(sql, values, [&](mysql::Row& row) { names.push_back(row.at(0).value_or("")); });
  return names;
}

std::size_t list_mailboxes(UsageReader& reader, const Words& words, const UsageFilter& filter,
                           const Output& output) {
  std::vector<MailboxUsage> all;
  reader.read(words.domain, [&](MailboxUsage&& usage) {
    // Before it takes memory.
    const auto percent = usage.percent();
    if (!filter.at_least_percent || (percent && *percent >= *filter.at_least_percent))
      all.push_back(std::move(usage));
  });
  return write_usages(std::move(all), filter, output);
}

std::size_t list_domains(UsageReader& reader, const Words& words, const std::vector<std::string>& names,
                         const UsageFilter& filter, const Output& output) {
  DomainUsages all;
  for (const auto& name : names)
    all.expect(name);
  reader.read(words.domain, [&](MailboxUsage&& usage) { all.add(usage); });
  return write_usages(all.take(), filter, output);
}

int report(const Words& words, const Invocation& invocation) {
  if (!words.domain.empty() && !parse_domain(words.domain))
    throw Misuse(printable(words.domain, kMaxShownBytes) + " is no domain");
  const Settings settings = read_settings(invocation.config);
  const auto database = open_database(settings.database);
  const auto names = domains_of(*database, words.domain);
  if (names.empty() && !words.domain.empty()) throw no_such("domain", words.domain);
  UsageReader reader(*database, settings.mail.location);
  const UsageFilter filter{
      .at_least_percent = words.over,
      .most = words.most.value_or(invocation.format == Format::Text ? kMostForPeople : 0)};
  const Output output = invocation.output();
  const std::size_t left_out = words.by == "mailbox" ? list_mailboxes(reader, words, filter, output)
                                                     : list_domains(reader, words, names, filter, output);
  output.stream->flush();
  if (left_out > 0)
    std::cerr << "extmailctl: " << left_out << " with less are not shown; --max 0 shows all\n";
  const auto& unreadable = reader.unreadable();
  if (unreadable.count == 0) return kDone;
  std::cerr << "extmailctl: the usage of " << unreadable.count
            << " mailboxes can't be read and is left out: " << unreadable.reason << '\n';
  return kRefused;
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command = app.add_subcommand("report", "Shows what domains or mailboxes hold, the largest first");
  command->add_option("--domain", words->domain, "Only one domain, or its mailboxes")->type_name("DOMAIN");
  command->add_option("--by", words->by, "What a line is of: domain or mailbox")
      ->check(CLI::IsMember({"domain", "mailbox"}))
      ->capture_default_str();
  command->add_option("--over", words->over, "Only what uses so many percent of its quota, or more")
      ->check(CLI::Range(std::uint64_t{0}, kMaxPercent));
  command->add_option("--max", words->most, "How many are shown; 0: all. Default: 1000 in a table, else all")
      ->check(CLI::Range(std::size_t{0}, kMostThatIsCounted));
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return report(*words, invocation); }; });
}

}  // namespace extmail::ctl
