// SPDX-License-Identifier: MIT
#include "ctl/usage_fault.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

using namespace extmail::ctl;

namespace {

/// A program with a command, an object with commands of its own, and an option for all.
std::string fault_of(std::vector<std::string> words) {
  CLI::App app("", "extmailctl");
  bool is_json = false;
  std::string name;
  unsigned most = 0;
  app.add_flag("--json", is_json);
  app.fallthrough();
  app.require_subcommand(1);
  auto* domain = app.add_subcommand("domain");
  domain->require_subcommand(1);
  auto* show = domain->add_subcommand("show");
  show->add_option("NAME", name)->required();
  show->add_option("--max", most);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return usage_fault(app, error);
  }
  return {};
}

}  // namespace

TEST_CASE("a wrong command line is told with the word and the page that helps") {
  struct Case {
    std::vector<std::string> words;
    std::string fault;
  };
  const auto& [words, fault] = GENERATE(values<Case>({
      {{"domain", "show", "x.test"}, ""},
      {{}, "a command is missing after \"extmailctl\"; extmailctl --help lists them"},
      {{"--json"}, "a command is missing after \"extmailctl\"; extmailctl --help lists them"},
      {{"domian", "show"},
       "there is no command \"extmailctl domian\"; extmailctl --help lists those there are"},
      {{"domain"}, "a command is missing after \"extmailctl domain\"; extmailctl domain --help lists them"},
      {{"--json", "domain", "shwo", "x.test"},
       "there is no command \"extmailctl domain shwo\"; extmailctl domain --help lists those there are"},
      {{"domain", "sh\x1bow"},
       "there is no command \"extmailctl domain sh\\x1bow\"; extmailctl domain --help lists those there are"},
      {{"domain", "show"}, "NAME is required; extmailctl domain show --help says what there is"},
      {{"domain", "show", "x.test", "--cascade"},
       "the following argument was not expected: --cascade; extmailctl domain show --help says what there "
       "is"},
      {{"domain", "show", "x.test", "--max", "lots"},
       "could not convert: --max = lots; extmailctl domain show --help says what there is"},
  }));
  CAPTURE(words);
  CHECK(fault_of(words) == fault);
}
