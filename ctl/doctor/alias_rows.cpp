// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/doctor/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace extmail::ctl {
namespace {

std::string disable(const AliasRow& row) {
  return update_of("alias", "active", "0", "address", row.address);
}

bool is_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return false;
  if (at == 0) return parse_domain(address.substr(1)).has_value();
  return parse_address(quote_local(address.substr(0, at)) + std::string(address.substr(at))).has_value();
}

/// The row without one of its targets; inactive where there is no other.
std::string without(const AliasRow& row, std::string_view target) {
  std::string rest;
  for (const auto& each : split_goto(row.targets)) {
    if (each == target) continue;
    if (!rest.empty()) rest += ',';
    rest += each;
  }
  if (rest.empty()) return disable(row);
  return update_of("alias", "goto", rest, "address", row.address);
}

/// Where a target leads among what is ours.
struct Place {
  enum class Kind : std::uint8_t { Elsewhere, Mailbox, Alias, Nowhere };
  Kind kind = Kind::Elsewhere;
  const Census::Mailbox* mailbox = nullptr;
  std::size_t alias = 0;
};

class Places {
 public:
  explicit Places(DataContext& context) : context_(context) {}

  Place find(std::string_view target) const {
    auto& census = context_.census;
    const std::string address = canonical_address(target);
    const auto domain = std::string(domain_of(address));
    if (domain.empty() || census.find_domain(domain) == nullptr) return {};
    if (const auto found = active_alias(address)) return {Place::Kind::Alias, nullptr, *found};
    if (address.front() == '@') return {};  // another domain of ours, whose own addresses count
    if (const auto* mailbox = find_mailbox(address)) return {Place::Kind::Mailbox, mailbox};
    const auto local = std::string_view(address).substr(0, address.rfind('@'));
    const auto split = split_extension(local, context_.mail.recipient_delimiter);
    if (!split.extension.empty()) return find(join_address(split.base, domain));
    if (const auto found = active_alias('@' + domain)) return {Place::Kind::Alias, nullptr, *found};
    return {Place::Kind::Nowhere};
  }

  const Census::Mailbox* find_mailbox(const std::string& address) const {
    const auto found = context_.census.mailboxes.find(address);
    return found == context_.census.mailboxes.end() ? nullptr : &found->second;
  }

 private:
  std::optional<std::size_t> active_alias(const std::string& address) const {
    const auto found = context_.census.alias_places.find(address);
    if (found == context_.census.alias_places.end()) return std::nullopt;
    if (!context_.census.aliases[found->second].active) return std::nullopt;
    return found->second;
  }

  DataContext& context_;
};

/// A bare name is one of the alias's own domain, as extmail-mapd answers it.
std::string whole(const AliasRow& row, const std::string& target) {
  if (target.find('@') != std::string::npos) return target;
  return target + '@' + std::string(domain_of(trimmed(row.address)));
}

void check_target(DataContext& context, const Places& places, const AliasRow& row,
                  const std::string& target) {
  const std::string object = "alias " + row.address;
  const std::string address = whole(row, target);
  const std::string shown = printable(address, 256);
  if (!is_address(address)) {
    context.findings.add("alias-target",
                         {object, '"' + printable(target, 256) + "\" is no address", without(row, target)});
    return;
  }
  const auto place = places.find(address);
  if (place.kind == Place::Kind::Nowhere) {
    context.findings.add(
        "alias-dangling",
        {object, "it leads to " + shown + ", which is neither a mailbox nor an alias: such mail bounces",
         without(row, target)});
  } else if (place.kind == Place::Kind::Mailbox && !place.mailbox->active) {
    context.findings.add(
        "alias-inactive",
        {object, "it leads to " + shown + ", which is not active: such mail bounces", without(row, target)});
  }
}

/// Follows aliases in depth, without recursion: a chain may be as long as the table.
class Loops {
 public:
  Loops(DataContext& context, const Places& places)
      : context_(context), places_(places), state_(context.census.aliases.size(), State::New) {}

  void find_from(std::size_t start) {
    if (state_[start] != State::New) return;
    enter(start);
    while (!path_.empty()) {
      auto& last = path_.back();
      if (last.next == last.leads_to.size()) {
        state_[last.alias] = State::Done;
        path_.pop_back();
        continue;
      }
      const Edge next = last.leads_to[last.next++];
      if (state_[next.alias] == State::New) {
        enter(next.alias);
      } else if (state_[next.alias] == State::Open) {
        report(next);
      }
    }
  }

 private:
  enum class State : std::uint8_t { New, Open, Done };
  struct Edge {
    std::size_t alias;
    std::string target;  ///< as the row has it
  };
  struct Step {
    std::size_t alias;
    std::vector<Edge> leads_to;
    std::size_t next = 0;
  };

