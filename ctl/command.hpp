// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/output/report.hpp"
#include "daemon/config_file.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <sysexits.h>

namespace CLI {
class App;
}

namespace extmail::ctl {

/// What extmailctl ends with: extmailctl(8), EXIT STATUS. Scripts go by it, so a number keeps its meaning.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNobodyCouldTell = EX_TEMPFAIL;
inline constexpr int kWrongConfiguration = EX_CONFIG;

/// Most that an option may count: no table has more rows, and what is below zero is none.
inline constexpr std::size_t kMostThatIsCounted = 1'000'000'000;

/// What the command line says. A command has a file of its own, with an `add_NAME()` that is called from main():
/// it adds its words to the application, and sets run when the command is the one that was given.
struct Invocation {
  std::string config = daemon::kDefaultConfigFile;
  bool config_is_named = false;  ///< by --config
  Format format = Format::Text;  ///< of what is listed and shown

  /// Does it and returns the exit status. May throw Refused, Misuse, mysql::DatabaseError and daemon::ConfigError, each of
  /// which has an exit status of its own, and std::exception for what nobody foresaw.
  std::function<int()> run;

  /// Standard output, in that format; coloured on a terminal, unless NO_COLOR is set.
  [[nodiscard]] Output output() const;
};

/// The type name of an option with one of these values: `{a,b}`, for --help and for shells, which complete it.
[[nodiscard]] std::string choice_of(const std::vector<std::string>& values);

/// Asks extmail-authd about a user, and tries a password, as Courier's authtest does. invocation must outlive app.
void add_authtest(CLI::App& app, Invocation& invocation);

/// Prints what a shell needs to complete the words of app. app must have all its commands by the time that it is parsed;
/// both must outlive it.
void add_completion(CLI::App& app, Invocation& invocation);

/// Sets active = 0 for what is past its expiry date. invocation must outlive app.
void add_expire(CLI::App& app, Invocation& invocation);

/// What will happen to mail or a login, and by which rows. invocation must outlive app.
void add_explain(CLI::App& app, Invocation& invocation);

/// Has the daemons find out anew what they remember. invocation must outlive app.
void add_flush(CLI::App& app, Invocation& invocation);

/// Logins that extmail-policyd holds, and an end of that. invocation must outlive app.
void add_held(CLI::App& app, Invocation& invocation);
void add_release(CLI::App& app, Invocation& invocation);

/// Looks for what is wrong with host, database and rows. invocation must outlive app.
void add_doctor(CLI::App& app, Invocation& invocation);
/// Upgrades an older ExtMail database, and undoes what it added. invocation must outlive app.
void add_migrate(CLI::App& app, Invocation& invocation);

/// Compares what a deployment without the suite answers with what the suite does. invocation must outlive app.
void add_verify(CLI::App& app, Invocation& invocation);

/// What extmail-policyd's limits leave a mailbox, a domain or a client. invocation must outlive app.
void add_limits(CLI::App& app, Invocation& invocation);

/// What domains and mailboxes hold. invocation must outlive app.
void add_report(CLI::App& app, Invocation& invocation);

/// What the daemons that run have counted. invocation must outlive app.
void add_stats(CLI::App& app, Invocation& invocation);

/// The objects of ExtMan, each with list, show, add, modify, delete, enable, disable and rename. invocation must outlive app.
void add_alias(CLI::App& app, Invocation& invocation);
void add_domain(CLI::App& app, Invocation& invocation);
void add_mailbox(CLI::App& app, Invocation& invocation);
void add_manager(CLI::App& app, Invocation& invocation);

/// A new password for a mailbox or a manager. invocation must outlive app.
void add_passwd(CLI::App& app, Invocation& invocation);

/// The folders of mailboxes on this host. invocation must outlive app.
void add_maildir(CLI::App& app, Invocation& invocation);

/// All rows to a file, and from one, or from another administration's tables. invocation must outlive app.
void add_export(CLI::App& app, Invocation& invocation);
void add_import(CLI::App& app, Invocation& invocation);

/// The tables of the suite's own: sql/login_extensions.sql and sql/policy_extensions.sql. invocation must outlive app.
void add_app_password(CLI::App& app, Invocation& invocation);
void add_policy(CLI::App& app, Invocation& invocation);
void add_user_field(CLI::App& app, Invocation& invocation);

}  // namespace extmail::ctl
