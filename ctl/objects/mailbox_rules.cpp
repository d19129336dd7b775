// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox_rules.hpp"

#include "core/hash.hpp"
#include "core/printable.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxLocalBytes = 64;      // RFC 5321, 4.5.3.1.1
constexpr std::size_t kMaxAddressLength = 254;  // RFC 3696, erratum 1690; the column has 255
constexpr const char* kNever = "0000-00-00";

bool is_known(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// `99/5F`: ExtMan's two folders of two digits.
std::string spread(const std::string& text) {
  Sha256 digest;
  digest.add(text);
  const std::string bytes = digest.finish();
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string path;
  for (const std::size_t i : {0U, 1U}) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i > 0) path += '/';
    path += kDigits[byte >> 4U];
    path += kDigits[byte & 15U];
  }
  return path;
}

MailPaths in_home(const std::string& home) {
  return {home + "/Maildir/", home};
}

/// What maildir has beyond home, as "/Maildir/"; nothing where it does not lie there.
std::optional<std::string> rest_below(const std::string& home, const std::string& maildir) {
  if (maildir != home && !maildir.starts_with(home + '/')) return std::nullopt;
  return maildir.substr(home.size());
}

}  // namespace

void check_new_address(const Address& address) {
  const std::string& local = address.local;
  const auto refuse = [&](const char* why) {
    throw Misuse('"' + printable(address.text(), 256) + "\" can't be a mailbox: " + why);
  };
  if (!std::all_of(local.begin(), local.end(), is_known))
    refuse("ExtMan takes letters, digits and . _ - before the @");
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string::npos)
    refuse("a dot stands between two other characters");
  if (local.size() > kMaxLocalBytes) refuse("at most 64 characters may stand before the @");
  if (address.text().size() > kMaxAddressLength) refuse("an address has at most 254 characters");
}

MailPaths new_mail_paths(const Address& address, std::string_view hash_dir_path) {
  if (hash_dir_path.empty()) return in_home(address.domain + '/' + address.local);
  while (hash_dir_path.ends_with('/'))
    hash_dir_path.remove_suffix(1);
  return in_home(std::string(hash_dir_path) + '/' + address.domain + '/' + spread(address.text()) + '/' +
                 address.local);
}

MailPaths kept_mail_paths(const MailPaths& old, const Address& from) {
  if (!old.maildir.empty()) return old;
  return {in_home(from.domain + '/' + from.local).maildir, old.homedir};
}

MailPaths renamed_mail_paths(const MailPaths& old, const Address& from, const Address& to,
                             std::string_view hash_dir_path) {
  const auto in_domain = [&](const std::string& path) {
    const std::string folder = '/' + from.domain + '/';
    return ('/' + path).find(folder) != std::string::npos;
  };
  // Without any path, both follow the name.
  MailPaths kept = old.homedir.empty() ? old : kept_mail_paths(old, from);
  const bool has_its_name = old.homedir.ends_with('/' + from.local);
  if (!has_its_name && (from.domain == to.domain || !in_domain(old.homedir))) return kept;
  MailPaths renamed = new_mail_paths(to, hash_dir_path);
  // Not every home folder has it in Maildir/: in rows that come from PostfixAdmin it is the folder itself.
  if (const auto rest = rest_below(old.homedir, kept.maildir)) renamed.maildir = renamed.homedir + *rest;
  return renamed;
}

std::string expiry_after(std::string_view period, std::chrono::year_month_day today) {
  int count = 0;
  const char* last = period.data() + period.size();
  const auto [end, error] = std::from_chars(period.data(), last, count);
  constexpr int kMaxCount = 60000;  // 160 years of days
  if (error != std::errc() || end + 1 != last || count <= 0 || count > kMaxCount) return kNever;
  std::chrono::year_month_day day = today;
  if (*end == 'y')
    day += std::chrono::years(count);
  else if (*end == 'm')
    day += std::chrono::months(count);
  else if (*end == 'd')
    day = std::chrono::sys_days(today) + std::chrono::days(count);
  else
    return kNever;
  if (!day.ok()) day = day.year() / day.month() / std::chrono::last;
  if (!day.ok() || static_cast<int>(day.year()) > 9999) return kNever;
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()) % 10000,
                      static_cast<unsigned>(day.month()) % 100, static_cast<unsigned>(day.day()) % 100);
  return text.data();
}

}  // namespace extmail::ctl
