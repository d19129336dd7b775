// SPDX-License-Identifier: MIT
#include "ctl/explain/alias_expansion.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace extmail::ctl {
namespace {

class Expander {
 public:
  Expander(Course& course, const std::string& address) : course_(course), addresses_{address} {}

  Expansion run() {
    for (std::size_t place = 0; place < addresses_.size(); ++place) {
      if (addresses_.size() > kExpansionLimit)
        return failed(Verdict::Temporary, "it leads to more than " + std::to_string(kExpansionLimit) +
                                              " addresses (virtual_alias_expansion_limit)");
      if (auto failure = follow(place)) return {{}, std::move(failure)};
    }
    Expansion expansion;
    std::set<std::string> seen;
    for (auto& address : addresses_) {
      if (seen.insert(fold_case(address)).second) expansion.recipients.push_back(std::move(address));
    }
    return expansion;
  }

 private:
  using Failure = std::optional<Expansion::Failure>;

  static Expansion failed(Verdict verdict, std::string reason) {
    return {{}, Expansion::Failure{verdict, std::move(reason)}};
  }

  /// Replaces the address at place by what it leads to, until that leads nowhere.
  Failure follow(std::size_t place) {
    std::vector<std::string> chain;
    std::set<std::pair<std::string, std::size_t>> seen;
    for (std::size_t count = 0;; ++count) {
      const std::string current = addresses_[place];
      if (settled_.contains(fold_case(current))) return std::nullopt;
      chain.push_back(current);
      // The way from here was gone before, and nothing has changed that would end it this time.
      if (!seen.insert({fold_case(current), settled_.size()}).second)
        return Expansion::Failure{Verdict::Temporary, "the aliases form a loop: " + text_of(chain)};
      if (count >= kRecursionLimit) {
        return Expansion::Failure{Verdict::Temporary, "aliases lead to aliases more than " +
                                                          std::to_string(kRecursionLimit) +
                                                          " times (virtual_alias_recursion_limit)"};
      }
      const Step& step = course_.ask_address("virtual_alias_maps", current);
      if (step.outcome == Outcome::NotFound) return std::nullopt;
      if (step.outcome != Outcome::Found) {
        return Expansion::Failure{verdict_on_failure(step.outcome),
                                  "virtual_alias_maps fails for " + current + ": " + step.answer};
      }
      const auto targets = split_addresses(step.answer);
      for (std::size_t i = 0; i < targets.size(); ++i) {
        if (targets[i].size() > kAddressLimit) {
          return Expansion::Failure{Verdict::Temporary, "an address of " + current + " is over " +
                                                            std::to_string(kAddressLimit) +
                                                            " bytes (virtual_alias_address_length_limit)"};
        }
        if (i == 0) {
          addresses_[place] = targets[i];
        } else {
          addresses_.push_back(targets[i]);
        }
        if (same_key(targets[i], current)) settled_.insert(fold_case(current));
      }
      if (targets.empty()) return std::nullopt;
    }
  }

  /// From where it comes back to its end.
  static std::string text_of(const std::vector<std::string>& chain) {
    const auto start = std::find_if(chain.begin(), chain.end(),
                                    [&](const auto& each) { return same_key(each, chain.back()); });
    std::string text;
    for (auto it = start; it != chain.end(); ++it)
      text += (it == start ? "" : " leads to ") + *it;
    return text;
  }

  Course& course_;
  std::vector<std::string> addresses_;
  std::set<std::string> settled_;  // those that lead to themselves, folded
};

}  // namespace

Expansion expand_aliases(Course& course, const std::string& address) {
  return Expander(course, address).run();
}

}  // namespace extmail::ctl
