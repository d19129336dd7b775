// SPDX-License-Identifier: MIT
#include "ctl/stats/metrics_page.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <system_error>

namespace extmail::ctl {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view take_name(std::string_view& text) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_name_character);
  const std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(name.size());
  return name;
}

/// Up to the quote that ends it.
std::optional<std::string> take_label_value(std::string_view& text) {
  std::string value;
  if (!take(text, '"')) return std::nullopt;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c == '\\') {
      if (text.empty()) return std::nullopt;
      c = text.front() == 'n' ? '\n' : text.front();
      text.remove_prefix(1);
    }
    value += c;
  }
  return std::nullopt;
}

/// `name="value",…}`, whose brace is taken already.
bool take_labels(std::string_view& text, MetricSample& sample) {
  while (!take(text, '}')) {
    const std::string_view name = take_name(text);
    if (name.empty() || !take(text, '=') || sample.labels.size() == MetricsPage::kMaxLabels) return false;
    auto value = take_label_value(text);
    if (!value) return false;
    sample.labels.emplace_back(name, std::move(*value));
    if (!take(text, ',') && !text.starts_with('}')) return false;
  }
  return true;
}

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);  // +Inf; from_chars knows inf and nan in any case
  double value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<MetricSample> read_sample(std::string_view line) {
  MetricSample sample;
  sample.name = take_name(line);
  if (sample.name.empty()) return std::nullopt;
  if (take(line, '{') && !take_labels(line, sample)) return std::nullopt;
  skip_blanks(line);
  const auto value = number_of(line.substr(0, line.find_first_of(" \t")));
  if (!value) return std::nullopt;
  sample.value = *value;
  return sample;
}

}  // namespace

std::string_view MetricSample::label(std::string_view wanted) const {
  const auto it =
      std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == wanted; });
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

Answer<MetricsPage> MetricsPage::parse(std::string_view text) {
  MetricsPage page;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    skip_blanks(line);
    if (line.empty() || line.front() == '#') continue;
    auto sample = page.samples_.size() < kMaxSamples ? read_sample(line) : std::nullopt;
    if (!sample) {
      return Answer<MetricsPage>::permanent_failure("line " + std::to_string(number) +
                                                    " of the page is no metric of Prometheus");
    }
    page.samples_.push_back(std::move(*sample));
  }
  return Answer<MetricsPage>::found(std::move(page));
}

const MetricSample* MetricsPage::find(std::string_view name) const {
  const auto it =
      std::find_if(samples_.begin(), samples_.end(), [&](const auto& sample) { return sample.name == name; });
  return it == samples_.end() ? nullptr : &*it;
}

std::optional<double> MetricsPage::sum(std::string_view name) const {
  std::optional<double> sum;
  for (const auto& sample : samples_) {
    if (sample.name == name) sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

std::optional<double> MetricsPage::sum(std::string_view name, std::string_view label,
                                       std::string_view value) const {
  std::optional<double> sum;
  for (const auto& sample : samples_) {
    if (sample.name == name && sample.label(label) == value) sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

std::optional<double> MetricsPage::bound_of(std::string_view histogram, double share) const {
  const std::string name = std::string(histogram) + "_bucket";
  std::map<double, double> counts;  // by bound; each includes those of lesser bounds
  for (const auto& sample : samples_) {
    if (sample.name != name) continue;
    if (const auto bound = number_of(sample.label("le"))) counts[*bound] += sample.value;
  }
  if (counts.empty() || !(counts.rbegin()->second > 0)) return std::nullopt;
  const double wanted = share * counts.rbegin()->second;
  for (const auto& [bound, count] : counts) {
    if (count >= wanted) return bound;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace extmail::ctl
