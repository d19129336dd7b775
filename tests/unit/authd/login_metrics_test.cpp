// SPDX-License-Identifier: MIT
#include "authd/login_metrics.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace extmail;
using namespace std::chrono_literals;
using authd::Ending;
using authd::LoginMetrics;
using wire::auth::Status;
using wire::auth::Verb;

namespace {

std::string page(const LoginMetrics& metrics) {
  metrics::Families families;
  metrics.collect(families);
  return families.page();
}

double value(const LoginMetrics& metrics, const std::string& series) {
  const std::string text = page(metrics);
  const auto place = text.find('\n' + series + ' ');
  REQUIRE(place != std::string::npos);
  return std::stod(text.substr(place + series.size() + 2));
}

std::string requests(const std::string& request, const std::string& service, const std::string& result) {
  return R"(extmail_authd_requests_total{request=")" + request + R"(",service=")" + service +
         R"(",result=")" + result + R"("})";
}

auto lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("Every series is there before anything was asked") {
  const LoginMetrics metrics;
  for (const auto* request : {"verify", "credentials", "user"}) {
    for (const auto* service :
         {"imap", "pop3", "smtp", "submission", "sieve", "webmail", "lmtp", "lda", "doveadm", "other"}) {
      for (const auto* result :
           {"ok", "unknown", "mismatch", "denied", "temporary", "permanent", "throttled"})
        CHECK(value(metrics, requests(request, service, result)) == 0);
    }
  }
  CHECK(value(metrics, requests("list", "other", "permanent")) == 0);
  CHECK(page(metrics).find(R"(request="list",service="imap")") == std::string::npos);
  CHECK(value(metrics, "extmail_authd_remembered_logins_total") == 0);
}

TEST_CASE("A request is counted once, with how it ended and how long it took") {
  LoginMetrics metrics;
  metrics.count(Verb::Verify, "imap", Ending::Ok, 2ms);
  metrics.count(Verb::Verify, "imap", Ending::Ok, 3s);
  metrics.count(Verb::User, "lmtp", Ending::Temporary, 20us);
  metrics.count_remembered();
  metrics.observe_hash(4ms);
  CHECK(value(metrics, requests("verify", "imap", "ok")) == 2);
  CHECK(value(metrics, requests("user", "lmtp", "temporary")) == 1);
  CHECK(value(metrics, requests("verify", "imap", "temporary")) == 0);
  const std::string durations = "extmail_authd_request_duration_seconds";
  CHECK(value(metrics, durations + R"(_count{request="verify"})") == 2);
  CHECK(value(metrics, durations + R"(_bucket{request="verify",le="0.0025"})") == 1);
  CHECK(value(metrics, durations + R"(_count{request="user"})") == 1);
  CHECK(value(metrics, durations + R"(_count{request="list"})") == 0);
  CHECK(value(metrics, "extmail_authd_hash_duration_seconds_count") == 1);
  CHECK(value(metrics, "extmail_authd_remembered_logins_total") == 1);
}

TEST_CASE("Nothing that a peer says makes a series") {
  LoginMetrics metrics;
  const auto before = lines(page(metrics));
  for (const auto* service : {"", "nntp", "IMAP", "other", "imap\"} 1\n", "\xff"}) {
    metrics.count(Verb::Verify, service, Ending::Mismatch, 1ms);
    metrics.count(Verb::List, service, Ending::Ok, 1ms);
  }
  metrics.count(Verb::List, "imap", Ending::Ok, 1ms);
  CHECK(value(metrics, requests("verify", "other", "mismatch")) == 6);
  CHECK(value(metrics, requests("list", "other", "ok")) == 7);
  CHECK(lines(page(metrics)) == before);
}

TEST_CASE("The webmail has two names and one series") {
  LoginMetrics metrics;
  metrics.count(Verb::Verify, "extmail", Ending::Denied, 1ms);
  metrics.count(Verb::Verify, "webmail", Ending::Denied, 1ms);
  CHECK(value(metrics, requests("verify", "webmail", "denied")) == 2);
}

TEST_CASE("What a host is told is what is counted") {
  CHECK(authd::ending_of(Status::Ok) == Ending::Ok);
  CHECK(authd::ending_of(Status::Unknown) == Ending::Unknown);
  CHECK(authd::ending_of(Status::Mismatch) == Ending::Mismatch);
  CHECK(authd::ending_of(Status::Denied) == Ending::Denied);
  CHECK(authd::ending_of(Status::Temporary) == Ending::Temporary);
  CHECK(authd::ending_of(Status::Permanent) == Ending::Permanent);
}
