// SPDX-License-Identifier: MIT
// Rows of extmail_policy, as `SUBJECT TAB KIND TAB VALUE` lines: whatever admins and their tools write there, what rules
// say stays fit for Postfix and for the log, and a limit is what a row says, or what the configuration does.
#include "frame_properties.hpp"
#include "policyd/access/closed_group_rule.hpp"
#include "policyd/access/inside_only_rule.hpp"
#include "policyd/access/list_rule.hpp"
#include "policyd/access/sender_rule.hpp"
#include "policyd/greylist/greylist_rule.hpp"
#include "policyd/limits/limit_rule.hpp"
#include "policyd/limits/limit_subject.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"
#include "support/recording_log.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using tests::require;

namespace {

constexpr std::size_t kMaxTextBytes = 4096;

bool is_fit(std::string_view text) {
  return text.size() <= kMaxTextBytes &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Limit limit_of(const std::string& name, Limit::Per per) {
  Limit limit;
  limit.name = name;
  limit.per = per;
  limit.window = {10, std::chrono::hours(1)};
  limit.action = "450 4.7.1 later";
  return limit;
}

const std::vector<Limit>& limits() {
  static const std::vector<Limit> all{limit_of("a", Limit::Per::SaslUsername),
                                      limit_of("b", Limit::Per::Recipient),
                                      limit_of("c", Limit::Per::ClientNetwork)};
  return all;
}

struct Row {
  std::string subject;
  std::string kind;
  std::string value;
};

std::vector<Row> rows_in(std::string_view text) {
  constexpr std::size_t kMaxRows = 50;
  std::vector<Row> rows;
  while (!text.empty() && rows.size() < kMaxRows) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) continue;
    rows.push_back({std::string(line.substr(0, first)),
                    std::string(line.substr(first + 1, second - first - 1)),
                    std::string(line.substr(second + 1))});
  }
  return rows;
}

std::vector<std::shared_ptr<const Facts>> requests() {
  std::vector<std::shared_ptr<const Facts>> all;
  std::uint64_t connection = 0;
  for (const char* login : {"", "sasl_username=alice@test.com\nsender=bob@test.com\n"}) {
    for (const char* recipient : {"bob+x@test.com", "list@test.com", "friend@b\u00fccher.example"}) {
      all.push_back(Facts::read(std::string("request=smtpd_access_policy\nprotocol_state=RCPT\n"
                                            "client_address=192.0.2.7\nsender=carl+y@mail.example.org\n") +
                                    login + "recipient=" + recipient + '\n',
                                ++connection));
    }
  }
  return all;
}

void check(const Answer<Judgement>& said) {
  if (said.is_failure()) return require(!said.reason().empty() && is_fit(said.reason()));
  if (said.is_not_found()) return;
  if (const auto* action = std::get_if<Action>(&said.value()))
    return require(!action->text.empty() && is_fit(action->text) && is_fit(action->reason));
  if (const auto* exempt = std::get_if<Exempt>(&said.value())) return require(is_fit(exempt->reason));
  std::get<Step>(said.value())([](const Answer<Action>& answer) {
    if (answer.is_found()) require(!answer.value().text.empty() && is_fit(answer.value().reason));
  });
}

/// What a limit allows comes from a row that says just that, or from the limit.
void check_allowances(const Facts& facts, const std::vector<Row>& rows, const Rows& read) {
  std::vector<Address> names;
  if (facts.recipient()) names.push_back(*facts.recipient());
  for (const auto& limit : limits()) {
    const auto subject = subject_of(limit, facts, names, "+");
    if (!subject) continue;
    const auto allowance = allowance_of(limit, *subject, limits(), read);
    require(allowance.is_found() && is_fit(allowance.value().fault));
    for (const auto& text : allowance.value().nameless)
      require(is_fit(text));
    const auto& [most, from, fault, nameless] = allowance.value();
    if (from.empty()) {
      require(most == limit.window.limit);
      continue;
    }
    require(std::any_of(rows.begin(), rows.end(), [&, &most = most, &from = from](const Row& row) {
      if (row.subject != from || row.kind != "limit") return false;
      if (!most) return row.value == "exempt" || row.value == limit.name + "=unlimited";
      if (!row.value.starts_with(limit.name + '=')) return false;
      std::string number = row.value.substr(limit.name.size() + 1);
      number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
      return number == std::to_string(*most);
    }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rows = rows_in({reinterpret_cast<const char*>(data), size});
  tests::FakeClock clock;
  tests::FakeState state{clock};
  tests::RecordingLog log;
  tests::FakePolicies policies;
  tests::FakeDirectory directory;
  directory.add_domain("test.com");
  for (const char* user : {"alice@test.com", "bob@test.com"})
    directory.add_mailbox(user);
  directory.add_alias("list@test.com", "alice@test.com carl@example.org");
  for (const auto& row : rows)
    policies.add(row.subject, row.kind, row.value);

  const auto mail = std::make_shared<MailRules>();
  GreylistSettings greylist;
  greylist.enabled = true;
  SenderSettings senders;
  senders.enabled = true;
  Ledger ledger(state, clock, log);
  const std::array<std::unique_ptr<Rule>, 6> rules{
      std::make_unique<ListRule>(mail, clock),
      std::make_unique<SenderRule>(mail, clock, senders),
      std::make_unique<ClosedGroupRule>(mail, clock),
      std::make_unique<InsideOnlyRule>(mail, clock),
      std::make_unique<GreylistRule>(state, mail, greylist, clock),
      std::make_unique<LimitRule>(ledger, mail, LimitsSettings{{}, limits()}, clock, log)};
  for (const auto& facts : requests()) {
    const Rows read(directory, policies);
    for (const auto& rule : rules)
      check(rule->judge(facts, read));
    check_allowances(*facts, rows, read);
  }
  for (const auto& line : log.lines())
    require(is_fit(line));
  return 0;
}
