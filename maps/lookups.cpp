// SPDX-License-Identifier: MIT
#include "maps/lookups.hpp"

namespace extmail::maps {

Lookups::Lookups(cache::Store& store, MailRules rules, LookupMetrics& metrics, const Clock& clock, Log& log)
    : store_(store),
      rules_(std::make_shared<const MailRules>(std::move(rules))),
      metrics_(metrics),
      clock_(clock),
      log_(log) {}

void Lookups::replace_rules(MailRules rules) {
  rules_ = std::make_shared<const MailRules>(std::move(rules));
}

void Lookups::replace_queries(QueryMaps queries) {
  queries_ = std::make_shared<const QueryMaps>(std::move(queries));
}

const Answer<std::string>& Lookups::too_long() {
  static const auto answer = Answer<std::string>::permanent_failure(
      "the answer is over " + std::to_string(wire::socketmap::kMaxReplyBytes) +
      " bytes, the most that Postfix takes; split the alias in two");
  return answer;
}

Answer<std::string> Lookups::unknown(std::string_view map) const {
  constexpr std::size_t kMaxNameBytes = 100;
  auto answer = Answer<std::string>::permanent_failure(
      "unknown map " + std::string(map.substr(0, kMaxNameBytes)) + "; known are " + known_maps(*queries_));
  log_.write(Level::Warning, "bad_request", answer.reason());
  return answer;
}

void Lookups::complain(Log& log, const std::string& map, const std::string& key,
                       const Answer<std::string>& answer) {
  log.write(Level::Error, "lookup_failed", map + ' ' + key + ": " + answer.reason());
}

}  // namespace extmail::maps
