// SPDX-License-Identifier: MIT
#include "ctl/doctor/postfix_checks.hpp"

#include "core/address.hpp"
#include "ctl/doctor/rows.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace extmail::ctl {
namespace {

/// What has lookup tables of ours or of others, among them all that extmail-maps(5) serves.
constexpr std::array<const char*, 14> kMapParameters{"virtual_mailbox_domains",
                                                     "virtual_mailbox_maps",
                                                     "virtual_alias_maps",
                                                     "virtual_alias_domains",
                                                     "smtpd_sender_login_maps",
                                                     "transport_maps",
                                                     "relay_domains",
                                                     "relay_recipient_maps",
                                                     "virtual_uid_maps",
                                                     "virtual_gid_maps",
                                                     "virtual_mailbox_limit_maps",
                                                     "local_recipient_maps",
                                                     "mydestination",
                                                     "canonical_maps"};

constexpr std::array<const char*, 7> kRestrictions{
    "smtpd_client_restrictions",     "smtpd_helo_restrictions",      "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",      "smtpd_recipient_restrictions", "smtpd_data_restrictions",
    "smtpd_end_of_data_restrictions"};

constexpr std::array<std::string_view, 3> kLetAllThrough{"permit", "permit_mynetworks",
                                                         "permit_sasl_authenticated"};

bool is_database(const MapName& map) {
  return map.type == "mysql" || map.type == "pgsql";
}

/// Whether one of the maps in a list is ours by this name, or a database's own.
bool asks_for(std::string_view list, const std::string& name) {
  const auto words = split_list(list);
  return std::any_of(words.begin(), words.end(), [&](const auto& word) {
    const auto map = parse_map(word);
    if (is_database(map)) return true;
    return (map.type == "socketmap" && map.name.ends_with(':' + name)) || map.type == "tcp";
  });
}

class PostfixChecks {
 public:
  PostfixChecks(const PostfixConfig& postfix, const SiteFacts& site, const std::string& folder,
                Findings& findings)
      : postfix_(postfix),
        site_(site),
        findings_(findings),
        edit_("postconf " + (folder.empty() ? "" : "-c " + folder + ' ') + "-e ") {}

  void check_maps() {
    if (!asks_for(postfix_.value("virtual_mailbox_domains"), "virtual_mailbox_domains")) {
      add("postfix-mailbox-domains", "virtual_mailbox_domains",
          "it does not ask extmail-mapd or the database: Postfix takes no mail for domains of ExtMail",
          set_map("virtual_mailbox_domains"));
    } else if (split_list(postfix_.value("virtual_mailbox_maps")).empty()) {
      add("postfix-mailbox-maps", "virtual_mailbox_maps",
          "it is empty: mail to any address in our domains is accepted, and bounces to whoever was forged as "
          "its sender",
          set_map("virtual_mailbox_maps"));
    }
    if (!asks_for(postfix_.value("virtual_alias_maps"), "virtual_alias_maps")) {
      add("postfix-alias-maps", "virtual_alias_maps",
          "it does not ask extmail-mapd or the database: mail to aliases is refused",
          set_map("virtual_alias_maps"));
    } else if (!split_list(postfix_.value("virtual_alias_domains")).empty() &&
               postfix_.value("virtual_alias_domains") == postfix_.value("virtual_alias_maps")) {
      add("postfix-alias-domains", "virtual_alias_domains",
          "it is $virtual_alias_maps, its default: the map is asked for each domain, to no use",
          edit_ + "'virtual_alias_domains ='");
    }
    for (const auto* parameter : kMapParameters) {
      for (const auto& word : split_list(postfix_.value(parameter))) {
        const auto map = parse_map(word);
        if (!is_database(map) || map.is_proxied) continue;
        add("postfix-no-proxy", parameter,
            word + ": each process of Postfix opens a connection to the database of its own",
            "proxy:" + word + " in its place, or the map of extmail-mapd");
      }
    }
  }

  void check_delivery() {
    const auto transport = postfix_.value("virtual_transport");
    const auto name = transport.substr(0, transport.find(':'));
    const bool by_virtual =
        std::any_of(postfix_.services.begin(), postfix_.services.end(), [&](const auto& each) {
          return each.type == "unix" && each.name == name && each.command == "virtual";
        });
    if (by_virtual) {
      for (const auto* parameter :
           {"virtual_mailbox_maps", "virtual_uid_maps", "virtual_gid_maps", "virtual_mailbox_limit_maps"}) {
        if (postfix_.value(parameter).find("socketmap:") == std::string::npos) continue;
        add("postfix-virtual-socketmap", parameter,
            "virtual(8) delivers (virtual_transport = " + transport +
                "), and refuses a socketmap: all mail waits in the queue",
            edit_ + "'virtual_transport = lmtp:unix:private/dovecot-lmtp'");
      }
    }
    if (!split_list(postfix_.value("mydestination")).empty() &&
        split_list(postfix_.value("local_recipient_maps")).empty()) {
      add("postfix-local-recipients", "local_recipient_maps",
          "it is empty: mail to any name in mydestination is accepted, and bounces to whoever was forged as "
          "its sender",
          edit_ + "'local_recipient_maps = proxy:unix:passwd.byname $alias_maps'");
    }
    const std::string wanted = site_.settings.mail.recipient_delimiter;
    if (postfix_.value("recipient_delimiter") != wanted) {
      add("postfix-delimiter", "recipient_delimiter",
          "it is \"" + postfix_.value("recipient_delimiter") + "\", and \"" + wanted +
              "\" in extmail.toml: one of the two finds an address that the other does not",
          edit_ + "'recipient_delimiter = " + wanted + '\'');
    }
  }

