// SPDX-License-Identifier: MIT
#include "ctl/usage_fault.hpp"

#include "core/printable.hpp"

#include <algorithm>
#include <cstddef>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 256;

/// CLI11's words, which begin as ours do; a name in capitals stays.
std::string sentence_of(const CLI::Error& error) {
  std::string text = printable(error.what(), kMaxShownBytes);
  const auto is_capital = [&](std::size_t at) { return text[at] >= 'A' && text[at] <= 'Z'; };
  if (text.size() > 1 && is_capital(0) && !is_capital(1)) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

std::string usage_fault(const CLI::App& app, const CLI::Error& error) {
  const CLI::App* command = &app;
  std::string words = app.get_name();
  for (auto below = app.get_subcommands(); !below.empty(); below = command->get_subcommands()) {
    command = below.front();
    words += ' ' + command->get_name();
  }
  const std::string help = words + " --help";
  const bool wants_command = error.get_name() == "RequiredError" && command->get_require_subcommand_min() > 0;
  if (!wants_command) return sentence_of(error) + "; " + help + " says what there is";
  const auto given = app.remaining(true);
  const auto wrong =
      std::find_if(given.begin(), given.end(), [](const auto& word) { return word.rfind('-', 0) != 0; });
  if (wrong == given.end()) return "a command is missing after \"" + words + "\"; " + help + " lists them";
  return "there is no command \"" + words + ' ' + printable(*wrong, kMaxShownBytes) + "\"; " + help +
         " lists those there are";
}

}  // namespace extmail::ctl