  void enter(std::size_t alias) {
    state_[alias] = State::Open;
    path_.push_back({alias, edges_of(context_.census.aliases[alias]), 0});
  }

  std::vector<Edge> edges_of(const AliasRow& row) const {
    std::vector<Edge> edges;
    if (!row.active) return edges;
    const std::string own = canonical_address(row.address);
    for (const auto& target : split_goto(row.targets)) {
      const std::string address = whole(row, target);
      // What lists itself is delivered to the mailbox of that name.
      if (canonical_address(address) == own && places_.find_mailbox(own) != nullptr) continue;
      if (const auto place = places_.find(address); place.kind == Place::Kind::Alias)
        edges.push_back({place.alias, target});
    }
    return edges;
  }

  /// back is the edge from the end of the path to where it was before.
  void report(const Edge& back) {
    const auto start =
        std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.alias == back.alias; });
    std::string way;
    constexpr long kMostShown = 8;
    for (auto step = start; step != path_.end() && step - start < kMostShown; ++step)
      way += context_.census.aliases[step->alias].address + " leads to ";
    if (path_.end() - start > kMostShown) way += "… leads to ";
    const auto& row = context_.census.aliases[back.alias];
    context_.findings.add("alias-loop",
                          {"alias " + row.address, way + row.address + ": such mail bounces or is lost",
                           without(context_.census.aliases[path_.back().alias], back.target)});
  }

  DataContext& context_;
  const Places& places_;
  std::vector<State> state_;
  std::vector<Step> path_;
};

}  // namespace

void check_alias(DataContext& context, AliasRow row) {
  const std::string object = "alias " + row.address;
  const std::string plain = fold_case(trimmed(row.address));
  if (!is_address(plain)) {
    context.findings.add("alias-address",
                         {object, "this is no address and no @domain: nobody can write to it",
                          "DELETE FROM alias WHERE address = " + sql_literal(row.address) + ';'});
    return;
  }
  if (plain != row.address) {
    context.findings.add(
        "address-form",
        {object, "ExtMan writes addresses in lower case and without blanks, and compares them so",
         update_of("alias", "address", plain, "address", row.address)});
  }
  const std::string named = canonical_domain(domain_of(plain));
  if (canonical_domain(row.domain) != named) {
    context.findings.add(
        "alias-domain",
        {object,
         "its column domain is \"" + printable(row.domain, 256) +
             "\", which is not the domain of the address: ExtMan lists it elsewhere",
         update_of("alias", "domain", std::string(domain_of(plain)), "address", row.address)});
  }
  if (auto* domain = context.census.find_domain(named)) {
    ++domain->aliases;
  } else {
    context.findings.add("alias-domain", {object, "there is no domain " + named + ": no mail comes to it",
                                          "extmailctl domain add " + named});
  }
  const auto [place, is_new] =
      context.census.alias_places.emplace(canonical_address(row.address), context.census.aliases.size());
  if (!is_new) {
    context.findings.add("address-duplicate",
                         {object,
                          "it is the same address as alias " + context.census.aliases[place->second].address +
                              ": one counts for nothing",
                          "DELETE FROM alias WHERE address = " + sql_literal(row.address) + ';'});
    return;
  }
  context.census.aliases.push_back(std::move(row));
}

void check_alias_targets(DataContext& context) {
  const Places places(context);
  for (const auto& row : context.census.aliases) {
    if (!row.active) continue;
    const auto targets = split_goto(row.targets);
    if (targets.empty()) {
      context.findings.add("alias-target",
                           {"alias " + row.address, "it leads to nobody: such mail bounces", disable(row)});
    }
    const std::string own = canonical_address(row.address);
    bool lists_itself = false;
    for (const auto& target : targets) {
      lists_itself = lists_itself || canonical_address(whole(row, target)) == own;
      check_target(context, places, row, target);
    }
    if (const auto* mailbox = places.find_mailbox(own);
        mailbox != nullptr && mailbox->active && !lists_itself) {
      context.findings.add(
          "alias-shadows-mailbox",
          {"alias " + row.address,
           "it takes all mail for the mailbox of that name, which gets none; list it to keep a copy",
           update_of("alias", "goto", mailbox->username + (targets.empty() ? "" : "," + row.targets),
                     "address", row.address)});
    }
  }
}

void check_alias_loops(DataContext& context) {
  const Places places(context);
  Loops loops(context, places);
  for (std::size_t alias = 0; alias < context.census.aliases.size(); ++alias)
    loops.find_from(alias);
}

}  // namespace extmail::ctl
