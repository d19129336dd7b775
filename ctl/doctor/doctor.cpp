// SPDX-License-Identifier: MIT
#include "core/clock.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/doctor/data_checks.hpp"
#include "ctl/doctor/findings_report.hpp"
#include "ctl/doctor/host_checks.hpp"
#include "ctl/doctor/postfix_checks.hpp"
#include "ctl/doctor/server_checks.hpp"
#include "ctl/doctor/site.hpp"
#include "ctl/problem.hpp"
#include "mysql/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMostShown = 10;

struct Options {
  HostOptions host;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  std::size_t most = kMostShown;
  bool lists = false;
};

std::vector<std::string> names_of_domains(mysql::Connection& database) {
  std::vector<std::string> names;
  database.for_each("SELECT domain FROM domain ORDER BY domain", {},
                    [&](mysql::Row& row) { names.push_back(row.front().value_or("")); });
  return names;
}

/// A database that can't be asked is a finding like others, after which the host's still count.
void check_database(const SiteFacts& site, const std::optional<PostfixConfig>& postfix,
                    const Options& options, Findings& findings) {
  const auto& settings = site.settings.database;
  try {
    const auto database = open_database(settings);
    const auto tables = tables_of(*database);
    const bool has_all = check_server(*database, site, findings);
    if (findings.wants("account-login") || findings.wants("account-rights-missing") ||
        findings.wants("account-rights-excess"))
      check_accounts(site, settings.database, tables, findings);
    if (findings.wants("ctl-rights-missing") && has_change_log(*database, tables))
      check_flush_rights(*database, site, findings);
    if (postfix && tables.count("domain") > 0 && findings.wants("postfix-domain-class"))
      check_domain_classes(*postfix, names_of_domains(*database), options.host.postfix_folder, findings);
    if (!has_all || !findings.wants(Area::Data)) return;  // said already, as what is missing
    DataContext context{site.settings.mail, SystemClock().today(), site.default_scheme, findings};
    check_data(*database, context);
  } catch (const mysql::DatabaseError& error) {
    findings.add("database-away", {"database " + settings.database, error.what(),
                                   "the server started, and [database] and [ctl] of extmail.toml naming it "
                                   "and an account that it lets in"});
  }
}

int examine(const Options& options, const Invocation& invocation) {
  if (options.lists) {
    write_checks(invocation.output());
    return kDone;
  }
  Findings findings(choose_checks(options.only, options.skip), options.most);
  const auto site = read_site(invocation.config);
  std::optional<PostfixConfig> postfix;
  if (findings.wants(Area::Host)) postfix = check_host(site, options.host, findings);
  if (findings.wants(Area::Database) || findings.wants(Area::Data) || findings.wants("postfix-domain-class"))
    check_database(site, postfix, options, findings);
  write_findings(findings, invocation.output());
  return status_of(findings);
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("doctor", "Looks for what is wrong with this host, the database and its rows");
  command->add_option("--only", options->only, "Make these checks only: ids or areas, separated by commas")
      ->type_name("CHECK")
      ->delimiter(',');
  command->add_option("--skip", options->skip, "Leave these out")->type_name("CHECK")->delimiter(',');
  command->add_option("--max", options->most, "Findings of each check that are shown; 0: all")
      ->check(CLI::Range(std::size_t{0}, kMostThatIsCounted))
      ->capture_default_str();
  command->add_flag("--list", options->lists, "List the checks, and make none");
  command
      ->add_option("--postfix-config", options->host.postfix_folder,
                   "Folder of main.cf, as postconf -c takes it")
      ->type_name("DIR");
  command->add_option("--dovecot-config", options->host.dovecot_file, "dovecot.conf, as doveconf -c takes it")
      ->type_name("FILE");
  command->add_option("--sasl-config", options->host.sasl_file, "smtpd.conf of Cyrus SASL")
      ->type_name("FILE");
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return examine(*options, invocation); };
  });
}

}  // namespace extmail::ctl
