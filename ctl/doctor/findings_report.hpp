// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/output/report.hpp"

namespace extmail::ctl {

/// What was found, for people as paragraphs, the worst first, and a last line that counts; for programs a row for each.
void write_findings(const Findings& findings, const Output& output);

/// All checks, and whether they would be made.
void write_checks(const Output& output);

/// The exit status of doctor: extmailctl(8).
[[nodiscard]] int status_of(const Findings& findings);

}  // namespace extmail::ctl
