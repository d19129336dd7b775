// SPDX-License-Identifier: MIT
#include "authd/login_metrics.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace extmail::authd {
namespace {

using metrics::HistogramSample;
using metrics::Sample;
using wire::auth::Verb;

constexpr std::array<std::pair<Verb, const char*>, 5> kVerbNames{{{Verb::Verify, "verify"},
                                                                  {Verb::User, "user"},
                                                                  {Verb::Credentials, "credentials"},
                                                                  {Verb::List, "list"},
                                                                  {Verb::ChangePassword, "change-password"}}};

constexpr std::array<const char*, 10> kServiceNames{"imap",    "pop3", "smtp", "submission", "sieve",
                                                    "webmail", "lmtp", "lda",  "doveadm",    "other"};
constexpr std::size_t kOther = kServiceNames.size() - 1;

constexpr std::array<const char*, 7> kEndingNames{"ok",        "unknown",   "mismatch", "denied",
                                                  "temporary", "permanent", "throttled"};

std::size_t slot_of(Verb verb) {
  const auto* const it = std::find_if(kVerbNames.begin(), kVerbNames.end(),
                                      [&](const auto& name) { return name.first == verb; });
  return it == kVerbNames.end() ? 0 : static_cast<std::size_t>(it - kVerbNames.begin());
}

std::size_t slot_of(std::string_view service) {
  if (service == "extmail") service = "webmail";
  const auto* const it = std::find(kServiceNames.begin(), kServiceNames.begin() + kOther, service);
  return static_cast<std::size_t>(it - kServiceNames.begin());
}

}  // namespace

Ending ending_of(wire::auth::Status status) {
  using wire::auth::Status;
  switch (status) {
    case Status::Ok:
      return Ending::Ok;
    case Status::Unknown:
      return Ending::Unknown;
    case Status::Mismatch:
      return Ending::Mismatch;
    case Status::Denied:
      return Ending::Denied;
    case Status::Permanent:
      return Ending::Permanent;
    case Status::Temporary:
      break;
  }
  return Ending::Temporary;
}

void LoginMetrics::count(Verb verb, std::string_view service, Ending ending, Time::duration took) {
  const std::size_t slot = slot_of(verb);
  counts_.at(slot)
      .at(verb == Verb::List ? kOther : slot_of(service))
      .at(static_cast<std::size_t>(ending))
      .fetch_add(1, std::memory_order_relaxed);
  durations_.at(slot).observe(took);
}

void LoginMetrics::observe_hash(Time::duration took) {
  hashes_.observe(took);
}

void LoginMetrics::collect(metrics::Families& families) const {
  std::vector<Sample> requests;
  std::vector<HistogramSample> durations;
  for (std::size_t verb = 0; verb < kVerbs; ++verb) {
    const bool is_list = kVerbNames.at(verb).first == Verb::List;
    for (std::size_t service = is_list ? kOther : 0; service < kServices; ++service) {
      for (std::size_t ending = 0; ending < kEndings; ++ending) {
        // All of them from the start: Prometheus does not see a series grow that begins at 1.
        const auto count = counts_.at(verb).at(service).at(ending).load(std::memory_order_relaxed);
        requests.push_back({{{"request", kVerbNames.at(verb).second},
                             {"service", kServiceNames.at(service)},
                             {"result", kEndingNames.at(ending)}},
                            static_cast<double>(count)});
      }
    }
    durations.push_back({{{"request", kVerbNames.at(verb).second}}, durations_.at(verb).snapshot()});
  }
  families.counter("extmail_authd_requests_total",
                   "Requests by what was asked, the service that asked, and how it ended.", requests);
  families.histogram("extmail_authd_request_duration_seconds",
                     "From a request to its answer; the delays of throttled logins are in it.", durations);
  families.histogram("extmail_authd_hash_duration_seconds", "Password checks that had to compute a hash.",
                     {{{}, hashes_.snapshot()}});
  families.counter("extmail_authd_remembered_logins_total",
                   "Logins whose password was known from before: no hash was computed.",
                   static_cast<double>(remembered_.load(std::memory_order_relaxed)));
}

}  // namespace extmail::authd
