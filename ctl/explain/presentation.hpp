// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/explain/explanation.hpp"
#include "ctl/output/report.hpp"

namespace extmail::ctl {

/// As text: the steps, each with its key, its answer and the rows behind it, and the sentence. As JSON: an object with all of
/// that, and rows that are not there too. As CSV: a line for each step.
void write(const Explanation& explanation, const Output& output);

}  // namespace extmail::ctl
