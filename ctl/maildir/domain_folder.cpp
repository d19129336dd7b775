// SPDX-License-Identifier: MIT
#include "ctl/maildir/domain_folder.hpp"

#include "ctl/maildir/mailbox_folders.hpp"
#include "ctl/problem.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace extmail::ctl {
namespace {

/// The folder of a domain of this name; nothing where hashdirpath leads out of the mail base, so that no mail is there.
std::optional<std::string> folder_of(const std::string& name, const RenamedDomain& domain,
                                     const MailSettings& settings) {
  const std::string path = (domain.hash_dir_path.empty() ? "" : domain.hash_dir_path + '/') + name;
  const auto location = any_location_of({name, path, path, std::nullopt, std::nullopt}, settings);
  if (!location.is_found()) return std::nullopt;
  return location.value().home;
}

/// As the columns have it: below the mail base.
std::string stored(const std::string& path, const MailSettings& settings) {
  return std::filesystem::path(path)
      .lexically_relative(std::filesystem::path(settings.base).lexically_normal())
      .string();
}

class Move {
 public:
  Move(const MailSettings& settings, const RenamedDomain& domain, Changes& changes)
      : settings_(settings), domain_(domain), changes_(changes) {
    if (domain.keeps_folder) return;
    const auto from = folder_of(domain.from, domain, settings);
    const auto to = folder_of(domain.to, domain, settings);
    if (from && to) folders_.emplace(*from, *to);
  }

  /// A mailbox of the domain: kLocationColumns.
  void take(const mysql::Row& row) {
    const auto before = any_location_of(row, settings_);
    if (!before.is_found()) return;  // it leads to no mail at all
    const std::string home = moved(before.value().home);
    const std::string maildir = moved(before.value().maildir);
    mysql::Row renamed = row;
    const std::string username = row[0].value_or("");
    renamed[0] = username.substr(0, username.find('@') + 1) + domain_.to;
    const auto after = any_location_of(renamed, settings_);
    if (!after.is_found() || after.value().home != home || after.value().maildir != maildir) {
      const std::string old = row[1].value_or("");
      renamed[1] = stored(maildir, settings_) + (old.empty() || old.ends_with('/') ? "/" : "");
      renamed[2] = stored(home, settings_);
      changes_.add("UPDATE mailbox SET maildir = ?, homedir = ? WHERE username = ?",
                   {renamed[1], renamed[2], row[0]});
    }
    if (!domain_.keeps_folder) check_served(row, renamed);
  }

  /// The folder, if any mail of these is in it.
  [[nodiscard]] const std::optional<std::pair<std::string, std::string>>& folders() const { return folders_; }
  [[nodiscard]] bool is_needed() const { return is_needed_; }

 private:
  std::string moved(const std::string& path) {
    if (!folders_ || !is_at_or_below(path, folders_->first)) return path;
    is_needed_ = true;
    return folders_->second + path.substr(folders_->first.size());
  }

  void check_served(const mysql::Row& row, const mysql::Row& renamed) const {
    if (!location_of(row, settings_).is_found()) return;
    const auto after = location_of(renamed, settings_);
    if (after.is_found()) return;
    throw Refused("the mail of " + row[0].value_or("") + " is not in the domain's folder, and stays: " +
                  after.reason() + " first; or --no-maildir leaves all mail where it is");
  }

  const MailSettings& settings_;
  const RenamedDomain& domain_;
  Changes& changes_;
  std::optional<std::pair<std::string, std::string>> folders_;
  bool is_needed_ = false;
};

}  // namespace

void plan_domain_move(mysql::Connection& database, const MailSettings& settings, const RenamedDomain& domain,
                      Changes& changes) {
  Move move(settings, domain, changes);
  database.for_each(std::string("SELECT ") + kLocationColumns +
                        " FROM mailbox WHERE domain = ? AND mailhost = '' ORDER BY username FOR UPDATE",
                    {domain.from}, [&](mysql::Row& row) { move.take(row); });
  if (!move.is_needed()) return;
  const auto& [from, to] = *move.folders();
  plan_move(database, settings, {"domain", domain.from}, {.home = from, .maildir = from},
            {.home = to, .maildir = to}, changes);
}

}  // namespace extmail::ctl
