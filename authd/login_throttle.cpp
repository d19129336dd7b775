// SPDX-License-Identifier: MIT
#include "authd/login_throttle.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

constexpr std::size_t kPlacesPerEntry = 8;

/// What takes longer to fade than a burst of many guesses at once is worth.
constexpr float kMaxCount = 128;

// Kinds of keys.
constexpr std::size_t kUser = 0;
constexpr std::size_t kAddress = 1;
constexpr std::size_t kNetwork = 2;
constexpr std::size_t kKinds = 3;

constexpr unsigned kAddressBitsV4 = 32;
constexpr unsigned kNetworkBitsV4 = 24;
constexpr unsigned kAddressBitsV6 = 64;
constexpr unsigned kNetworkBitsV6 = 48;

std::string_view bytes_of(const IpAddress::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view bytes_of(const std::uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::chrono::seconds spacing(long count, long free) {
  constexpr long kMaxDoublings = 10;  // 2^10 s are more than kMaxSpacing
  const long doublings = std::clamp(count - free, 0L, kMaxDoublings);
  return std::min<std::chrono::seconds>(LoginThrottle::kFirstDelay * (1L << doublings),
                                        LoginThrottle::kMaxSpacing);
}

Time time_of(Time::rep ticks) {
  return Time(Time::duration(ticks));
}

}  // namespace

LoginThrottle::Attempt::Attempt(Attempt&& other) noexcept
    : throttle_(std::exchange(other.throttle_, nullptr)),
      verdict_(other.verdict_),
      wait_(other.wait_),
      is_counted_(other.is_counted_),
      is_pending_(other.is_pending_),
      is_at_once_(other.is_at_once_),
      user_(other.user_),
      guess_(other.guess_),
      repeats_(other.repeats_),
      keys_(other.keys_) {}

LoginThrottle::Attempt::~Attempt() {
  if (throttle_ != nullptr && is_pending_) {
    const std::lock_guard lock(throttle_->mutex_);
    throttle_->end(*this);
  }
}

bool LoginThrottle::Attempt::failed(Time now) {
  auto* throttle = std::exchange(throttle_, nullptr);
  return throttle == nullptr || throttle->fail(*this, now);
}

void LoginThrottle::Attempt::succeeded(Time now) {
  if (auto* throttle = std::exchange(throttle_, nullptr)) throttle->succeed(*this, now);
}

bool LoginThrottle::Attempt::would_teach(Time now) const {
  return throttle_ != nullptr && throttle_->would_teach(*this, now);
}

LoginThrottle::LoginThrottle(Settings settings)
    : settings_(std::move(settings)),
      failures_(settings_.entries),
      places_(settings_.entries * kPlacesPerEntry) {
  held_.reserve(kMaxHeld);
}

void LoginThrottle::replace_settings(Settings settings) {
  const std::lock_guard lock(mutex_);
  settings_ = std::move(settings);
}

LoginThrottle::Statistics LoginThrottle::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics statistics = statistics_;
  statistics.entries = failures_.size();
  return statistics;
}

LoginThrottle::Limit LoginThrottle::limit_of(std::size_t kind) const {
  switch (kind) {
    case kUser:
      return {settings_.free_for_user, settings_.free_for_user};
    case kAddress:
      return {settings_.free_for_address, std::max(kParallelOfAddress, settings_.free_for_address)};
    default:
      return {settings_.free_for_network, std::max(kParallelOfNetwork, settings_.free_for_network)};
  }
}

LoginThrottle::Attempt LoginThrottle::admit(std::string_view user, const std::optional<IpAddress>& client,
                                            std::string_view password, Time now, Place place) {
  Attempt attempt(*this);
  if (client) {
    const bool is_v4 = client->is_v4();
    const Network address(*client, is_v4 ? kAddressBitsV4 : kAddressBitsV6);
    const Network network(*client, is_v4 ? kNetworkBitsV4 : kNetworkBitsV6);
    attempt.user_ = key_.short_digest({fold_case(user)});
    attempt.guess_ = key_.short_digest({bytes_of(attempt.user_), password});
    const std::uint64_t at = key_.short_digest({"address", bytes_of(address.address().bytes())});
    const std::uint64_t around = key_.short_digest({"network", bytes_of(network.address().bytes())});
    attempt.keys_ = {key_.short_digest({bytes_of(attempt.user_), bytes_of(at)}), at, around};
  }

  const std::lock_guard lock(mutex_);
  attempt.is_counted_ = settings_.enabled && client && !settings_.exempt.contains(client);
  if (!attempt.is_counted_) return attempt;
  const Failures* own = failures_.find(attempt.keys_[kUser]);
  if (own != nullptr && own->has_wrong(attempt.guess_)) {
    begin_again(attempt);
    return attempt;
  }

  Time start = now;
  std::array<bool, kKinds> is_slowed{};
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const auto free_at = place_for(attempt, kind, now);
    is_slowed[kind] = free_at.has_value();
    if (free_at) start = std::max(start, *free_at);
  }
  if (start - now > settings_.max_delay || (start > now && !may_hold(attempt, now))) {
    refuse(attempt);
    return attempt;
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (is_slowed[kind] && place == Place::Taken)
      take_place(attempt.keys_[kind], limit_of(kind).free, start, now);
  }
  begin(attempt, start, now);
  return attempt;
}

void LoginThrottle::take_place(std::uint64_t key, unsigned free, Time start, Time now) {
  Failures& failures = failures_.make(key, now, settings_.half_life);
  const long count = std::lround(failures.count_at(now, settings_.half_life));
  failures.next = (start + spacing(count, free)).time_since_epoch().count();
}

