// SPDX-License-Identifier: MIT
#include "ctl/usage/mailbox_usage.hpp"

#include "core/address.hpp"
#include "core/quota.hpp"
#include "ctl/database.hpp"
#include "maildir/maildir_usage.hpp"
#include "mysql/columns.hpp"

#include <filesystem>
#include <limits>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace extmail::ctl {
namespace {

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

/// Of a page of mailboxes, by their names, each exactly once in the statement's text.
std::string in_page(const std::string& start, const std::string& end) {
  std::string sql = start + " IN (?";
  for (std::size_t more = 1; more < UsageReader::kPageRows; ++more)
    sql += ",?";
  return sql + ')' + end;
}

}  // namespace

std::uint64_t percent_of(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint64_t kAll = 100;
  std::uint64_t scaled = 0;
  if (whole == 0) return std::numeric_limits<std::uint64_t>::max();
  if (!__builtin_mul_overflow(part, kAll, &scaled)) return scaled / whole;
  return whole >= kAll ? part / (whole / kAll) : std::numeric_limits<std::uint64_t>::max();
}

std::optional<std::uint64_t> MailboxUsage::percent() const {
  if (!used || quota_bytes == 0) return std::nullopt;
  return percent_of(used->bytes, quota_bytes);
}

struct UsageReader::Page {
  std::vector<MailboxRecord> rows;
  std::vector<MailboxUsage> usages;            ///< of the same mailboxes
  std::map<std::string, std::size_t> places;   ///< of the folded names
  std::vector<std::string_view> padded_names;  ///< kPageRows of them

  [[nodiscard]] MailboxUsage* find(const std::string& name) {
    const auto it = places.find(fold_case(name));
    return it == places.end() ? nullptr : &usages[it->second];
  }
};

UsageReader::UsageReader(mysql::Connection& database, const MailSettings& settings)
    : database_(database),
      settings_(settings),
      has_usage_(has_table(database, "extmail_mail_usage")),
      has_logins_(has_table(database, "extmail_last_login")),
      has_mail_base_(is_folder(settings.base)) {}

UsageReader::Page UsageReader::read_page(const std::string& domain, const std::string& after) {
  std::string sql = std::string("SELECT ") + mysql::kMailboxColumns + " FROM mailbox m WHERE m.username > ?";
  std::vector<std::string_view> values{after};
  if (!domain.empty()) {
    sql += " AND m.domain = ?";
    values.emplace_back(domain);
  }
  Page page;
  for (auto& row : database_.query(sql + " ORDER BY m.username LIMIT " + std::to_string(kPageRows), values)) {
    mysql::Columns columns(std::move(row));
    page.rows.push_back(columns.mailbox());
    const auto& mailbox = page.rows.back();
    page.places.emplace(fold_case(mailbox.username), page.usages.size());
    MailboxUsage usage;
    usage.name = mailbox.username;
    usage.is_active = mailbox.active;
    usage.quota_bytes = parse_quota(mailbox.quota).bytes.value_or(0);
    page.usages.push_back(std::move(usage));
  }
  for (const auto& row : page.rows)
    page.padded_names.emplace_back(row.username);
  if (!page.rows.empty()) page.padded_names.resize(kPageRows, page.rows.back().username);
  return page;
}

void UsageReader::add_table(Page& page) {
  static const std::string sql =
      in_page("SELECT username, bytes, messages FROM extmail_mail_usage WHERE username", "");
  for (auto& row : database_.query(sql, page.padded_names)) {
    mysql::Columns columns(std::move(row));
    auto* usage = page.find(columns.text());
    const auto bytes = columns.number();
    const auto messages = columns.number();
    if (usage == nullptr || !bytes || !messages || *bytes < 0 || *messages < 0) continue;
    usage->used = Usage{static_cast<std::uint64_t>(*bytes), static_cast<std::uint64_t>(*messages)};
    usage->source = MailboxUsage::Source::Table;
  }
}

void UsageReader::add_last_logins(Page& page) {
  static const std::string sql =
      in_page("SELECT username, MAX(at) FROM extmail_last_login WHERE username", " GROUP BY username");
  for (auto& row : database_.query(sql, page.padded_names)) {
    mysql::Columns columns(std::move(row));
    auto* usage = page.find(columns.text());
    if (usage != nullptr) usage->last_login = columns.text();
  }
}

void UsageReader::add_maildirs(Page& page) {
  const maildir::MaildirUsage maildirs(settings_);
  for (std::size_t i = 0; i < page.rows.size(); ++i) {
    auto& usage = page.usages[i];
    if (usage.used || !page.rows[i].mailhost.empty()) continue;
    const auto found = maildirs.find_usage(page.rows[i]);
    if (found.is_found()) {
      usage.used = found.value();
      usage.source = MailboxUsage::Source::Maildir;
    } else if (found.is_failure()) {
      if (unreadable_.count++ == 0) unreadable_.reason = usage.name + ": " + found.reason();
    }
  }
}

void UsageReader::read(const std::string& domain, const std::function<void(MailboxUsage&&)>& take) {
  std::string after;
  while (true) {
    Page page = read_page(domain, after);
    if (page.rows.empty()) return;
    if (has_usage_) add_table(page);
    if (has_logins_) add_last_logins(page);
    if (has_mail_base_) add_maildirs(page);
    after = page.rows.back().username;
    for (auto& usage : page.usages)
      take(std::move(usage));
    if (page.rows.size() < kPageRows) return;
  }
}

}  // namespace extmail::ctl
