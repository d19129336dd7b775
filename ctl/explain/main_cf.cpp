// SPDX-License-Identifier: MIT
#include "ctl/explain/main_cf.hpp"

#include "ctl/host/postfix_config.hpp"
#include "ctl/host/tool.hpp"
#include "daemon/config_file.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace extmail::ctl {
namespace {

constexpr std::string_view kSeparators = " \t\r\n,{}";

/// Whether pick(word) holds of a word of the text.
template <typename Pick>
bool any_word(std::string_view text, const Pick& pick) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
    if (end > 0 && pick(text.substr(0, end))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace

MainCf::MainCf(std::string_view told) : is_read_(true), parameters_(parse_parameters(told)) {}

MainCf MainCf::read(const std::string& folder) {
  std::error_code error;
  const auto kind = std::filesystem::status(folder + "/main.cf", error).type();
  if (kind == std::filesystem::file_type::not_found) return {};
  const auto told = run_tool({"postconf", "-c", folder, "-n", "-x"});
  if (!told.is_there) throw daemon::ConfigError(folder + "/main.cf: postconf, which reads it, is not there");
  if (!told.is_good()) throw daemon::ConfigError(folder + "/main.cf: " + told.errors);
  return MainCf(told.output);
}

bool MainCf::asks(std::string_view map) const {
  if (!is_read_) return true;
  const std::string ending = ':' + std::string(map);
  return std::any_of(parameters_.begin(), parameters_.end(), [&](const auto& parameter) {
    return any_word(parameter.second, [&](std::string_view word) {
      return word.ends_with(ending) || word.starts_with("tcp:");
    });
  });
}

bool MainCf::has(std::string_view word) const {
  return std::any_of(parameters_.begin(), parameters_.end(), [&](const auto& parameter) {
    return any_word(parameter.second, [&](std::string_view each) { return each == word; });
  });
}

std::string MainCf::value(const std::string& name, const std::string& fallback) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? fallback : found->second;
}

}  // namespace extmail::ctl
