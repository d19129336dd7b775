// SPDX-License-Identifier: MIT
#include "ctl/doctor/host_checks.hpp"

#include "ctl/doctor/dovecot_checks.hpp"
#include "ctl/doctor/postfix_checks.hpp"
#include "ctl/doctor/sasl_checks.hpp"
#include "ctl/doctor/socket_checks.hpp"
#include "ctl/host/tool.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace extmail::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlugin = "libextmail.so";

/// What the program printed; empty, with a finding, where it can't be asked.
std::optional<std::string> ask(const std::vector<std::string>& words, const char* whose, Findings& findings) {
  auto answer = run_tool(words);
  if (answer.is_good()) return std::move(answer.output);
  if (!answer.is_there) {
    findings.add("tool-missing",
                 {words.front(), std::string(whose) + " is not installed here: nothing of it is checked",
                  std::string("--skip host, or extmailctl doctor on the host that has it")});
  } else {
    std::string command;
    for (const auto& word : words) {
      if (!command.empty()) command += ' ';
      command += word;
    }
    findings.add("tool-failed", {command, answer.errors.empty() ? "it failed" : answer.errors,
                                 std::string("the line of ") + whose + "'s configuration that it names"});
  }
  return std::nullopt;
}

std::optional<PostfixConfig> read_postfix(const HostOptions& options, Findings& findings) {
  std::vector<std::string> postconf{"postconf"};
  if (!options.postfix_folder.empty()) postconf.insert(postconf.end(), {"-c", options.postfix_folder});
  const auto with = [&](const char* option) {
    auto words = postconf;
    words.emplace_back(option);
    return words;
  };
  const auto parameters = ask(with("-x"), "Postfix", findings);
  if (!parameters) return std::nullopt;
  const auto services = ask(with("-M"), "Postfix", findings);
  const auto service_options = ask(with("-P"), "Postfix", findings);
  if (!services || !service_options) return std::nullopt;
  return PostfixConfig{parse_parameters(*parameters), parse_services(*services, *service_options)};
}

/// Whether an smtpd asks Cyrus SASL for passwords, or Dovecot.
bool has_login_by(const PostfixConfig& postfix, const std::string& type) {
  const auto smtpds = postfix.smtpds();
  return std::any_of(smtpds.begin(), smtpds.end(), [&](const auto* smtpd) {
    return postfix.value("smtpd_sasl_auth_enable", *smtpd) == "yes" &&
           postfix.value("smtpd_sasl_type", *smtpd) == type;
  });
}

std::vector<fs::path> folders_of(std::string_view list) {
  std::vector<fs::path> folders;
  std::istringstream parts{std::string(list)};
  for (std::string part; std::getline(parts, part, ':');) {
    if (!part.empty()) folders.emplace_back(part);
  }
  return folders;
}

fs::path find_sasl_file(const PostfixConfig& postfix, const HostOptions& options) {
  if (!options.sasl_file.empty()) return options.sasl_file;
  auto folders = folders_of(postfix.value("cyrus_sasl_config_path"));
  for (const char* folder : {"/etc/postfix/sasl", "/etc/sasl2", "/usr/lib/sasl2"})
    folders.emplace_back(folder);
  const auto name = postfix.value("smtpd_sasl_path") + ".conf";
  std::error_code ignored;
  for (const auto& folder : folders) {
    if (fs::exists(folder / name, ignored)) return folder / name;
  }
  return folders.front() / name;
}

/// Where libsasl2 looks for plugins: SASL_PATH as Postfix passes it on, or where distributions have them.
std::vector<fs::path> plugin_folders(const PostfixConfig& postfix) {
  constexpr std::string_view kVariable = "SASL_PATH=";
  for (const auto& word : split_list(postfix.value("import_environment"))) {
    if (word.starts_with(kVariable)) return folders_of(std::string_view(word).substr(kVariable.size()));
  }
  std::vector<fs::path> folders{"/usr/lib/sasl2", "/usr/local/lib/sasl2", "/usr/lib64/sasl2"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib", ignored)) {
    if (fs::is_directory(entry.path() / "sasl2", ignored)) folders.push_back(entry.path() / "sasl2");
  }
  return folders;
}

void check_sasl_of(const PostfixConfig& postfix, const SiteFacts& site, const HostOptions& options,
                   Findings& findings) {
  const auto file = find_sasl_file(postfix, options);
  std::ifstream stream(file);
  if (!stream) {
    findings.add("sasl-config", {file.string(), "smtpd can't read it: no login succeeds",
                                 "cp deploy/sasl/smtpd.conf " + file.string()});
    return;
  }
  std::ostringstream text;
  text << stream.rdbuf();
  const auto sasl = parse_sasl(text.str());
  check_sasl(sasl, file.string(), findings);
  check_socket_uses(postfix, site, sockets_of(sasl, file.string()), findings);
  if (!uses_plugin(sasl)) return;
  const auto folders = plugin_folders(postfix);
  std::error_code ignored;
  if (std::any_of(folders.begin(), folders.end(),
                  [&](const auto& folder) { return fs::exists(folder / kPlugin, ignored); }))
    return;
  std::string places;
  for (const auto& folder : folders)
    places += ' ' + folder.string();
  findings.add("sasl-plugin", {kPlugin, "it is in none of" + places + ": no login succeeds",
                               "apt install libsasl2-modules-extmail, or ninja install"});
}

