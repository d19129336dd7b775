// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/problem.hpp"
#include "ctl/usage_fault.hpp"
#include "mysql/error.hpp"

#include <exception>
#include <iostream>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

namespace {

int complain(const std::string& text, int status) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    std::cerr << "extmailctl: " << line << '\n';
  return status;
}

int status_of(const extmail::mysql::DatabaseError& error) {
  using Kind = extmail::mysql::DatabaseError::Kind;
  return error.kind() == Kind::Misconfigured ? extmail::ctl::kWrongConfiguration
                                             : extmail::ctl::kNobodyCouldTell;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace extmail;
  CLI::App app("Administers the ExtMail plugin suite.", "extmailctl");
  ctl::Invocation invocation;
  const auto* config = app.add_option("-c,--config", invocation.config, "Configuration file")
                           ->type_name("FILE")
                           ->capture_default_str();
  app.set_version_flag("--version", "extmailctl " EXTMAIL_VERSION);
  auto* json = app.add_flag_callback(
      "--json", [&] { invocation.format = ctl::Format::Json; }, "Print what is listed and shown as JSON");
  app.add_flag_callback(
         "--csv", [&] { invocation.format = ctl::Format::Csv; }, "Print what is listed and shown as CSV")
      ->excludes(json);
  app.fallthrough();
  app.require_subcommand(1);
  ctl::add_alias(app, invocation);
  ctl::add_app_password(app, invocation);
  ctl::add_authtest(app, invocation);
  ctl::add_completion(app, invocation);
  ctl::add_doctor(app, invocation);
  ctl::add_domain(app, invocation);
  ctl::add_expire(app, invocation);
  ctl::add_explain(app, invocation);
  ctl::add_export(app, invocation);
  ctl::add_flush(app, invocation);
  ctl::add_held(app, invocation);
  ctl::add_import(app, invocation);
  ctl::add_limits(app, invocation);
  ctl::add_mailbox(app, invocation);
  ctl::add_maildir(app, invocation);
  ctl::add_manager(app, invocation);
  ctl::add_migrate(app, invocation);
  ctl::add_passwd(app, invocation);
  ctl::add_policy(app, invocation);
  ctl::add_release(app, invocation);
  ctl::add_report(app, invocation);
  ctl::add_stats(app, invocation);
  ctl::add_user_field(app, invocation);
  ctl::add_verify(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are such, too, and have the status of success.
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(ctl::usage_fault(app, error), ctl::kWrongUsage);
  }
  invocation.config_is_named = config->count() > 0;

  try {
    return invocation.run();
  } catch (const ctl::Misuse& error) {
    return complain(error.what(), ctl::kWrongUsage);
  } catch (const ctl::Refused& error) {
    return complain(error.what(), ctl::kRefused);
  } catch (const mysql::DatabaseError& error) {
    return complain(std::string("database: ") + error.what(), status_of(error));
  } catch (const daemon::ConfigError& error) {
    return complain(error.what(), ctl::kWrongConfiguration);
  } catch (const std::exception& error) {
    return complain(error.what(), ctl::kNobodyCouldTell);
  }
}
