// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/address_maps.hpp"
#include "core/idn.hpp"
#include "core/map_table.hpp"
#include "ctl/explain/maps.hpp"
#include "wire/socketmap.hpp"

#include <chrono>
#include <string_view>
#include <utility>

namespace extmail::ctl {
namespace {

/// Of one lookup, which may read a hundred addresses.
constexpr std::chrono::seconds kPatience{30};

std::string_view domain_of(std::string_view key) {
  return key.substr(key.rfind('@') + 1);  // all of it where there is none
}

bool is_idn(std::string_view domain) {
  return !is_ascii(domain) || domain.find("xn--") != std::string_view::npos;
}

/// What of the way from the key to the rows is not plain to see.
std::vector<std::string> notes_on(const Step& step, const MailRules& rules) {
  std::vector<std::string> notes;
  const auto address = parse_address(step.key);
  const std::string domain = address ? address->domain : fold_case(step.key);
  for (const auto& row : step.rows) {
    if (row.outcome != Outcome::Found) continue;
    const auto found = domain_of(row.key);
    if (found != domain && is_idn(found) && !domain.ends_with('.' + std::string(found)))
      notes.push_back("the row has the domain in its other form, " + std::string(found));
    if (!address || row.table == "domain") continue;
    const auto split = split_extension(address->local, rules.recipient_delimiter);
    if (!split.extension.empty() && row.key.substr(0, row.key.rfind('@')) == split.base)
      notes.push_back("found without the extension " + std::string(split.extension) +
                      (row.table == "alias" ? ", which is put back into the answer" : ""));
  }
  return notes;
}

}  // namespace

DatabaseMaps::DatabaseMaps(const RecordSource& source, const Clock& clock, const MailRules& rules)
    : rows_(source, {rules.access, clock.today()}), clock_(clock), rules_(rules) {}

Step DatabaseMaps::look_up(const std::string& map, const std::string& key) {
  Step step{map, key, Outcome::PermanentFailure, "no such map: extmail-maps(5) lists them"};
  const auto lookup = find_map(map);
  if (lookup == nullptr) return step;
  const IdnDirectory either_form(rows_);
  const AddressMaps maps(either_form, clock_, rules_);
  // As Postfix would get it: there are answers that it would not take.
  const std::string reply = wire::socketmap::encode_reply((maps.*lookup)(key, clock_.now() + kPatience));
  const auto answer = wire::socketmap::decode_reply(wire::socketmap::split_reply(reply).payload);
  step.outcome = answer.outcome();
  step.answer = answer.is_found() ? answer.value() : answer.reason();
  step.rows = rows_.take();
  step.notes = notes_on(step, rules_);
  return step;
}

}  // namespace extmail::ctl
