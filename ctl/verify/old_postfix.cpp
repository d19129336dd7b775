// SPDX-License-Identifier: MIT
#include "ctl/verify/old_postfix.hpp"

#include "core/map_table.hpp"
#include "core/printable.hpp"
#include "ctl/host/postfix_config.hpp"
#include "ctl/host/tool.hpp"
#include "ctl/problem.hpp"
#include "ctl/verify/classic_mysql.hpp"
#include "daemon/config_file.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace extmail::ctl {
namespace {

namespace fs = std::filesystem;

/// Where Postfix's own default is on Debian, and where every guide puts these files.
constexpr std::string_view kUsualFolder = "/etc/postfix/";
constexpr std::size_t kMaxShownBytes = 120;

bool is_of_guide(const std::string& map) {
  return std::any_of(kGuideMaps.begin(), kGuideMaps.end(),
                     [&](const auto& each) { return each.name == map; });
}

/// recipient_access and sender_access are names of ours only.
bool is_parameter(const std::string& map) {
  return !map.ends_with("_access");
}

std::string file_of(const std::string& name, const std::string& folder,
                    const std::function<bool(const std::string&)>& is_there) {
  if (!name.starts_with(kUsualFolder)) return name;
  const std::string copied = folder + '/' + name.substr(kUsualFolder.size());
  return is_there(copied) ? copied : name;
}

/// Whether a line of main.cf sets it, whatever a patch of Postfix has it for.
bool sets(const std::string& main_cf, const std::string& parameter) {
  std::ifstream file(main_cf);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(parameter)) continue;
    const std::size_t next = line.find_first_not_of(" \t", parameter.size());
    if (next != std::string::npos && line[next] == '=') return true;
  }
  return false;
}

}  // namespace

OldPostfix old_postfix_of(const std::map<std::string, std::string>& parameters, const std::string& folder,
                          const std::function<bool(const std::string&)>& is_there) {
  OldPostfix old;
  for (const auto& map : map_names()) {
    const auto found = parameters.find(map);
    const auto words = split_list(found == parameters.end() ? std::string() : found->second);
    std::vector<std::string> left_out;
    const std::size_t before = old.tables.size();
    const bool must_be_there = is_of_guide(map);
    for (const auto& word : words) {
      const auto table = parse_map(word);
      if (table.type == "mysql" && table.name.starts_with('/'))
        old.tables.push_back({map, file_of(table.name, folder, is_there)});
      else if (must_be_there || !table.type.empty())  // else the name of a domain, which is no table
        left_out.push_back(printable(word, kMaxShownBytes));
    }
    if (must_be_there && old.tables.size() == before) {
      old.notes.push_back({map, "there is no mysql: table with a file, so it is not compared"});
      continue;
    }
    for (const auto& word : left_out)
      old.notes.push_back({map, word + " is no mysql: table with a file, and is not asked"});
  }
  return old;
}

OldPostfix read_old_postfix(const std::string& folder) {
  const std::string where = fs::absolute(folder).lexically_normal().string();
  std::error_code error;
  if (!fs::exists(where + "/main.cf", error)) throw Misuse(folder + " has no main.cf that can be read");
  std::vector<std::string> words{"postconf", "-c", where, "-x"};
  for (auto& map : map_names()) {
    if (is_parameter(map)) words.push_back(std::move(map));
  }
  const auto told = run_tool(words);
  if (!told.is_there) throw daemon::ConfigError(folder + "/main.cf: postconf, which reads it, is not there");
  if (!told.is_good()) throw daemon::ConfigError(folder + "/main.cf: " + told.errors);
  const auto parameters = parse_parameters(told.output);
  auto old = old_postfix_of(parameters, where,
                            [&error](const std::string& path) { return fs::exists(path, error); });
  for (const auto& map : map_names()) {
    if (parameters.contains(map) || !sets(where + "/main.cf", map)) continue;
    old.notes.push_back({map, "this Postfix has no such parameter, so it is not compared; --map " + map +
                                  "=mysql:FILE names its table"});
  }
  if (old.tables.empty()) {
    throw Misuse(folder +
                 "/main.cf has no mysql: table in any map of ours. What is wanted is the configuration from "
                 "before the suite; where only its tables are left, --map NAME=mysql:FILE names them one by "
                 "one");
  }
  return old;
}

}  // namespace extmail::ctl
