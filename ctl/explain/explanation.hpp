// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// A row that was asked for.
struct AskedRow {
  std::string table;
  std::string key;
  Outcome outcome = Outcome::NotFound;
  std::string text;  ///< what matters of it; of a failure, why
};

/// One question on the way, and its answer.
struct Step {
  std::string name;  ///< of the map, or of what is asked
  std::string key;   ///< as Postfix sends it
  Outcome outcome = Outcome::NotFound;
  std::string answer = {};  ///< of a failure, why
  std::vector<AskedRow> rows = {};
  std::vector<std::string> notes = {};
};

enum class Verdict : std::uint8_t {
  Passes,         ///< it is delivered, or let in
  Refused,        ///< wholly or in part
  Temporary,      ///< told to come again, or nobody could tell
  Misconfigured,  ///< put off until an administrator mends a row or the configuration
};

/// How it comes to what will happen.
struct Explanation {
  std::vector<Step> steps;
  Verdict verdict = Verdict::Passes;
  std::string sentence;  ///< what will happen, and why
};

/// As programs get it: `passes`, `refused`, …
[[nodiscard]] std::string_view name_of(Verdict verdict);
[[nodiscard]] std::string_view name_of(Outcome outcome);

/// extmailctl(8), EXIT STATUS.
[[nodiscard]] int status_of(Verdict verdict);

/// The verdict on what ends with such a failure.
[[nodiscard]] Verdict verdict_on_failure(Outcome outcome);

}  // namespace extmail::ctl
