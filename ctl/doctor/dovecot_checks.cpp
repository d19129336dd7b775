// SPDX-License-Identifier: MIT
#include "ctl/doctor/dovecot_checks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <sstream>

namespace extmail::ctl {
namespace {

constexpr const char* kDefaultSocket = "/run/extmail/auth";  // as libauthdb_extmail(7) has it

/// 2.3 has a setting for it, and 2.4 the block's name, unless a setting says otherwise.
std::string driver_of(const DovecotBlock& block) {
  return block.value("driver", block.name);
}

bool has_driver(const std::vector<const DovecotBlock*>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [](const auto* block) {
    const auto driver = driver_of(*block);
    return driver == "extmail" || driver == "sql" || driver == "static";
  });
}

/// `socket=PATH` among the arguments of a driver.
std::string socket_in(const std::string& arguments) {
  std::istringstream words(arguments);
  constexpr std::string_view kKey = "socket=";
  for (std::string word; words >> word;) {
    if (word.starts_with(kKey)) return word.substr(kKey.size());
  }
  return {};
}

std::uint32_t number_or(const std::string& text, std::uint32_t fallback) {
  std::uint32_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc() && end == last ? number : fallback;
}

void check_users(const DovecotBlock& dovecot, const SiteFacts& site, Findings& findings) {
  const auto listener = std::find_if(site.listeners.rbegin(), site.listeners.rend(),
                                     [](const auto& each) { return each.protocol == "auth"; });
  const std::string socket = listener == site.listeners.rend() ? kDefaultSocket : listener->path;
  const std::string block = " { driver = extmail args = socket=" + socket + " }, as in deploy/dovecot";
  if (!has_driver(dovecot.all("passdb"))) {
    findings.add("dovecot-passdb",
                 {"passdb", "none has driver = extmail: no mailbox can log in", "passdb" + block});
  }
  if (!has_driver(dovecot.all("userdb"))) {
    findings.add("dovecot-userdb",
                 {"userdb", "none has driver = extmail: mail can't be delivered", "userdb" + block});
  }
  for (const auto* passdb : dovecot.all("passdb")) {
    const auto driver = driver_of(*passdb);
    if (driver != "pam" && driver != "passwd" && driver != "shadow" && driver != "bsdauth") continue;
    findings.add(
        "dovecot-other-users",
        {"passdb " + driver,
         "the host's own users can log in, and each wrong password is tried with them, too, which takes "
         "seconds",
         "#!include auth-system.conf.ext in conf.d/10-auth.conf"});
  }
}

/// Dovecot's bounds for ids, where extmail.toml has one for all mailboxes.
void check_ids(const DovecotBlock& dovecot, const SiteFacts& site, Findings& findings) {
  struct Bound {
    const char* first;
    const char* last;
    std::uint32_t least;  ///< of Dovecot's own
    const char* name;
    std::optional<std::uint32_t> id;
  };
  const auto& location = site.settings.mail.location;
  for (const auto& [first, last, least, name, id] :
       {Bound{"first_valid_uid", "last_valid_uid", 500, "uid", location.uid},
        Bound{"first_valid_gid", "last_valid_gid", 1, "gid", location.gid}}) {
    if (!id) continue;
    const auto lowest = number_or(dovecot.value(first), least);
    const auto highest = number_or(dovecot.value(last), 0);
    if (*id >= lowest && (highest == 0 || *id <= highest)) continue;
    const char* setting = *id < lowest ? first : last;
    findings.add("dovecot-uid",
                 {setting,
                  "it is " + dovecot.value(setting, std::to_string(least)) + ", and " + name +
                      " of extmail.toml is " + std::to_string(*id) + ": Dovecot opens no mailbox",
                  std::string(setting) + " = " + std::to_string(*id)});
  }
}

}  // namespace

void check_dovecot(const DovecotBlock& dovecot, const SiteFacts& site, Findings& findings) {
  check_users(dovecot, site, findings);
  check_ids(dovecot, site, findings);
  if (!dovecot.has("auth_username_chars") || !dovecot.value("auth_username_chars").empty()) {
    findings.add("dovecot-username-chars", {"auth_username_chars",
                                            "Dovecot refuses names with other characters, as "
                                            "o'brien@example.com: Postfix takes their mail, and it "
                                            "bounces",
                                            "auth_username_chars ="});
  }
  const std::string wanted = site.settings.mail.recipient_delimiter;
  if (dovecot.value("recipient_delimiter", "+") != wanted) {
    findings.add("dovecot-delimiter",
                 {"recipient_delimiter",
                  "it is \"" + dovecot.value("recipient_delimiter", "+") + "\", and \"" + wanted +
                      "\" in extmail.toml: mail to user" + wanted + "folder bounces",
                  "recipient_delimiter = " + wanted});
  }
}

std::vector<std::string> authd_sockets_of(const DovecotBlock& dovecot) {
  std::set<std::string> sockets;
  for (const char* kind : {"passdb", "userdb"}) {
    for (const auto* block : dovecot.all(kind)) {
      if (driver_of(*block) != "extmail") continue;
      const auto own = socket_in(block->value("args"));
      const auto common =
          block->value("extmail_socket_path", dovecot.value("extmail_socket_path", kDefaultSocket));
      sockets.insert(own.empty() ? common : own);
    }
  }
  return {sockets.begin(), sockets.end()};
}

std::string auth_user_of(const DovecotBlock& dovecot) {
  for (const auto* service : dovecot.all("service")) {
    auto user = service->value("user");
    if (service->name == "auth" && !user.empty() && user.front() != '$') return user;
  }
  return dovecot.value("default_internal_user", "dovecot");
}

}  // namespace extmail::ctl
