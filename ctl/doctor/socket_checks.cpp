// SPDX-License-Identifier: MIT
#include "ctl/doctor/socket_checks.hpp"

#include "ctl/doctor/peer.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <sys/stat.h>

namespace extmail::ctl {
namespace {

/// As extmail-maps(5) has them.
constexpr std::array<std::string_view, 12> kMaps{
    "virtual_mailbox_domains", "virtual_mailbox_maps", "virtual_alias_maps",   "smtpd_sender_login_maps",
    "transport_maps",          "relay_domains",        "relay_recipient_maps", "virtual_mailbox_limit_maps",
    "virtual_uid_maps",        "virtual_gid_maps",     "recipient_access",     "sender_access"};

constexpr std::array<const char*, 5> kAsking{"smtpd", "cleanup", "trivial-rewrite", "virtual", "lmtp"};

std::string listeners_of(const SiteFacts& site, const std::string& protocol) {
  std::string list;
  for (const auto& listener : site.listeners) {
    if (!protocol.empty() && listener.protocol != protocol) continue;
    list += (list.empty() ? "" : ", ") + listener.path;
  }
  return list;
}

/// Whether a program of Postfix that asks sockets is chrooted.
bool is_chrooted(const PostfixConfig& postfix) {
  return std::any_of(postfix.services.begin(), postfix.services.end(), [](const auto& service) {
    return service.is_chrooted && std::find(kAsking.begin(), kAsking.end(), service.command) != kAsking.end();
  });
}

void check_map(const SiteFacts& site, const SocketUse& use, Findings& findings) {
  if (use.map.empty() || std::find(kMaps.begin(), kMaps.end(), use.map) != kMaps.end() ||
      std::find(site.own_maps.begin(), site.own_maps.end(), use.map) != site.own_maps.end())
    return;
  findings.add("map-unknown",
               {use.parameter, "extmail-mapd has no map " + use.map + ": each lookup fails, and mail waits",
                "[maps.query." + use.map + "] in extmail.toml, or a name of extmail-maps(5)"});
}

void add_reach(std::string_view missing, const std::string& object, const std::string& user,
               const std::string& path, const Reach& reach, const std::string& group, Findings& findings) {
  if (reach.kind == Reach::Kind::Closed) {
    const auto id = missing == "socket-missing" ? std::string_view("socket-closed") : missing;
    findings.add(
        id, {object, "user " + user + " can't open " + path + ": " + reach.reason,
             "group = \"" + group + "\" and mode = \"0660\" where it is made, and folders above it that " +
                 user + " can enter"});
  } else if (reach.kind == Reach::Kind::Missing || reach.kind == Reach::Kind::Dead) {
    findings.add(missing,
                 {object, path + ": " + reach.reason, "whoever makes that socket has to be started"});
  }
}

}  // namespace

void check_listeners(const SiteFacts& site, Findings& findings) {
  for (const auto& listener : site.listeners) {
    struct stat facts {};
    const auto reach = reach_as("root", "", listener.path);
    if (reach.kind == Reach::Kind::Missing || reach.kind == Reach::Kind::Dead) {
      findings.add("socket-missing",
                   {listener.path, "extmail-" + listener.daemon + " does not listen on it: " + reach.reason,
                    "systemctl restart extmail-" + listener.daemon});
      continue;
    }
    if (listener.protocol == "socketmap" || listener.protocol == "policy") continue;
    if (::stat(listener.path.c_str(), &facts) != 0 || (facts.st_mode & S_IWOTH) == 0) continue;
    findings.add("socket-open",
                 {listener.path, "every user of this host can try passwords on it, or ask for more",
                  "mode = \"0660\" in its [[" + listener.daemon + ".listen]] of extmail.toml"});
  }
}

void check_socket_uses(const PostfixConfig& postfix, const SiteFacts& site,
                       const std::vector<SocketUse>& uses, Findings& findings) {
  const std::string user = postfix.value("mail_owner");
  std::set<std::string> tried;
  for (const auto& use : uses) {
    const auto path = full_path(postfix, use.path);
    if (path.empty()) continue;
    if (use.path.front() == '/' && is_chrooted(postfix)) {
      const auto queue = postfix.value("queue_directory") + '/';
      findings.add("socket-outside-chroot",
                   {use.parameter,
                    use.path + " is an absolute path, which a chrooted program looks for below " + queue,
                    path.starts_with(queue) ? path.substr(queue.size()) + " in its place"
                                            : "a listener below " + queue +
                                                  ", named by its path from there; or n in "
                                                  "column 5 of master.cf"});
      continue;
    }
    const auto* listener = site.find_listener(path);
    if (listener == nullptr) {
      // A socketmap or policy service of somebody else's is no fault; one in our folder is.
      const bool is_foreign = use.map.empty() && use.path.find("extmail") == std::string::npos;
      if (!is_foreign) {
        findings.add("socket-unknown", {use.parameter, "no listener of extmail.toml has " + path,
                                        "one of " + listeners_of(site, use.map.empty() ? "" : "socketmap")});
      }
      continue;
    }
    check_map(site, use, findings);
    if (!tried.insert(path).second) continue;
    if (!use.path.empty() && use.path.front() != '/' && is_chrooted(postfix)) {
      const auto within = reach_as(user, postfix.value("queue_directory"), '/' + use.path);
      if (within.kind == Reach::Kind::Missing && reach_as(user, "", path).kind == Reach::Kind::Open) {
        findings.add("socket-outside-chroot",
                     {use.parameter,
                      path + " is a link to what lies outside of the queue directory, which a chrooted "
                             "program can't follow",
                      "the socket itself there: path = \"" + path + "\" in extmail.toml"});
        continue;
      }
    }
    const auto reach = reach_as(user, "", path);
    if (reach.kind == Reach::Kind::Closed)
      add_reach("socket-missing", use.parameter, user, path, reach, user, findings);
  }
}

void check_foreign_socket(const PostfixConfig& postfix, const std::string& parameter, const std::string& path,
                          std::string_view id, Findings& findings) {
  const auto full = full_path(postfix, path);
  if (full.empty()) return;
  const std::string user = postfix.value("mail_owner");
  add_reach(id, parameter, user, full, reach_as(user, "", full), user, findings);
}

void check_dovecot_socket(const SiteFacts& site, const std::string& path, const std::string& user,
                          Findings& findings) {
  const auto* listener = site.find_listener(path);
  if (listener == nullptr || listener->protocol != "auth") {
    findings.add("socket-unknown",
                 {"dovecot.conf", "no listener of extmail.toml for the protocol auth has " + path,
                  "one of " + listeners_of(site, "auth")});
    return;
  }
  const auto reach = reach_as(user, "", path);
  if (reach.kind == Reach::Kind::Closed)
    add_reach("socket-missing", "dovecot.conf", user, path, reach, "dovecot", findings);
}

}  // namespace extmail::ctl
