// SPDX-License-Identifier: MIT
#include "ctl/objects/goto_list.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/objects/object_list.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxStoredBytes = 65535;  // of the type text
constexpr std::size_t kMaxShownBytes = 256;

/// What ExtMan lets stand in a goto, but for the comma between two.
bool is_known_byte(char c) {
  constexpr std::string_view kMarks = "-_.=@+";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

[[noreturn]] void refuse(std::string_view entry, const std::string& why) {
  throw Misuse("goto: \"" + printable(entry, kMaxShownBytes) + "\" " + why);
}

void check(std::string_view entry) {
  if (!std::all_of(entry.begin(), entry.end(), is_known_byte)) {
    refuse(entry,
           "has a character that ExtMan would strip: letters, digits and -_.=+ are known; write a domain in "
           "other "
           "letters as its A-label, xn--…");
  }
  const std::size_t at = entry.find('@');
  if (at == std::string_view::npos) return;
  const std::string_view domain = entry.substr(at + 1);
  const bool is_fine = at == 0 ? parse_domain(domain).has_value() : parse_address(entry).has_value();
  if (!is_fine || domain.front() == '.' || domain.back() == '.')
    refuse(entry, "is no address: write user@domain, or @domain for the same users there");
}

auto same_as(std::string_view entry) {
  return [entry](const std::string& other) { return same_key(entry, other); };
}

}  // namespace

GotoList GotoList::of_stored(std::string_view stored) {
  GotoList list;
  list.entries_ = split_goto(stored);
  return list;
}

GotoList GotoList::of_given(std::string_view given) {
  GotoList list;
  for (const auto& entry : split_goto(given)) {
    check(entry);
    if (!list.add(entry)) refuse(entry, "is there twice");
  }
  if (list.is_empty()) throw Misuse("goto: it has to lead somewhere: write addresses as a@x,b@y");
  return list;
}

std::string GotoList::stored() const {
  std::string text;
  for (const auto& entry : entries_) {
    if (!text.empty()) text += ',';
    text += entry;
  }
  if (text.size() > kMaxStoredBytes)
    throw Refused("goto: that is too much: the column has 65535 bytes; make an alias of aliases");
  return text;
}

bool GotoList::contains(std::string_view entry) const {
  return std::any_of(entries_.begin(), entries_.end(), same_as(entry));
}

bool GotoList::add(const std::string& entry) {
  if (contains(entry)) return false;
  entries_.push_back(entry);
  return true;
}

bool GotoList::remove(std::string_view entry) {
  return std::erase_if(entries_, same_as(entry)) > 0;
}

bool GotoList::replace(std::string_view entry, const std::string& other) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), same_as(entry));
  if (found == entries_.end()) return false;
  if (!same_key(entry, other) && contains(other)) return remove(entry);
  *found = other;
  return true;
}

std::vector<LeadingAlias> aliases_leading_to(mysql::Connection& database, const std::string& address) {
  std::vector<LeadingAlias> aliases;
  const std::string like = '%' + like_pattern(fold_case(address)) + '%';
  const auto rows = database.query(
      "SELECT address, goto FROM alias WHERE LOWER(goto) LIKE ? ESCAPE '|' ORDER BY address FOR UPDATE",
      {like});
  for (const auto& row : rows) {
    auto leads_to = GotoList::of_stored(row[1].value_or(""));
    if (row[0] && leads_to.contains(address)) aliases.push_back({*row[0], std::move(leads_to)});
  }
  return aliases;
}

}  // namespace extmail::ctl
