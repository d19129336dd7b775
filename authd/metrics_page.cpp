// SPDX-License-Identifier: MIT
#include "authd/metrics_page.hpp"

namespace extmail::authd {
namespace {

using metrics::Families;

template <typename Number>
double number(Number value) {
  return static_cast<double>(value);
}

void collect(Families& families, const LoginThrottle::Statistics& now) {
  families.gauge("extmail_authd_throttle_entries", "Addresses, networks and users with failed logins.",
                 number(now.entries));
  families.counter("extmail_authd_throttle_failures_total", "Failed logins that count as guesses.",
                   number(now.failures));
  families.counter("extmail_authd_throttle_repeated_total",
                   "Failed logins with the same wrong password as before: no new guess.",
                   number(now.repeated));
  families.counter("extmail_authd_throttle_uncounted_total",
                   "Failed logins of clients that are exempt, or whose address the host does not tell.",
                   number(now.uncounted));
  families.counter("extmail_authd_throttle_delayed_total", "Logins that were held back.",
                   number(now.delayed));
  families.counter("extmail_authd_throttle_refused_total",
                   "Logins that were refused unseen, because they would have had to wait for too long.",
                   number(now.refused));
}

void collect(Families& families, const LastLogins::Statistics& now) {
  families.gauge("extmail_authd_last_logins_waiting", "Last logins that are still to be written.",
                 number(now.waiting));
  families.counter("extmail_authd_last_logins_written_total", "Last logins that were written.",
                   number(now.written));
  families.counter("extmail_authd_last_logins_lost_total",
                   "Last logins that found no room while the database could not be written to.",
                   number(now.lost));
}

void collect(Families& families, const Rehasher::Statistics& now) {
  families.counter("extmail_authd_rehashed_total", "Weak hashes that were replaced.", number(now.done));
  families.counter("extmail_authd_rehash_failures_total",
                   "Weak hashes that could not be replaced; see rehash_failed in the log.",
                   number(now.failed));
  families.counter("extmail_authd_rehash_skipped_total",
                   "Weak hashes that somebody had changed meanwhile, or for which there was no time.",
                   number(now.left_alone + now.dropped));
}

}  // namespace

std::string MetricsPage::text() const {
  Families families;
  parts_.metrics.collect(families);
  families.gauge("extmail_authd_hashes_waiting", "Password checks that wait or run.",
                 number(authenticator_.hashing()));
  families.gauge("extmail_authd_hash_threads", "Password checks that can run at once (hash_threads).",
                 number(hash_threads_));
  collect(families, parts_.throttle.statistics());
  if (parts_.last_logins != nullptr) collect(families, parts_.last_logins->statistics());
  if (parts_.rehasher != nullptr) collect(families, parts_.rehasher->statistics());
  shared_.collect(families);
  return families.page();
}

}  // namespace extmail::authd
