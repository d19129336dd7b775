// SPDX-License-Identifier: MIT
#include "ctl/explain/presentation.hpp"

#include "core/printable.hpp"

#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

namespace extmail::ctl {
namespace {

using Json = nlohmann::ordered_json;

/// An answer may have thousands of addresses; programs get all of it.
constexpr std::size_t kShownBytes = 1000;

std::string answer_of(const Step& step) {
  switch (step.outcome) {
    case Outcome::Found:
      return step.answer;
    case Outcome::NotFound:
      return step.answer.empty() ? "nothing" : step.answer;
    case Outcome::TemporaryFailure:
      return "temporary failure: " + step.answer;
    case Outcome::PermanentFailure:
      break;
  }
  return "permanent failure: " + step.answer;
}

void write_text(const Explanation& explanation, const Output& output) {
  std::ostream& stream = *output.stream;
  const auto line = [&](const std::string& indent, const std::string& text) {
    stream << indent << printable(text, kShownBytes) << '\n';
  };
  for (const auto& step : explanation.steps) {
    line("", step.name + ' ' + step.key + ": " + answer_of(step));
    for (const auto& row : step.rows) {
      if (row.outcome != Outcome::NotFound) line("    ", row.table + ' ' + row.key + ": " + row.text);
    }
    for (const auto& note : step.notes)
      line("    ", note);
  }
  const bool is_bold = output.has_colours;
  stream << (explanation.steps.empty() ? "" : "\n") << (is_bold ? "\033[1m" : "")
         << printable(explanation.sentence, kShownBytes * 10) << (is_bold ? "\033[0m" : "") << '\n';
}

Json json_of(const Step& step) {
  Json rows = Json::array();
  for (const auto& row : step.rows) {
    rows.push_back(
        {{"table", row.table}, {"key", row.key}, {"outcome", name_of(row.outcome)}, {"text", row.text}});
  }
  return {{"step", step.name},     {"key", step.key}, {"outcome", name_of(step.outcome)},
          {"answer", step.answer}, {"rows", rows},    {"notes", step.notes}};
}

void write_json(const Explanation& explanation, std::ostream& stream) {
  Json steps = Json::array();
  for (const auto& step : explanation.steps)
    steps.push_back(json_of(step));
  const Json all{
      {"steps", steps}, {"verdict", name_of(explanation.verdict)}, {"sentence", explanation.sentence}};
  // A key may be any bytes, JSON may not.
  stream << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void write_csv(const Explanation& explanation, const Output& output) {
  Report report({{"step"}, {"key"}, {"outcome"}, {"answer"}, {"rows"}, {"notes"}});
  const auto join = [](std::string& all, const std::string& more) {
    all += (all.empty() ? "" : "; ") + more;
  };
  for (const auto& step : explanation.steps) {
    std::string rows;
    std::string notes;
    for (const auto& row : step.rows) {
      if (row.outcome != Outcome::NotFound) join(rows, row.table + ' ' + row.key + ": " + row.text);
    }
    for (const auto& note : step.notes)
      join(notes, note);
    report.add(
        {{step.name}, {step.key}, {std::string(name_of(step.outcome))}, {step.answer}, {rows}, {notes}});
  }
  report.add(
      {{"verdict"}, {""}, {std::string(name_of(explanation.verdict))}, {explanation.sentence}, {""}, {""}});
  report.write_list(output);
}

}  // namespace

void write(const Explanation& explanation, const Output& output) {
  if (output.format == Format::Json) return write_json(explanation, *output.stream);
  if (output.format == Format::Csv) return write_csv(explanation, output);
  write_text(explanation, output);
}

}  // namespace extmail::ctl
