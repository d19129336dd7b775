// SPDX-License-Identifier: MIT
#include "ctl/explain/course.hpp"

#include "core/address.hpp"

#include <cstddef>

namespace extmail::ctl {
namespace {

std::string unquoted(const std::string& address) {
  const std::size_t at = address.rfind('@');
  const std::string local = address.substr(0, at);
  return unquote_local(local).value_or(local) + (at == std::string::npos ? "" : address.substr(at));
}

}  // namespace

const Step& Course::ask(const std::string& map, const std::string& key) {
  const auto [known, is_new] = known_.try_emplace({map, key});
  if (is_new) {
    known->second = maps_.look_up(map, key);
    steps_.push_back(known->second);
  }
  return known->second;
}

const Step& Course::ask_address(const std::string& map, const std::string& address) {
  const std::string key = quoted(address);
  const Step& step = ask(map, key);
  if (step.outcome != Outcome::NotFound || key == address) return step;
  return ask(map, address);
}

Step& Course::add(Step step) {
  return steps_.emplace_back(std::move(step));
}

std::vector<std::string> split_addresses(const std::string& list) {
  std::vector<std::string> addresses;
  std::string address;
  bool is_quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (is_quoted && c == '\\' && i + 1 < list.size()) {
      address += c;
      address += list[++i];
      continue;
    }
    if (c == '"') is_quoted = !is_quoted;
    if (!is_quoted && (c == ',' || c == ' ')) {
      if (!address.empty()) addresses.push_back(unquoted(address));
      address.clear();
      continue;
    }
    address += c;
  }
  if (!address.empty()) addresses.push_back(unquoted(address));
  return addresses;
}

std::string quoted(const std::string& address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string::npos) return address;
  return quote_local(address.substr(0, at)) + address.substr(at);
}

}  // namespace extmail::ctl
