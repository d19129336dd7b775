// SPDX-License-Identifier: MIT
#include "ctl/doctor/sasl_checks.hpp"

#include "core/address.hpp"
#include "ctl/doctor/rows.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace extmail::ctl {
namespace {

constexpr std::array<std::string_view, 2> kWithAnyHash{"PLAIN", "LOGIN"};

std::vector<std::string> words_of(const SaslConfig& sasl, const char* name, const char* fallback) {
  const auto found = sasl.find(name);
  std::istringstream words(found == sasl.end() ? fallback : found->second);
  std::vector<std::string> list;
  for (std::string word; words >> word;)
    list.push_back(word);
  return list;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

SaslConfig parse_sasl(std::string_view text) {
  SaslConfig sasl;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const auto content = trimmed(line);
    const auto colon = content.find(':');
    if (content.empty() || content.front() == '#' || colon == std::string_view::npos) continue;
    sasl[fold_case(trimmed(content.substr(0, colon)))] = std::string(trimmed(content.substr(colon + 1)));
  }
  return sasl;
}

bool uses_plugin(const SaslConfig& sasl) {
  return contains(words_of(sasl, "pwcheck_method", "auxprop"), "auxprop") &&
         contains(words_of(sasl, "auxprop_plugin", ""), "extmail");
}

void check_sasl(const SaslConfig& sasl, const std::string& file, Findings& findings) {
  const auto methods = words_of(sasl, "pwcheck_method", "auxprop");
  const bool by_plugin = uses_plugin(sasl);
  if (!by_plugin && !contains(methods, "saslauthd") && !contains(methods, "authdaemond")) {
    findings.add(
        "sasl-config",
        {file, "pwcheck_method asks nobody who knows the mailboxes: no login succeeds",
         "pwcheck_method: auxprop saslauthd, and auxprop_plugin: extmail, as in deploy/sasl/smtpd.conf"});
  }
  const auto mechanisms = words_of(sasl, "mech_list", "");
  if (mechanisms.empty()) {
    findings.add("sasl-mechanisms",
                 {file,
                  "without mech_list all mechanisms are offered that are installed, and clients choose one "
                  "that can't work",
                  by_plugin ? "mech_list: PLAIN LOGIN CRAM-MD5" : "mech_list: PLAIN LOGIN"});
  }
  for (const auto& mechanism : mechanisms) {
    if (by_plugin || std::find(kWithAnyHash.begin(), kWithAnyHash.end(), mechanism) != kWithAnyHash.end())
      continue;
    findings.add("sasl-mechanisms",
                 {file, mechanism + " needs the plugin extmail, which is not used: such logins fail",
                  "mech_list: PLAIN LOGIN"});
  }
}

std::vector<SocketUse> sockets_of(const SaslConfig& sasl, const std::string& file) {
  std::vector<SocketUse> uses;
  const auto methods = words_of(sasl, "pwcheck_method", "auxprop");
  const auto take = [&](const char* name) {
    const auto found = sasl.find(name);
    if (found != sasl.end() && !found->second.empty()) uses.push_back({file + " " + name, found->second});
  };
  if (uses_plugin(sasl)) take("extmail_socket");
  if (contains(methods, "saslauthd")) take("saslauthd_path");
  if (contains(methods, "authdaemond")) take("authdaemond_path");
  return uses;
}

}  // namespace extmail::ctl
