// SPDX-License-Identifier: MIT
#include "ctl/explain/main_cf.hpp"

#include "daemon/config_file.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace extmail::ctl {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kSeparators = " \t\r\n,{}";
constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

std::string_view trimmed(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

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

MainCf::MainCf(std::string_view text) : is_read_(true) {
  std::string* value = nullptr;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#') continue;
    if (kBlanks.find(line.front()) != std::string_view::npos) {
      if (value != nullptr) value->append(" ").append(content);
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    value = &parameters_[std::string(trimmed(line.substr(0, equals)))];
    *value = trimmed(line.substr(equals + 1));
  }
}

MainCf MainCf::read(const std::string& file) {
  std::error_code error;
  if (std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found) return {};
  std::ifstream stream(file);
  std::string text(kMaxBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.eof()) throw daemon::ConfigError(file + ": can't be read, or is over 1 MiB");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return MainCf(text);
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
