// SPDX-License-Identifier: MIT
#include "ctl/doctor/finding.hpp"

#include "ctl/problem.hpp"

#include <algorithm>
#include <utility>

namespace extmail::ctl {
namespace {

/// The checks that a word means.
std::vector<std::string_view> meant_by(const std::string& word) {
  std::vector<std::string_view> ids;
  for (const auto& check : all_checks()) {
    if (check.id == word || name_of(check.area) == word) ids.push_back(check.id);
  }
  if (ids.empty())
    throw Misuse("there is no check \"" + word + "\"; extmailctl doctor --list has them, and their areas");
  return ids;
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      break;
  }
  return "note";
}

std::string_view name_of(Area area) {
  switch (area) {
    case Area::Host:
      return "host";
    case Area::Database:
      return "database";
    case Area::Data:
      break;
  }
  return "data";
}

Findings::Findings(const std::set<std::string_view>& wanted, std::size_t most) : most_(most) {
  for (const auto& check : all_checks()) {
    if (wanted.count(check.id) > 0) found_.push_back({&check, {}, 0});
  }
}

void Findings::add(std::string_view id, Finding finding) {
  const auto of =
      std::find_if(found_.begin(), found_.end(), [&](const auto& each) { return each.check->id == id; });
  if (of == found_.end()) return;
  if (most_ > 0 && of->shown.size() >= most_) {
    ++of->more;
    return;
  }
  of->shown.push_back(std::move(finding));
}

bool Findings::wants(std::string_view id) const {
  return std::any_of(found_.begin(), found_.end(), [&](const auto& each) { return each.check->id == id; });
}

bool Findings::wants(Area area) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const auto& each) { return each.check->area == area; });
}

std::vector<const Findings::Of*> Findings::all() const {
  std::vector<const Of*> all;
  for (const auto& each : found_) {
    if (!each.shown.empty()) all.push_back(&each);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Of* a, const Of* b) { return a->check->severity > b->check->severity; });
  return all;
}

std::set<std::string_view> choose_checks(const std::vector<std::string>& only,
                                         const std::vector<std::string>& skip) {
  std::set<std::string_view> chosen;
  if (only.empty()) {
    for (const auto& check : all_checks())
      chosen.insert(check.id);
  }
  for (const auto& word : only) {
    for (const auto id : meant_by(word))
      chosen.insert(id);
  }
  for (const auto& word : skip) {
    for (const auto id : meant_by(word))
      chosen.erase(id);
  }
  return chosen;
}

}  // namespace extmail::ctl
