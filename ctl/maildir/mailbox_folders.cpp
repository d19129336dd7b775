// SPDX-License-Identifier: MIT
#include "ctl/maildir/mailbox_folders.hpp"

#include "core/address.hpp"
#include "ctl/maildir/mail_tree.hpp"
#include "ctl/problem.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include <unistd.h>

namespace extmail::ctl {
namespace {

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

/// Whether who runs this may make folders that belong to uid.
bool may_act_for(std::uint32_t uid) {
  return ::geteuid() == 0 || ::geteuid() == uid;
}

/// Refuses a folder that has the mail of others than the owners in it, by the paths as the daemons take them: two rows
/// may write one path in many ways.
void check_owners(mysql::Connection& database, const MailSettings& settings, const FolderOwners& owners,
                  const std::string& folder, const char* otherwise) {
  std::string other;
  database.for_each(
      std::string("SELECT ") + kLocationColumns + " FROM mailbox WHERE " + owners.column + " <> ?",
      {owners.value}, [&](mysql::Row& row) {
        const auto its = any_location_of(row, settings);
        if (!row[0] || !its.is_found()) return;
        if (is_at_or_below(its.value().home, folder) || is_at_or_below(its.value().maildir, folder))
          other = *row[0];
      });
  if (!other.empty()) throw Refused(folder + " has the mail of " + other + " in it, too: " + otherwise);
}

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + '/');
}

Answer<MailLocation> location_of(const mysql::Row& row, const MailSettings& settings) {
  MailboxRecord mailbox;
  mailbox.username = row[0].value_or("");
  mailbox.maildir = row[1].value_or("");
  mailbox.homedir = row[2].value_or("");
  mailbox.uidnumber = number_of(row[3]);
  mailbox.gidnumber = number_of(row[4]);
  return locate_mail(mailbox, settings);
}

Answer<MailLocation> any_location_of(const mysql::Row& row, const MailSettings& settings) {
  MailSettings any = settings;
  any.confine_to_domain = false;
  any.uid = any.gid = 0;
  return location_of(row, any);
}

void plan_creation(const std::string& base, const MailLocation& location, Changes& changes) {
  constexpr const char* kLater =
      "; \"extmailctl maildir create-missing\" makes it on the host that has the mail";
  if (!MailTree::is_here(base)) {
    changes.note("no maildir is made: there is no mail base " + base + " on this host" + kLater);
    return;
  }
  if (!may_act_for(location.uid)) {
    changes.note("no maildir is made: only root may make one that belongs to uid " +
                 std::to_string(location.uid) + kLater);
    return;
  }
  changes.add_deed({.text = "make the maildir " + location.maildir + " for uid " +
                            std::to_string(location.uid) + ", gid " + std::to_string(location.gid),
                    .run = [base, location] { (void)MailTree(base).create(location); }});
}

void plan_move(mysql::Connection& database, const MailSettings& settings, const FolderOwners& owners,
               const MailLocation& from, const MailLocation& to, Changes& changes) {
  if (from.home == to.home) return;
  constexpr const char* kLeave = "; --no-maildir leaves them where they are";
  if (!is_at_or_below(from.maildir, from.home))
    throw Refused("its maildir " + from.maildir + " does not lie in its homedir " + from.home +
                  ", so that both can't be moved at once" + kLeave);
  if (const auto moved = to.home + from.maildir.substr(from.home.size()); moved != to.maildir)
    throw Refused("with its homedir, its maildir " + from.maildir + " would come to " + moved +
                  ", and not to " + to.maildir + kLeave);
  check_owners(database, settings, owners, from.home, "with --no-maildir the mail stays where it is");
  const std::string& base = settings.base;
  const std::string what = "move " + from.home + " to " + to.home;
  if (!MailTree::is_here(base) || !MailTree(base).has_folder(from.home)) {
    changes.note("its mail is not on this host: " + what + " where it is, or it will seem to be empty");
    return;
  }
  changes.add_deed({.text = what,
                    .run = [base, from, to] { MailTree(base).move(from.home, to.home); },
                    .undo = [base, from, to] { MailTree(base).move(to.home, from.home); }});
}

void plan_removal(mysql::Connection& database, const MailSettings& settings, const std::string& username,
                  const MailLocation& location, Changes& changes) {
  if (!MailTree::is_here(settings.base)) {
    changes.note("its mail is not on this host: delete " + location.home + " where it is");
    return;
  }
  check_owners(database, settings, {"username", username}, location.home,
               "without --files the row is deleted alone");
  changes.add_last_deed({.text = "delete the folder " + location.home,
                         .run = [base = settings.base, location] { MailTree(base).remove(location.home); }});
  if (!is_at_or_below(location.maildir, location.home))
    changes.note("its maildir " + location.maildir + " is not in its homedir, and stays");
}

}  // namespace extmail::ctl
