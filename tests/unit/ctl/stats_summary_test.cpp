// SPDX-License-Identifier: MIT
#include "ctl/output/units.hpp"
#include "ctl/stats/summary.hpp"
#include "support/catch.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace extmail;
using ctl::MetricsPage;

namespace {

using Figures = std::map<std::string, std::string>;

Figures summary_of(std::string_view daemon, std::string_view text) {
  const auto page = MetricsPage::parse(text);
  REQUIRE(page.is_found());
  Figures figures;
  for (const auto& figure : ctl::summary(daemon, page.value(), 10000)) {
    INFO(figure.name);
    CHECK(figures.emplace(figure.name, figure.text).second);
  }
  return figures;
}

/// Has the page these figures? It may have more; an empty text stands for one that is not there.
void check_figures(std::string_view daemon, std::string_view page, const Figures& expected) {
  Figures figures = summary_of(daemon, page);
  for (const auto& [name, text] : expected) {
    INFO(daemon << ": " << name);
    CHECK(figures[name] == text);
  }
}

}  // namespace

TEST_CASE("Durations and sizes are short, and exact enough") {
  const std::vector<std::pair<double, std::string>> durations{
      {0, "0 s"},         {0.00001, "10 us"}, {0.0025, "2.5 ms"}, {0.25, "250 ms"},      {1, "1 s"},
      {2.54, "2.5 s"},    {59, "59 s"},       {60, "1 min 0 s"},  {3599, "59 min 59 s"}, {3600, "1 h 0 min"},
      {86400, "1 d 0 h"}, {1e6, "11 d 13 h"}};
  for (const auto& [seconds, text] : durations)
    CHECK(ctl::duration_text(seconds) == text);
  const std::vector<std::pair<double, std::string>> sizes{
      {0, "0 B"},        {1023, "1023 B"},       {1024, "1 KiB"},
      {1536, "1.5 KiB"}, {134217728, "128 MiB"}, {2e15, "1819 TiB"}};
  for (const auto& [bytes, text] : sizes)
    CHECK(ctl::size_text(bytes) == text);
}

TEST_CASE("A daemon without a request has no rates, and what a page lacks is left out") {
  CHECK(summary_of("mapd", "").empty());
  const auto figures = summary_of("mapd",
                                  "process_start_time_seconds 9990\nextmail_mapd_cache_hits_total 0\n"
                                  "extmail_mapd_cache_misses_total 0\nextmail_authd_database_away 1\n");
  CHECK(figures == Figures{{"running for", "10 s"}});
}

TEST_CASE("Failures are those that nobody got an answer of") {
  check_figures("mapd",
                "process_start_time_seconds 9000\n"
                "extmail_mapd_lookups_total{map=\"a\",outcome=\"found\"} 1\n"
                "extmail_mapd_lookups_total{map=\"b\",outcome=\"found\"} 1\n"
                "extmail_mapd_lookups_total{map=\"a\",outcome=\"not_found\"} 4\n"
                "extmail_mapd_lookups_total{map=\"a\",outcome=\"temporary_failure\"} 8\n"
                "extmail_mapd_lookups_total{map=\"a\",outcome=\"permanent_failure\"} 16\n",
                {{"requests", "30"},
                 {"requests per second", "0.03"},
                 {"of them failed", "24"},
                 {"found", "2"},
                 {"not found", "4"}});
}

TEST_CASE("A database that is away says since when") {
  const std::string page =
      "extmail_policyd_database_last_answer_age_seconds 75\nextmail_policyd_change_log_followed 1\n"
      "extmail_policyd_database_host_active{host=\"a\"} 0\nextmail_policyd_database_host_active{host=\"b\"} "
      "1\n";
  check_figures("policyd", page + "extmail_policyd_database_away 1\n",
                {{"database", "away for 1 min 15 s"}, {"server asked", "b"}, {"change log", "not followed"}});
  check_figures("policyd",
                page + "extmail_policyd_database_away 0\nextmail_policyd_change_log_lag_seconds 0.1\n",
                {{"database", "answers"}, {"change log", "read 100 ms ago"}});
}

TEST_CASE("Logins are questions with a password or a challenge") {
  check_figures(
      "authd",
      "extmail_authd_requests_total{request=\"verify\",result=\"ok\"} 1\n"
      "extmail_authd_requests_total{request=\"credentials\",result=\"ok\"} 2\n"
      "extmail_authd_requests_total{request=\"user\",result=\"ok\"} 4\n"
      "extmail_authd_requests_total{request=\"user\",result=\"temporary\"} 8\n"
      "extmail_authd_requests_total{request=\"verify\",result=\"throttled\"} 16\n",
      {{"logins", "3"}, {"logins throttled", "16"}, {"of them failed", "8"}, {"wrong passwords", ""}});
}

TEST_CASE("Rules on trial decide nothing") {
  check_figures("policyd",
                "extmail_policyd_decisions_total{rule=\"a\",action=\"reject\",mode=\"enforce\"} 1\n"
                "extmail_policyd_decisions_total{rule=\"b\",action=\"reject\",mode=\"log\"} 2\n"
                "extmail_policyd_state_away 1\n",
                {{"rejected", "1"}, {"state", "can't be used"}});
}
