// SPDX-License-Identifier: MIT
#include "core/mail_location.hpp"

#include "core/address.hpp"

#include <filesystem>
#include <iterator>
#include <limits>
#include <utility>

namespace extmail {
namespace {

namespace fs = std::filesystem;

fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

bool is_inside(const fs::path& base, const fs::path& path) {
  const fs::path relative = path.lexically_relative(base);
  return !relative.empty() && *relative.begin() != ".." && relative != ".";
}

/// Any `..` is refused, also one that would stay inside: behind a symbolic link it would not.
std::optional<fs::path> resolve(const fs::path& base, const std::string& stored) {
  const fs::path path = base / stored;
  for (const auto& part : path) {
    if (part == "..") return std::nullopt;
  }
  if (stored.find_first_of(std::string_view("\0\n\r", 3)) != std::string::npos) return std::nullopt;
  fs::path normal = without_trailing_slash(path.lexically_normal());
  if (!is_inside(base, normal)) return std::nullopt;
  return normal;
}

/// Whether path is `domain/…` below the base, or `XX/XX/domain/…` as in ExtMan's ISP mode, where two folders of two
/// characters spread the domains.
bool is_in_domain(const fs::path& base, const fs::path& path, std::string_view domain) {
  constexpr std::size_t kSpreadBytes = 2;
  const fs::path relative = path.lexically_relative(base);
  auto part = relative.begin();
  for (int spread = 0; spread < 2 && part != relative.end() && !same_key(part->native(), domain);
       ++spread, ++part) {
    if (part->native().size() != kSpreadBytes) return false;
  }
  return part != relative.end() && same_key(part->native(), domain) && std::next(part) != relative.end();
}

std::string default_maildir(const MailboxRecord& mailbox) {
  const auto address = parse_address(mailbox.username);
  return address ? address->domain + '/' + address->local + "/Maildir" : std::string();
}

std::optional<std::uint32_t> checked_id(std::optional<std::uint32_t> configured,
                                        std::optional<std::int64_t> stored, std::uint32_t minimum) {
  if (configured) return configured;
  // (uid_t)-1 means "no change" to chown(2) and setreuid(2).
  if (!stored || *stored < minimum || *stored >= std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return static_cast<std::uint32_t>(*stored);
}

std::string stored_id(std::optional<std::int64_t> id) {
  return id ? std::to_string(*id) : "NULL";
}

}  // namespace

Answer<MailLocation> locate_mail(const MailboxRecord& mailbox, const MailSettings& settings) {
  const auto refuse = [&](const std::string& what) {
    return Answer<MailLocation>::permanent_failure("mailbox " + mailbox.username + ": " + what +
                                                   "; correct the row");
  };
  const auto bad_id = [&](const std::string& column, std::optional<std::int64_t> stored,
                          const std::string& setting, std::uint32_t minimum) {
    return refuse(column + ' ' + stored_id(stored) + " is below min_" + setting + ' ' +
                  std::to_string(minimum) + " or no id at all, and mail." + setting + " is not set");
  };

  const auto uid = checked_id(settings.uid, mailbox.uidnumber, settings.min_uid);
  if (!uid) return bad_id("uidnumber", mailbox.uidnumber, "uid", settings.min_uid);
  const auto gid = checked_id(settings.gid, mailbox.gidnumber, settings.min_gid);
  if (!gid) return bad_id("gidnumber", mailbox.gidnumber, "gid", settings.min_gid);

  const fs::path base = without_trailing_slash(fs::path(settings.base).lexically_normal());
  const auto maildir = resolve(base, mailbox.maildir.empty() ? default_maildir(mailbox) : mailbox.maildir);
  if (!maildir) return refuse("maildir leaves the mail base " + settings.base);
  const fs::path parent = maildir->parent_path();
  const auto home = !mailbox.homedir.empty() ? resolve(base, mailbox.homedir)
                    : parent == base         ? maildir
                                             : parent;
  if (!home) return refuse("homedir leaves the mail base " + settings.base);

  if (settings.confine_to_domain) {
    const std::string domain = mailbox.username.substr(mailbox.username.rfind('@') + 1);
    if (!is_in_domain(base, *maildir, domain))
      return refuse("maildir is not in the folder of the domain " + domain);
    if (!is_in_domain(base, *home, domain))
      return refuse("homedir is not in the folder of the domain " + domain);
  }
  return Answer<MailLocation>::found({home->string(), maildir->string(), *uid, *gid});
}

}  // namespace extmail
