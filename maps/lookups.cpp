// SPDX-License-Identifier: MIT
#include "maps/lookups.hpp"

namespace extmail::maps {

Lookups::Lookups(cache::Store& store, AddressMaps::Settings settings, const Clock& clock, Log& log)
    : store_(store),
      settings_(std::make_shared<const AddressMaps::Settings>(std::move(settings))),
      clock_(clock),
      log_(log) {}

void Lookups::replace_settings(AddressMaps::Settings settings) {
  settings_ = std::make_shared<const AddressMaps::Settings>(std::move(settings));
}

Answer<std::string> Lookups::unknown(std::string_view map) const {
  constexpr std::size_t kMaxNameBytes = 100;
  auto answer = Answer<std::string>::permanent_failure(
      "unknown map " + std::string(map.substr(0, kMaxNameBytes)) + "; known are " + known_maps());
  log_.write(Level::Warning, "bad_request", answer.reason());
  return answer;
}

void Lookups::complain(Log& log, const std::string& map, const std::string& key,
                       const Answer<std::string>& answer) {
  log.write(Level::Error, "lookup_failed", map + ' ' + key + ": " + answer.reason());
}

}  // namespace extmail::maps
