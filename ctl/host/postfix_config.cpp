// SPDX-License-Identifier: MIT
#include "ctl/host/postfix_config.hpp"

#include <algorithm>
#include <sstream>

namespace extmail::ctl {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

template <typename Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

PostfixService* find_service(std::vector<PostfixService>& services, std::string_view name,
                             std::string_view type) {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const auto& each) { return each.name == name && each.type == type; });
  return found == services.end() ? nullptr : &*found;
}

/// `smtp/inet/name = value`. A service's name may have slashes of its own.
void take_option(std::string_view line, std::vector<PostfixService>& services) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return;
  const auto key = trim(line.substr(0, equals));
  const auto last = key.rfind('/');
  if (last == std::string_view::npos || last == 0) return;
  const auto middle = key.rfind('/', last - 1);
  if (middle == std::string_view::npos) return;
  auto* service = find_service(services, key.substr(0, middle), key.substr(middle + 1, last - middle - 1));
  if (service != nullptr)
    service->options[std::string(key.substr(last + 1))] = std::string(trim(line.substr(equals + 1)));
}

}  // namespace

std::string PostfixConfig::value(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::string PostfixConfig::value(const std::string& name, const PostfixService& service) const {
  const auto found = service.options.find(name);
  return found == service.options.end() ? value(name) : found->second;
}

std::vector<const PostfixService*> PostfixConfig::smtpds() const {
  std::vector<const PostfixService*> found;
  for (const auto& service : services) {
    if (service.command == "smtpd") found.push_back(&service);
  }
  return found;
}

std::set<std::string> PostfixConfig::all_values(const std::string& name) const {
  std::set<std::string> values{value(name)};
  for (const auto& service : services)
    values.insert(value(name, service));
  return values;
}

std::map<std::string, std::string> parse_parameters(std::string_view text) {
  std::map<std::string, std::string> parameters;
  for_each_line(text, [&](std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return;
    parameters[std::string(trim(line.substr(0, equals)))] = std::string(trim(line.substr(equals + 1)));
  });
  return parameters;
}

std::vector<PostfixService> parse_services(std::string_view services, std::string_view options) {
  std::vector<PostfixService> found;
  for_each_line(services, [&](std::string_view line) {
    if (line.empty() || kBlanks.find(line.front()) != std::string_view::npos) return;
    std::istringstream words{std::string(line)};
    PostfixService service;
    std::string is_private;
    std::string is_unprivileged;
    std::string chroot;
    std::string wakeup;
    std::string most;
    if (!(words >> service.name >> service.type >> is_private >> is_unprivileged >> chroot >> wakeup >>
          most >> service.command))
      return;
    service.is_chrooted = chroot == "y";  // since Postfix 3 the default is n
    found.push_back(std::move(service));
  });
  for_each_line(options, [&](std::string_view line) { take_option(line, found); });
  return found;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  int depth = 0;
  for (const char c : text) {
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (depth > 0 || (c != ',' && kBlanks.find(c) == std::string_view::npos)) {
      word += c;
      continue;
    }
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

MapName parse_map(std::string_view word) {
  MapName map;
  if (word.starts_with("proxy:")) {
    map.is_proxied = true;
    word.remove_prefix(std::string_view("proxy:").size());
  }
  const auto colon = word.find(':');
  if (colon == std::string_view::npos) return {"", std::string(word), map.is_proxied};
  map.type = word.substr(0, colon);
  map.name = word.substr(colon + 1);
  return map;
}

std::string unix_path(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (!text.starts_with(kUnix)) return {};
  text.remove_prefix(kUnix.size());
  return std::string(text.substr(0, text.find(':')));
}

}  // namespace extmail::ctl
