// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "metrics/families.hpp"
#include "metrics/latency_histogram.hpp"
#include "wire/auth_protocol.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace extmail::authd {

/// How a request ended, for who counts them: the protocol's statuses, and a throttled login apart from other trouble.
enum class Ending : std::uint8_t { Ok, Unknown, Mismatch, Denied, Temporary, Permanent, Throttled };

[[nodiscard]] Ending ending_of(wire::auth::Status status);

/// Counts what extmail-authd was asked, by request, service and ending, and how long it took.
///
/// Services are those that Dovecot, Postfix and ExtMail have; whatever else a peer says counts as "other", and so do lists,
/// which are for no service. What is asked makes no series.
/// Threads: all members may be called concurrently; none locks or allocates but collect().
class LoginMetrics {
 public:
  void count(wire::auth::Verb verb, std::string_view service, Ending ending, Time::duration took);
  void count_remembered() { remembered_.fetch_add(1, std::memory_order_relaxed); }
  void observe_hash(Time::duration took);

  void collect(metrics::Families& families) const;

 private:
  static constexpr std::size_t kVerbs = 5;  // without hello
  static constexpr std::size_t kServices = 10;
  static constexpr std::size_t kEndings = 7;
  using Endings = std::array<std::atomic<std::uint64_t>, kEndings>;

  std::array<std::array<Endings, kServices>, kVerbs> counts_{};
  std::array<metrics::LatencyHistogram, kVerbs> durations_{};
  metrics::LatencyHistogram hashes_;
  std::atomic<std::uint64_t> remembered_{0};
};

}  // namespace extmail::authd
