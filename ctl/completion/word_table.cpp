// SPDX-License-Identifier: MIT
#include "ctl/completion/word_table.hpp"

#include "core/service_column.hpp"
#include "ctl/command.hpp"
#include "ctl/doctor/finding.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += R"('\')";
    out += c == '\n' ? ' ' : c;
  }
  return out + '\'';
}

/// Of the hosts whose logins come to extmail-authd, and login, which is authtest's.
std::string services() {
  const auto names = services_with_column();
  std::vector<std::string> all(names.begin(), names.end());
  all.insert(all.end(), {"sieve", "login"});
  return choice_of(all);
}

std::string checks_and_areas() {
  std::vector<std::string> all;
  for (const Area area : {Area::Host, Area::Database, Area::Data})
    all.emplace_back(name_of(area));
  for (const auto& check : all_checks())
    all.emplace_back(check.id);
  return choice_of(all);
}

/// What a shell can complete of a type name, such as `TEXT:{a,b}`.
std::string kind_of_type(const std::string& type) {
  static constexpr std::array<std::string_view, 7> kKinds = {"FILE",  "DIR",     "ADDRESS", "DOMAIN",
                                                             "ALIAS", "MAILBOX", "MANAGER"};
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open != std::string::npos && close != std::string::npos && open < close)
    return type.substr(open, close - open + 1);
  if (type == "SERVICE") return services();
  if (type == "CHECK") return checks_and_areas();
  return std::find(kKinds.begin(), kKinds.end(), type) == kKinds.end() ? "" : type;
}

/// For the scripts: `A|--b|B` is B where --b came before, `{a,b},` several of a choice.
std::string kind_of(const CLI::Option& option) {
  constexpr std::string_view kMore = ",...";
  std::string type = option.get_type_name();
  const bool says_more = type.ends_with(kMore);
  if (says_more) type.resize(type.size() - kMore.size());
  if (const auto bar = type.find('|'); bar != std::string::npos && type.front() != '{') {
    const std::string other = type.substr(bar + 1);
    return kind_of_type(type.substr(0, bar)) + "|--" + CLI::detail::to_lower(other) + '|' +
           kind_of_type(other);
  }
  const std::string kind = kind_of_type(type);
  const bool is_list = says_more || option.get_delimiter() == ',';
  return kind.starts_with('{') && is_list ? kind + ',' : kind;
}

void write_option(const CLI::Option& option, std::string& switches, std::string& takes) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames())
    names.push_back('-' + name);
  for (const auto& name : option.get_lnames())
    names.push_back("--" + name);
  for (const auto& name : names) {
    switches += ' ' + in_quotes(name + ':' + option.get_description());
    if (option.get_items_expected_max() > 0) takes += " [" + name + "]=" + in_quotes(kind_of(option));
  }
}

void write_command(const CLI::App& app, const std::string& words, std::string& out) {
  const auto commands = app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
  std::string nested;
  for (const auto* command : commands)
    nested += ' ' + in_quotes(command->get_name() + ':' + command->get_description());
  std::string switches;
  std::string takes;
  std::string places;
  bool is_endless = false;
  for (const auto* option : app.get_options()) {
    write_option(*option, switches, takes);
    if (!option->get_positional()) continue;
    places += ' ' + in_quotes(kind_of(*option));
    is_endless = option->get_items_expected_max() > 1;
  }
  out += "    " + in_quotes(words) + ")\n";
  out += "      nested=(" + nested + " )\n";
  out += "      places=(" + places + " )\n";
  out += std::string("      endless=") + (is_endless ? "yes" : "''") + '\n';
  out += "      switches+=(" + switches + " )\n";
  out += "      takes+=(" + takes + " )\n";
  out += "      ;;\n";
  for (const auto* command : commands)
    write_command(*command, words.empty() ? command->get_name() : words + ' ' + command->get_name(), out);
}

}  // namespace

std::string word_table(const CLI::App& app) {
  std::string out = "_extmailctl_words() {\n  case $1 in\n";
  write_command(app, "", out);
  return out + "  esac\n}\n";
}

}  // namespace extmail::ctl
