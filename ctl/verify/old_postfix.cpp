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

}  // namespace

OldPostfix old_postfix_of(const std::map<std::string, std::string>& parameters, const std::string& folder,
                          const std::function<bool(const std::string&)>& is_there) {
  OldPostfix old;
  for (const auto& map : map_names()) {
    const auto found = parameters.find(map);
    const auto words = split_list(found == parameters.end() ? std::string() : found->second);
    std::vector<std::string> left_out;
    const std::size_t before = old.tables.size();
    for (const auto& word : words) {
      const auto table = parse_map(word);
      if (table.type == "mysql" && table.name.starts_with('/'))
        old.tables.push_back({map, file_of(table.name, folder, is_there)});
      else
        left_out.push_back(printable(word, kMaxShownBytes));
    }
    if (old.tables.size() > before) {
      for (const auto& word : left_out)
        old.notes.push_back({map, word + " is no mysql: table with a file, and is not asked"});
    } else if (is_of_guide(map)) {
      old.notes.push_back({map, "there is no mysql: table with a file, so it is not compared"});
    }
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
  auto old = old_postfix_of(parse_parameters(told.output), where,
                            [&error](const std::string& path) { return fs::exists(path, error); });
  if (old.tables.empty()) {
    throw Misuse(folder +
                 "/main.cf has no mysql: table in any map of ours. What is wanted is the configuration from "
                 "before the suite; where only its tables are left, --map NAME=mysql:FILE names them one by "
                 "one");
  }
  return old;
}

}  // namespace extmail::ctl