/// When a key lets the attempt in; empty if it does not care.
std::optional<Time> LoginThrottle::place_for(const Attempt& attempt, std::size_t kind, Time now) {
  const std::uint64_t key = attempt.keys_[kind];
  const Limit limit = limit_of(kind);
  const Failures* failures = failures_.find(key);
  const long count = failures == nullptr ? 0 : std::lround(failures->count_at(now, settings_.half_life));
  const bool has_failed = count >= static_cast<long>(limit.free);
  // Before the first answers are there nothing has failed yet. To make the same guess once more is free, but not a flood.
  const std::uint32_t same = pending_.of(attempt.guess_);
  const bool is_crowded = count + static_cast<long>(pending_.of(key)) >= static_cast<long>(limit.parallel) &&
                          (same == 0 || same >= kParallelOfAddress);
  if (!has_failed && !is_crowded) return std::nullopt;
  if (kind != kUser && places_.knows(attempt.user_, key, now)) return std::nullopt;
  const Time next = failures == nullptr ? now : time_of(failures->next);
  return std::max(has_failed ? now : now + kFirstDelay, next);
}

bool LoginThrottle::may_hold(const Attempt& attempt, Time now) {
  while (!held_.empty() && held_.front().until <= now) {
    std::pop_heap(held_.begin(), held_.end(), std::greater<>());
    held_.pop_back();
  }
  if (held_.size() >= kMaxHeld) return false;
  const auto of_network = std::count_if(
      held_.begin(), held_.end(), [&](const Held& held) { return held.network == attempt.keys_[kNetwork]; });
  return static_cast<std::size_t>(of_network) < kMaxHeldOfNetwork;
}

void LoginThrottle::begin(Attempt& attempt, Time start, Time now) {
  attempt.is_pending_ = true;
  for (const std::uint64_t key : attempt.keys_)
    pending_.add(key);
  if (start <= now) {
    // Who sends the same password in several connections makes one guess. One that is held is not evaluated yet: to
    // send it again must not be the way around.
    attempt.is_at_once_ = true;
    pending_.add(attempt.guess_);
    return;
  }
  attempt.verdict_ = Verdict::Wait;
  attempt.wait_ = std::chrono::ceil<std::chrono::milliseconds>(start - now);
  held_.push_back({start, attempt.keys_[kNetwork]});
  std::push_heap(held_.begin(), held_.end(), std::greater<>());
  ++statistics_.delayed;
}

void LoginThrottle::begin_again(Attempt& attempt) {
  const std::uint64_t repeats = key_.short_digest({"repeats", bytes_of(attempt.keys_[kAddress])});
  if (pending_.of(repeats) >= kParallelOfAddress) return refuse(attempt);
  attempt.is_pending_ = true;
  attempt.repeats_ = repeats;
  pending_.add(repeats);
}

void LoginThrottle::refuse(Attempt& attempt) {
  attempt.verdict_ = Verdict::Refused;
  attempt.is_counted_ = false;
  attempt.throttle_ = nullptr;
  ++statistics_.refused;
}

void LoginThrottle::end(Attempt& attempt) {
  if (!std::exchange(attempt.is_pending_, false)) return;
  if (attempt.repeats_ != 0) return pending_.remove(attempt.repeats_);
  for (const std::uint64_t key : attempt.keys_)
    pending_.remove(key);
  if (attempt.is_at_once_) pending_.remove(attempt.guess_);
}

void LoginThrottle::count(std::uint64_t key, unsigned free, Time now) {
  Failures& failures = failures_.make(key, now, settings_.half_life);
  failures.count = std::min(failures.count_at(now, settings_.half_life) + 1, kMaxCount);
  failures.counted_at = now.time_since_epoch().count();
  const long count = std::lround(failures.count);
  if (count < static_cast<long>(free)) return;
  failures.next = std::max(failures.next, (now + spacing(count, free)).time_since_epoch().count());
}

bool LoginThrottle::fail(Attempt& attempt, Time now) {
  const std::lock_guard lock(mutex_);
  end(attempt);
  if (!attempt.is_counted_) {
    ++statistics_.uncounted;
    return true;
  }
  Failures& own = failures_.make(attempt.keys_[kUser], now, settings_.half_life);
  if (own.has_wrong(attempt.guess_)) {
    ++statistics_.repeated;
    return false;
  }
  own.add_wrong(attempt.guess_);
  ++statistics_.failures;
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    count(attempt.keys_[kind], limit_of(kind).free, now);
  return true;
}

void LoginThrottle::succeed(Attempt& attempt, Time now) {
  const std::lock_guard lock(mutex_);
  end(attempt);
  if (!attempt.is_counted_) return;
  failures_.erase(attempt.keys_[kUser]);
  for (const std::size_t kind : {kAddress, kNetwork})
    places_.remember(attempt.user_, attempt.keys_[kind], now);
}

bool LoginThrottle::would_teach(const Attempt& attempt, Time now) {
  const Time later = now + FamiliarPlaces::kRemembered - kTeachesAgain;
  const std::lock_guard lock(mutex_);
  if (!attempt.is_counted_) return false;
  if (failures_.find(attempt.keys_[kUser]) != nullptr) return true;
  return !places_.knows(attempt.user_, attempt.keys_[kAddress], later) ||
         !places_.knows(attempt.user_, attempt.keys_[kNetwork], later);
}

}  // namespace extmail::authd
