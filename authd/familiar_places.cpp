// SPDX-License-Identifier: MIT
#include "authd/familiar_places.hpp"

#include <algorithm>

namespace extmail::authd {

FamiliarPlaces::FamiliarPlaces(std::size_t places)
    : sets_(std::max<std::size_t>(1, (places + kWays - 1) / kWays)) {}

FamiliarPlaces::Place FamiliarPlaces::make_place(std::uint64_t user, std::uint64_t network, Time now) {
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // Of user too, else two users of a set would share what is known of a network.
  return {static_cast<std::uint32_t>((user ^ network) >> 32U), static_cast<std::uint32_t>(second + 1)};
}

bool FamiliarPlaces::knows(std::uint64_t user, std::uint64_t network, Time now) const {
  const Place wanted = make_place(user, network, now);
  const auto& set = sets_[user % sets_.size()];
  return std::any_of(set.begin(), set.end(), [&](const Place& place) {
    return place.seen != 0 && place.network == wanted.network &&
           // Another thread may have noted a later second.
           (place.seen >= wanted.seen || std::chrono::seconds(wanted.seen - place.seen) <= kRemembered);
  });
}

void FamiliarPlaces::remember(std::uint64_t user, std::uint64_t network, Time now) {
  const Place fresh = make_place(user, network, now);
  auto& set = sets_[user % sets_.size()];
  auto place = std::find_if(set.begin(), set.end(), [&](const Place& known) {
    return known.seen != 0 && known.network == fresh.network;
  });
  if (place == set.end()) {
    place = std::min_element(set.begin(), set.end(),
                             [](const Place& a, const Place& b) { return a.seen < b.seen; });
  }
  *place = fresh;
}

}  // namespace extmail::authd
