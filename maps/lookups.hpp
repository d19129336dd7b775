// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/address_maps.hpp"
#include "core/idn.hpp"
#include "core/log.hpp"
#include "core/mail_rules.hpp"
#include "core/map_table.hpp"
#include "maps/lookup_metrics.hpp"
#include "maps/query_maps.hpp"
#include "wire/socketmap.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::maps {

/// Answers one map's question by name, for whichever protocol it came in.
///
/// An unknown map is PermanentFailure with the names of the known ones, and so is a result over kMaxResultBytes. Permanent
/// failures are logged with their key.
/// Every answer is counted before it is given.
/// Threads: members are called on the network thread.
class Lookups {
 public:
  /// What Postfix takes from a socketmap, less the word before it.
  static constexpr std::size_t kMaxResultBytes =
      wire::socketmap::kMaxReplyBytes - std::string_view("OK ").size();

  /// store, clock and log must outlive the lookups, metrics the store: answers that it still owes are counted.
  Lookups(cache::Store& store, MailRules rules, LookupMetrics& metrics, const Clock& clock, Log& log);

  /// Takes effect for the next lookup.
  void replace_rules(MailRules rules);

  /// The administrator's own maps from now on; there are none at the start.
  void replace_queries(QueryMaps queries);

  /// Calls reply(Answer<std::string>) once, at once or later on another thread: see cache::Store::ask().
  template <typename Reply>
  void find(std::string_view map, std::string_view key, Reply reply) {
    const auto counted = metrics_.begin(map);
    const Lookup lookup = find_map(map);
    const auto query = queries_->find(map);
    if (lookup == nullptr && query == queries_->end()) {
      counted.end(Outcome::PermanentFailure, cache::AnsweredFrom::Memory);
      return reply(unknown(map));
    }
    auto logged = [&log = log_, counted, map = std::string(map), key = std::string(key),
                   reply = std::move(reply)](const Answer<std::string>& given,
                                             cache::AnsweredFrom from) mutable {
      const bool fits = !given.is_found() || given.value().size() <= kMaxResultBytes;
      const Answer<std::string>& answer = fits ? given : too_long();
      if (answer.outcome() == Outcome::PermanentFailure) complain(log, map, key, answer);
      counted.end(answer.outcome(), from);
      reply(answer);
    };
    if (lookup != nullptr) {
      store_.ask(Question{lookup, std::string(key), rules_, clock_}, std::move(logged));
    } else {
      store_.ask(OwnQuestion{queries_, &query->second, std::string(key), rules_}, std::move(logged));
    }
  }

 private:
  struct Question {
    Lookup lookup;
    std::string key;
    std::shared_ptr<const MailRules> rules;
    const Clock& clock;

    Answer<std::string> operator()(const Directory& directory) const {
      const IdnDirectory either_form(directory);
      const AddressMaps maps(either_form, clock, *rules);
      return (maps.*lookup)(key, {});
    }
  };

  /// Of one of the administrator's own maps. It holds on to the maps that there were when it came.
  struct OwnQuestion {
    std::shared_ptr<const QueryMaps> queries;
    const QueryMap* query;
    std::string key;
    std::shared_ptr<const MailRules> rules;

    Answer<std::string> operator()(const QueryDirectory& directory) const {
      return query->look_up(key, rules->recipient_delimiter, directory, {});
    }
  };

  [[nodiscard]] static const Answer<std::string>& too_long();
  [[nodiscard]] Answer<std::string> unknown(std::string_view map) const;
  static void complain(Log& log, const std::string& map, const std::string& key,
                       const Answer<std::string>& answer);

  cache::Store& store_;
  std::shared_ptr<const MailRules> rules_;
  LookupMetrics& metrics_;
  std::shared_ptr<const QueryMaps> queries_ = std::make_shared<const QueryMaps>();
  const Clock& clock_;
  Log& log_;
};

}  // namespace extmail::maps