  void check_logins() {
    bool any = false;
    bool checks = site_.checks_senders;
    bool has_login_maps = false;
    bool leaves_clear = false;
    for (const auto* smtpd : postfix_.smtpds()) {
      if (postfix_.value("smtpd_sasl_auth_enable", *smtpd) != "yes") continue;
      any = true;
      const bool has_maps = !split_list(postfix_.value("smtpd_sender_login_maps", *smtpd)).empty();
      const bool compares = compares_senders(*smtpd);
      has_login_maps = has_login_maps || has_maps;
      checks = checks || compares;
      if (compares && !has_maps) {
        add("postfix-sender-login-maps", "smtpd_sender_login_maps of " + smtpd->name,
            "it is empty, and senders are compared with it: whoever logs in can send nothing",
            set_map("smtpd_sender_login_maps"));
      }
      const auto level = postfix_.value("smtpd_tls_security_level", *smtpd);
      const bool has_tls = level == "encrypt" || postfix_.value("smtpd_tls_wrappermode", *smtpd) == "yes";
      leaves_clear = leaves_clear || (postfix_.value("smtpd_tls_auth_only", *smtpd) != "yes" && !has_tls);
    }
    if (!any) {
      add("postfix-sasl-off", "smtpd_sasl_auth_enable",
          "no smtpd of master.cf has it: nobody can log in to send",
          edit_ + "'smtpd_sasl_auth_enable = yes'");
      return;
    }
    if (!checks) {
      add("postfix-sender-login", "smtpd_sender_restrictions",
          std::string(has_login_maps
                          ? "smtpd_sender_login_maps is there, and nothing compares senders with it"
                          : "nothing compares the sender of a mail with the login") +
              ": who has logged in may send as anybody",
          edit_ + "'smtpd_sender_restrictions = reject_authenticated_sender_login_mismatch'" +
              (has_login_maps ? "" : "; and " + set_map("smtpd_sender_login_maps")));
    }
    if (leaves_clear && !only_for_this_host()) {
      add("postfix-sasl-clear", "smtpd_tls_auth_only",
          "passwords are taken over connections that all can read", edit_ + "'smtpd_tls_auth_only = yes'");
    }
  }

  void check_policy() {
    const auto listener = std::find_if(site_.listeners.begin(), site_.listeners.end(),
                                       [](const auto& each) { return each.protocol == "policy"; });
    if (listener == site_.listeners.end()) return;
    bool is_asked = false;
    for (const auto* parameter : kRestrictions) {
      for (const auto& value : postfix_.all_values(parameter))
        is_asked = check_policy_in(parameter, split_list(value), listener->path) || is_asked;
    }
    if (!is_asked) {
      add("postfix-policy-missing", "smtpd_recipient_restrictions",
          "extmail-policyd listens on " + listener->path +
              ", and no restriction asks it: its rules hold for no mail",
          edit_ + "'smtpd_recipient_restrictions = check_policy_service unix:" + relative(listener->path) +
              '\'');
    } else if (const auto action = fold_case(postfix_.value("smtpd_policy_service_default_action"));
               action.starts_with("5") || action.starts_with("reject")) {
      add("postfix-policy-action", "smtpd_policy_service_default_action",
          "it is \"" + action + "\": while extmail-policyd restarts, mail is refused for good",
          edit_ +
              "'smtpd_policy_service_default_action = 451 4.3.5 Policy service not available, please try "
              "again "
              "later'");
    }
  }

 private:
  void add(std::string_view id, std::string object, std::string reason, std::string mend) {
    findings_.add(id, {std::move(object), std::move(reason), std::move(mend)});
  }

  std::string relative(const std::string& path) const {
    const auto queue = postfix_.value("queue_directory") + '/';
    return path.starts_with(queue) ? path.substr(queue.size()) : path;
  }

  std::string set_map(const std::string& parameter) const {
    const auto listener = std::find_if(site_.listeners.begin(), site_.listeners.end(),
                                       [](const auto& each) { return each.protocol == "socketmap"; });
    const auto path = listener == site_.listeners.end() ? "extmail/maps" : relative(listener->path);
    return edit_ + '\'' + parameter + " = socketmap:unix:" + path + ':' + parameter + '\'';
  }

