// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/completion/shell_parts.hpp"
#include "ctl/completion/word_table.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

int print_script(const CLI::App& app, const std::string& shell) {
  if (shell == "zsh") std::cout << "#compdef extmailctl\n";
  std::cout << "# Completes extmailctl(8) in " << shell << ". Made by: extmailctl completion " << shell
            << "\n\n"
            << word_table(app) << '\n'
            << kWalkPart << (shell == "zsh" ? kZshPart : kBashPart);
  return kDone;
}

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
  const auto shell = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("completion", "Prints a script with which a shell completes these words");
  command->add_option("SHELL", *shell, "For which shell")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->callback(
      [shell, &app, &invocation] { invocation.run = [shell, &app] { return print_script(app, *shell); }; });
}

}  // namespace extmail::ctl
