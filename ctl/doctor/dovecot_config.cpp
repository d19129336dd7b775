// SPDX-License-Identifier: MIT
#include "ctl/doctor/dovecot_config.hpp"

#include <algorithm>

namespace extmail::ctl {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

}  // namespace

std::string DovecotBlock::value(std::string_view setting, std::string_view fallback) const {
  const auto found = std::find_if(settings.rbegin(), settings.rend(),
                                  [&](const auto& each) { return each.first == setting; });
  return found == settings.rend() ? std::string(fallback) : found->second;
}

bool DovecotBlock::has(std::string_view setting) const {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const auto& each) { return each.first == setting; });
}

std::vector<const DovecotBlock*> DovecotBlock::all(std::string_view wanted) const {
  std::vector<const DovecotBlock*> found;
  for (const auto& block : blocks) {
    if (block.kind == wanted) found.push_back(&block);
  }
  return found;
}

DovecotBlock parse_dovecot(std::string_view text) {
  std::vector<DovecotBlock> open(1);
  const auto close = [&] {
    if (open.size() == 1) return;
    DovecotBlock done = std::move(open.back());
    open.pop_back();
    open.back().blocks.push_back(std::move(done));
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = line.find('=');
    if (line.empty() || line.front() == '#') continue;
    if (line == "}") {
      close();
    } else if (line.back() == '{' && equals == std::string_view::npos) {
      const auto title = trim(line.substr(0, line.size() - 1));
      const auto space = std::min(title.find(' '), title.size());
      open.push_back({std::string(title.substr(0, space)), unquoted(trim(title.substr(space)))});
    } else if (equals != std::string_view::npos) {
      open.back().settings.emplace_back(trim(line.substr(0, equals)),
                                        unquoted(trim(line.substr(equals + 1))));
    }
  }
  while (open.size() > 1)
    close();
  return std::move(open.front());
}

}  // namespace extmail::ctl