  bool compares_senders(const PostfixService& smtpd) const {
    return std::any_of(kRestrictions.begin(), kRestrictions.end(), [&](const auto* parameter) {
      const auto words = split_list(postfix_.value(parameter, smtpd));
      return std::any_of(words.begin(), words.end(), [](const auto& word) {
        return word == "reject_sender_login_mismatch" || word == "reject_authenticated_sender_login_mismatch";
      });
    });
  }

  bool only_for_this_host() const {
    const auto words = split_list(postfix_.value("inet_interfaces"));
    return !words.empty() && std::all_of(words.begin(), words.end(), [](const auto& word) {
      return word == "loopback-only" || word == "localhost" || word.starts_with("127.") || word == "::1" ||
             word == "[::1]";
    });
  }

  bool check_policy_in(const char* parameter, const std::vector<std::string>& words,
                       const std::string& path) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] != "check_policy_service") continue;
      if (full_path(postfix_, unix_path(split_list(service_of(words[i + 1])).front())) != path) continue;
      const auto before = words.begin() + static_cast<std::ptrdiff_t>(i);
      const auto through = std::find_if(words.begin(), before, [](const auto& word) {
        return std::find(kLetAllThrough.begin(), kLetAllThrough.end(), word) != kLetAllThrough.end();
      });
      if (through != before) {
        add("postfix-policy-late", parameter,
            "check_policy_service stands behind " + *through +
                ": extmail-policyd is not asked about whom that lets through, "
                "and a disabled account goes on sending",
            "check_policy_service in front of " + *through);
      }
      return true;
    }
    return false;
  }

  /// Of `{ unix:path, timeout=10s }` what is within the braces.
  static std::string service_of(const std::string& word) {
    if (!word.starts_with('{') || !word.ends_with('}')) return word;
    const auto inner = word.substr(1, word.size() - 2);
    return split_list(inner).empty() ? word : inner;
  }

  const PostfixConfig& postfix_;
  const SiteFacts& site_;
  Findings& findings_;
  std::string edit_;
};

}  // namespace

void check_postfix(const PostfixConfig& postfix, const SiteFacts& site, const std::string& folder,
                   Findings& findings) {
  PostfixChecks checks(postfix, site, folder, findings);
  checks.check_maps();
  checks.check_delivery();
  checks.check_logins();
  checks.check_policy();
}

void check_domain_classes(const PostfixConfig& postfix, const std::vector<std::string>& domains,
                          const std::string& folder, Findings& findings) {
  for (const auto* parameter : {"mydestination", "virtual_alias_domains", "relay_domains"}) {
    std::set<std::string> names;
    for (const auto& word : split_list(postfix.value(parameter)))
      names.insert(canonical_domain(word));
    for (const auto& domain : domains) {
      if (names.count(canonical_domain(domain)) == 0) continue;
      findings.add("postfix-domain-class",
                   {"domain " + domain,
                    "it stands in " + std::string(parameter) +
                        ", too: Postfix treats its mail in that way, and does not look for our mailboxes",
                    "postconf " + (folder.empty() ? "" : "-c " + folder + ' ') + "-e '" + parameter +
                        " = …' without it"});
    }
  }
}

std::vector<SocketUse> sockets_of(const PostfixConfig& postfix) {
  std::vector<SocketUse> uses;
  std::set<std::string> seen;
  const auto take = [&](const char* parameter, const std::string& path, const std::string& map) {
    if (!path.empty() && seen.insert(path + ':' + map).second) uses.push_back({parameter, path, map});
  };
  for (const auto* parameter : kMapParameters) {
    for (const auto& value : postfix.all_values(parameter)) {
      for (const auto& word : split_list(value)) {
        const auto map = parse_map(word);
        if (map.type == "socketmap")
          take(parameter, unix_path(map.name), map.name.substr(map.name.rfind(':') + 1));
      }
    }
  }
  for (const auto* parameter : kRestrictions) {
    for (const auto& value : postfix.all_values(parameter)) {
      const auto words = split_list(value);
      for (std::size_t i = 0; i < words.size(); ++i) {
        const auto map = parse_map(words[i]);
        if (map.type == "socketmap")
          take(parameter, unix_path(map.name), map.name.substr(map.name.rfind(':') + 1));
        if (words[i] != "check_policy_service" || i + 1 == words.size()) continue;
        std::string service = words[i + 1];
        if (service.starts_with('{')) {
          const auto parts = split_list(std::string_view(service).substr(1));
          service = parts.empty() ? "" : parts.front();
        }
        take(parameter, unix_path(service), "");
      }
    }
  }
  return uses;
}

std::string full_path(const PostfixConfig& postfix, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const auto queue = postfix.value("queue_directory");
  return queue.empty() ? std::string() : queue + '/' + path;
}

}  // namespace extmail::ctl
