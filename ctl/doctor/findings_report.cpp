// SPDX-License-Identifier: MIT
#include "ctl/doctor/findings_report.hpp"

#include "core/printable.hpp"
#include "ctl/command.hpp"

#include <array>
#include <limits>
#include <map>
#include <ostream>
#include <string>

namespace extmail::ctl {
namespace {

constexpr int kWarningsOnly = 3;
constexpr std::size_t kUncut = std::numeric_limits<std::size_t>::max();

const char* colour_of(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "\033[1;31m";
    case Severity::Warning:
      return "\033[1;33m";
    case Severity::Note:
      break;
  }
  return "\033[1m";
}

std::string more_text(std::size_t more) {
  return "and " + std::to_string(more) + " more (--max 0 shows all)";
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// How many of each severity, with those that are not shown.
std::map<Severity, std::size_t> count(const Findings& findings) {
  std::map<Severity, std::size_t> counts;
  for (const auto* of : findings.all())
    counts[of->check->severity] += of->shown.size() + of->more;
  return counts;
}

void write_text(const Findings& findings, const Output& output) {
  std::ostream& out = *output.stream;
  for (const auto* of : findings.all()) {
    for (const auto& finding : of->shown) {
      const std::string severity(name_of(of->check->severity));
      out << (output.has_colours ? colour_of(of->check->severity) + severity + "\033[0m" : severity) << ' '
          << of->check->id << ": " << printable(finding.object, kUncut) << '\n'
          << "  " << printable(finding.reason, kUncut) << '\n'
          << "  mend: " << printable(finding.mend, kUncut) << '\n';
    }
    if (of->more > 0) out << of->check->id << ": " << more_text(of->more) << '\n';
  }
  auto counts = count(findings);
  out << counted(findings.checks(), "check") << ": " << counted(counts[Severity::Error], "error") << ", "
      << counted(counts[Severity::Warning], "warning") << ", " << counted(counts[Severity::Note], "note")
      << '\n';
}

}  // namespace

void write_findings(const Findings& findings, const Output& output) {
  if (output.format == Format::Text) return write_text(findings, output);
  Report report({{"check"}, {"severity"}, {"area"}, {"object"}, {"reason"}, {"mend"}});
  for (const auto* of : findings.all()) {
    const std::string id(of->check->id);
    const std::string severity(name_of(of->check->severity));
    const std::string area(name_of(of->check->area));
    for (const auto& finding : of->shown)
      report.add({{id}, {severity}, {area}, {finding.object}, {finding.reason}, {finding.mend}});
    if (of->more > 0) report.add({{id}, {severity}, {area}, {}, {more_text(of->more)}, {}});
  }
  report.write_list(output);
}

void write_checks(const Output& output) {
  Report report({{"check"}, {"area"}, {"severity"}, {"about"}});
  for (const auto& check : all_checks()) {
    report.add({{std::string(check.id)},
                {std::string(name_of(check.area))},
                {std::string(name_of(check.severity))},
                {std::string(check.about)}});
  }
  report.write_list(output);
}

int status_of(const Findings& findings) {
  const auto all = findings.all();
  if (all.empty() || all.front()->check->severity == Severity::Note) return kDone;
  return all.front()->check->severity == Severity::Error ? kRefused : kWarningsOnly;
}

}  // namespace extmail::ctl