void check_postfix_of(const PostfixConfig& postfix, const SiteFacts& site, const HostOptions& options,
                      Findings& findings) {
  check_postfix(postfix, site, options.postfix_folder, findings);
  check_socket_uses(postfix, site, sockets_of(postfix), findings);
  if (has_login_by(postfix, "cyrus")) check_sasl_of(postfix, site, options, findings);
  if (has_login_by(postfix, "dovecot") && postfix.value("smtpd_sasl_path").find(':') == std::string::npos)
    check_foreign_socket(postfix, "smtpd_sasl_path", postfix.value("smtpd_sasl_path"), "sasl-config",
                         findings);
  const auto transport = postfix.value("virtual_transport");
  if (const auto colon = transport.find(':'); transport.starts_with("lmtp:")) {
    if (const auto path = unix_path(transport.substr(colon + 1)); !path.empty())
      check_foreign_socket(postfix, "virtual_transport", path, "dovecot-lmtp", findings);
  }
}

void check_dovecot_of(const SiteFacts& site, const HostOptions& options, Findings& findings) {
  std::vector<std::string> doveconf{"doveconf"};
  if (!options.dovecot_file.empty()) doveconf.insert(doveconf.end(), {"-c", options.dovecot_file});
  doveconf.emplace_back("-n");
  const auto text = ask(doveconf, "Dovecot", findings);
  if (!text) return;
  const auto dovecot = parse_dovecot(*text);
  check_dovecot(dovecot, site, findings);
  for (const auto& socket : authd_sockets_of(dovecot))
    check_dovecot_socket(site, socket, auth_user_of(dovecot), findings);
}

std::string state_of(const std::string& unit) {
  const auto answer = run_tool({"systemctl", "show", "--property=LoadState,ActiveState", unit});
  return answer.is_good() ? unit_state(answer.output) : std::string();
}

std::string how_to_start(const std::string& unit) {
  return "systemctl enable --now " + unit + "; journalctl -u " + unit + " says why it ended";
}

void check_units(const SiteFacts& site, Findings& findings) {
  std::error_code ignored;
  if (!fs::exists("/run/systemd/system", ignored)) return;  // another init, or a container
  for (const auto& daemon : site.daemons) {
    const std::string unit = "extmail-" + daemon.name;
    const auto state = state_of(unit + ".service");
    if (state != "failed" && state != "inactive") continue;
    // Where systemd listens, the first who connects starts it.
    if (state == "inactive" && state_of(unit + ".socket") == "active") continue;
    findings.add("unit-down", {unit + ".service", "it is " + state, how_to_start(unit)});
  }
}

void check_files(const SiteFacts& site, Findings& findings) {
  for (const auto& daemon : site.daemons) {
    struct stat facts {};
    if (daemon.password_file.empty() || ::stat(daemon.password_file.c_str(), &facts) != 0) {
      if (!daemon.password_file.empty() && errno == EACCES) continue;  // as not-root says
      findings.add("password-file",
                   {daemon.password_file.empty() ? "[" + daemon.name + "]" : daemon.password_file,
                    "database_password_file names no file: extmail-" + daemon.name + " does not start",
                    "a file with the password of the account, mode 0400, owned by the user of extmail-" +
                        daemon.name});
    } else if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      findings.add(
          "password-file",
          {daemon.password_file, "others can read it, and extmail-" + daemon.name + " does not start with it",
           "chmod 0400 " + daemon.password_file});
    }
  }
  const auto& location = site.settings.mail.location;
  struct stat base {};
  errno = 0;
  if (::stat(location.base.c_str(), &base) != 0 || !S_ISDIR(base.st_mode)) {
    if (errno == EACCES) return;
    findings.add("mail-base",
                 {location.base, "there is no such folder: no mail can be stored",
                  "install -d -m 0700 -o " + std::to_string(location.uid.value_or(2525)) + " -g " +
                      std::to_string(location.gid.value_or(2525)) + ' ' + location.base});
  } else if (location.uid && base.st_uid != *location.uid &&
             !(location.gid && base.st_gid == *location.gid && (base.st_mode & S_IWGRP) != 0) &&
             (base.st_mode & S_IWOTH) == 0) {
    findings.add("mail-base", {location.base,
                               "uid " + std::to_string(*location.uid) +
                                   " of extmail.toml may not write to it: no new mailbox gets its folders",
                               "chown " + std::to_string(*location.uid) + ' ' + location.base});
  }
}

}  // namespace

std::string unit_state(std::string_view properties) {
  const auto value_of = [&](std::string_view name) -> std::string {
    const auto start = properties.find(name);
    if (start == std::string_view::npos) return {};
    const auto value = properties.substr(start + name.size());
    return std::string(value.substr(0, value.find('\n')));
  };
  return value_of("LoadState=") == "loaded" ? value_of("ActiveState=") : std::string();
}

std::optional<PostfixConfig> check_host(const SiteFacts& site, const HostOptions& options,
                                        Findings& findings) {
  if (::geteuid() != 0) {
    findings.add("not-root",
                 {"this user", "only root can try sockets as Postfix and Dovecot do, and read all files",
                  "sudo extmailctl doctor"});
  }
  check_files(site, findings);
  check_units(site, findings);
  auto postfix = read_postfix(options, findings);
  check_listeners(site, findings);
  if (postfix) check_postfix_of(*postfix, site, options, findings);
  check_dovecot_of(site, options, findings);
  return postfix;
}

}  // namespace extmail::ctl
