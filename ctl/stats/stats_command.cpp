// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/output/report.hpp"
#include "ctl/stats/metrics_page.hpp"
#include "ctl/stats/metrics_source.hpp"
#include "ctl/stats/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace extmail::ctl {
namespace {

using Json = nlohmann::ordered_json;

/// With the address at which deploy/extmail.toml proposes to show its figures.
constexpr std::array<std::pair<const char*, const char*>, 3> kDaemons{
    {{"mapd", "127.0.0.1:9731"}, {"authd", "127.0.0.1:9732"}, {"policyd", "127.0.0.1:9733"}}};

/// A daemon that was asked, with what it told.
struct Told {
  std::string daemon;
  MetricsPage page;
};

Answer<MetricsPage> ask(const std::string& daemon, const MetricsSource& source) {
  using Asked = Answer<MetricsPage>;
  const auto text = fetch_page(source);
  if (!text.is_found()) return Asked::same_failure(text);
  auto page = MetricsPage::parse(text.value());
  if (page.is_found() && page.value().find("extmail_" + daemon + "_build_info") == nullptr)
    return Asked::permanent_failure("it is not extmail-" + daemon + " that listens there");
  return page;
}

/// As a page has it: the shortest text that reads as the same number.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return Json(value == std::floor(value) && std::abs(value) < 1e15 ? Json(static_cast<std::int64_t>(value))
                                                                   : Json(value))
      .dump();
}

/// Empty where there are none.
std::optional<std::string> labels_text(const MetricSample& sample) {
  if (sample.labels.empty()) return std::nullopt;
  std::string text;
  for (const auto& [name, value] : sample.labels) {
    if (!text.empty()) text += ',';
    text += name + '=' + Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text;
}

void write_csv(std::ostream& out, const std::vector<Told>& all) {
  out << "daemon,metric,labels,value\r\n";
  for (const auto& told : all) {
    for (const auto& sample : told.page.samples())
      out << told.daemon << ',' << csv_field(sample.name) << ',' << csv_field(labels_text(sample)) << ','
          << number_text(sample.value) << "\r\n";
  }
}

void write_json(std::ostream& out, const std::vector<Told>& all) {
  Json array = Json::array();
  for (const auto& told : all) {
    for (const auto& sample : told.page.samples()) {
      Json labels = Json::object();
      for (const auto& [name, value] : sample.labels)
        labels[name] = value;
      Json value = Json::parse(number_text(sample.value), nullptr, false);
      if (value.is_discarded()) value = number_text(sample.value);  // JSON has neither NaN nor Inf
      array.push_back({{"daemon", told.daemon},
                       {"metric", sample.name},
                       {"labels", std::move(labels)},
                       {"value", std::move(value)}});
    }
  }
  out << array.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

/// Side by side, each figure of any of them once.
void write_text(const Output& output, const std::vector<Told>& all) {
  std::vector<Report::Column> columns{{"figure"}};
  std::vector<std::vector<Report::Cell>> rows;
  const auto now = static_cast<double>(std::time(nullptr));
  for (const auto& told : all) {
    columns.push_back({told.daemon});
    for (const auto& figure : summary(told.daemon, told.page, now)) {
      auto row = std::find_if(rows.begin(), rows.end(),
                              [&](const auto& each) { return each.front().value == figure.name; });
      if (row == rows.end()) row = rows.insert(rows.end(), {{.value = figure.name}});
      row->resize(columns.size(), {.value = {}, .text = "-"});
      row->back() = {.value = figure.text};
    }
  }
  Report report(columns);
  for (auto& row : rows) {
    row.resize(columns.size(), {.value = {}, .text = "-"});
    report.add(std::move(row));
  }
  report.write_list(output);
}

void explain_missing(const std::string& daemon, const char* address, const std::string& config) {
  std::cerr << "extmailctl: extmail-" << daemon << " shows no figures: add [" << daemon
            << ".metrics] with address = \"" << address << "\" to " << config
            << ", then: systemctl restart extmail-" << daemon << '\n';
}

int show(const std::string& only, const Invocation& invocation) {
  std::vector<Told> all;
  int status = kDone;
  bool has_source = false;
  bool is_explained = false;
  for (const auto& [name, address] : kDaemons) {
    const std::string daemon = name;
    if (!only.empty() && daemon != only) continue;
    const auto source = find_metrics(invocation.config, daemon);
    if (!source.is_shown()) {
      if (source.is_configured || daemon == only) {
        explain_missing(daemon, address, invocation.config);
        is_explained = true;
      }
      continue;
    }
    has_source = true;
    auto page = ask(daemon, source);
    if (page.is_found()) {
      all.push_back({daemon, std::move(page.value())});
    } else {
      std::cerr << "extmailctl: extmail-" << daemon << " does not answer at " << source.name() << ": "
                << page.reason() << '\n';
      status = kNobodyCouldTell;
    }
  }
  if (!has_source) {
    if (!is_explained) {
      std::cerr << "extmailctl: " << invocation.config
                << " sets up none of mapd, authd and policyd; --config names the file that does\n";
    }
    return kWrongConfiguration;
  }
  const Output output = invocation.output();
  if (output.format == Format::Json) {
    write_json(*output.stream, all);
  } else if (output.format == Format::Csv) {
    write_csv(*output.stream, all);
  } else if (!all.empty()) {
    write_text(output, all);
  }
  return status;
}

}  // namespace

void add_stats(CLI::App& app, Invocation& invocation) {
  const auto only = std::make_shared<std::string>();
  auto* command = app.add_subcommand("stats", "Shows what the daemons that run have counted");
  command->add_option("DAEMON", *only, "mapd, authd or policyd; all of them by default")
      ->check(CLI::IsMember({"mapd", "authd", "policyd"}));
  command->callback(
      [only, &invocation] { invocation.run = [only, &invocation] { return show(*only, invocation); }; });
}

}  // namespace extmail::ctl
