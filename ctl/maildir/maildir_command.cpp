// SPDX-License-Identifier: MIT
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/maildir/mail_tree.hpp"
#include "ctl/maildir/mailbox_folders.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

struct Words {
  std::string domain;
  bool is_dry_run = false;
};

/// What happened to the maildirs of all rows.
class Creation {
 public:
  Creation(const MailSettings& settings, bool is_dry_run)
      : settings_(settings), tree_(settings.base), is_dry_run_(is_dry_run) {}

  /// One that can't be made keeps no other from being made.
  void take(const mysql::Row& row) {
    const std::string username = printable(row[0].value_or(""), 1024);
    try {
      const auto location = location_of(row, settings_);
      if (!location.is_found()) throw Refused(location.reason());
      if (is_dry_run_ ? tree_.has(location.value()) : !tree_.create(location.value())) return;
      ++made_;
      std::cout << (is_dry_run_ ? "missing: " : "made: ") << printable(location.value().maildir, 1024)
                << '\n';
    } catch (const Refused& error) {
      ++failed_;
      std::cerr << "extmailctl: " << username << ": " << error.what() << '\n';
    }
  }

  int finish() const {
    std::cout << made_ << (is_dry_run_ ? " missing" : " made");
    if (failed_ > 0) std::cout << ", " << failed_ << (is_dry_run_ ? " could not be looked at" : " failed");
    std::cout << '\n';
    return failed_ > 0 ? kRefused : kDone;
  }

 private:
  const MailSettings& settings_;
  MailTree tree_;
  bool is_dry_run_;
  std::size_t made_ = 0;
  std::size_t failed_ = 0;
};

int create_missing(const Words& words, const Invocation& invocation) {
  const Settings settings = read_settings(invocation.config);
  const auto database = open_database(settings.database);
  if (!words.domain.empty()) require_domain(*database, words.domain);
  Creation creation(settings.mail.location, words.is_dry_run);
  // A mailbox that another host keeps has no folders here.
  std::string sql = std::string("SELECT ") + kLocationColumns + " FROM mailbox WHERE mailhost = ''";
  std::vector<std::string_view> parameters;
  if (!words.domain.empty()) {
    sql += " AND domain = ?";
    parameters.emplace_back(words.domain);
  }
  database->for_each(sql + " ORDER BY username", parameters, [&](mysql::Row& row) { creation.take(row); });
  return creation.finish();
}

}  // namespace

void add_maildir(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* parent = app.add_subcommand("maildir", "The folders of mailboxes, on the host that has the mail");
  parent->require_subcommand(1);
  auto* command =
      parent->add_subcommand("create-missing", "Makes those that are missing, as after adding in ExtMan");
  command->add_option("--domain", words->domain, "Only those of one domain")->type_name("DOMAIN");
  command->add_flag("-n,--dry-run", words->is_dry_run, "Say what is missing, and make nothing");
  command->callback([words, &invocation] {
    invocation.run = [words, &invocation] { return create_missing(*words, invocation); };
  });
}

}  // namespace extmail::ctl
