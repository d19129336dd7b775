// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// A line of master.cf, with what its -o options set.
struct PostfixService {
  std::string name;  ///< `smtp`, `submission`, `127.0.0.1:25`
  std::string type;  ///< inet, unix, …
  bool is_chrooted = false;
  std::string command;  ///< the program: smtpd, virtual, …
  std::map<std::string, std::string> options = {};
};

/// Postfix's configuration, as postconf(1) tells it.
struct PostfixConfig {
  std::map<std::string, std::string> parameters;  ///< all of them, with defaults and without $names
  std::vector<PostfixService> services;

  /// Empty where there is no such parameter.
  [[nodiscard]] std::string value(const std::string& name) const;
  /// The same for one service, whose options come first.
  [[nodiscard]] std::string value(const std::string& name, const PostfixService& service) const;

  /// Programs that answer clients: the smtpd services.
  [[nodiscard]] std::vector<const PostfixService*> smtpds() const;

  /// All values that a parameter has anywhere, each once.
  [[nodiscard]] std::set<std::string> all_values(const std::string& name) const;
};

/// Reads `postconf -x`: lines `name = value`. What is no such line is left out.
[[nodiscard]] std::map<std::string, std::string> parse_parameters(std::string_view text);

/// Reads `postconf -M` and `postconf -P`, whose options it puts with their services.
[[nodiscard]] std::vector<PostfixService> parse_services(std::string_view services, std::string_view options);

/// The words of a list: between commas and white space, with what is in braces as one word.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// A word of a list of maps: `proxy:mysql:/etc/…` has type mysql and name /etc/….
struct MapName {
  std::string type;  ///< empty: no map, but a name
  std::string name;
  bool is_proxied = false;
};
[[nodiscard]] MapName parse_map(std::string_view word);

/// The path of `unix:PATH` or `unix:PATH:map`; empty where it is none.
[[nodiscard]] std::string unix_path(std::string_view text);

}  // namespace extmail::ctl
