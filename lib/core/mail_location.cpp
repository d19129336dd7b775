// SPDX-License-Identifier: MIT
#include "core/mail_location.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace extmail {
namespace {

/// The parts of a path between slashes, without those that lead nowhere ("" and ".").
class Parts {
 public:
  explicit Parts(std::string_view path) : rest_(path) {}

  /// The next part; empty at the end.
  std::string_view next() {
    std::string_view part;
    while (!rest_.empty() && (part.empty() || part == ".")) {
      const std::size_t slash = std::min(rest_.find('/'), rest_.size());
      part = rest_.substr(0, slash);
      rest_.remove_prefix(std::min(slash + 1, rest_.size()));
    }
    return part == "." ? std::string_view() : part;
  }

 private:
  std::string_view rest_;
};

/// An absolute path in its shortest form, without a slash at its end. Any `..` is refused, also one that would stay inside
/// of the mail base: behind a symbolic link it would not.
std::optional<std::string> normal(std::string_view base, std::string_view path) {
  std::string text;
  text.reserve(base.size() + path.size() + 2);
  for (const std::string_view each : {base, path}) {
    Parts parts(each);
    for (auto part = parts.next(); !part.empty(); part = parts.next()) {
      if (part == "..") return std::nullopt;
      text += '/';
      text += part;
    }
  }
  return text;
}

/// What path is below base; empty if it is not.
std::string_view below(std::string_view base, std::string_view path) {
  if (path.size() <= base.size() + 1 || !path.starts_with(base) || path[base.size()] != '/') return {};
  return path.substr(base.size() + 1);
}

std::string parent(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// A stored path, relative to the mail base or absolute inside of it.
std::optional<std::string> resolve(std::string_view base, std::string_view stored) {
  if (stored.find_first_of(std::string_view("\0\n\r", 3)) != std::string_view::npos) return std::nullopt;
  auto path = normal(stored.starts_with('/') ? std::string_view() : base, stored);
  if (!path || below(base, *path).empty()) return std::nullopt;
  return path;
}

/// Whether path is `domain/…` below the base, or `XX/XX/domain/…` as in ExtMan's ISP mode, where two folders of two
/// characters spread the domains.
bool is_in_domain(std::string_view base, std::string_view path, std::string_view domain) {
  constexpr std::size_t kSpreadBytes = 2;
  Parts parts(below(base, path));
  std::string_view part = parts.next();
  for (int spread = 0; spread < 2 && !part.empty() && !same_key(part, domain); ++spread) {
    if (part.size() != kSpreadBytes) return false;
    part = parts.next();
  }
  return same_key(part, domain) && !parts.next().empty();
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

  const auto base = normal({}, settings.base);
  if (!base) return refuse("mail.base has `..` in it");
  const auto maildir = resolve(*base, mailbox.maildir.empty() ? default_maildir(mailbox) : mailbox.maildir);
  if (!maildir) return refuse("maildir leaves the mail base " + settings.base);
  const std::string above = parent(*maildir);
  const auto home = !mailbox.homedir.empty() ? resolve(*base, mailbox.homedir)
                    : above == *base         ? maildir
                                             : std::optional(above);
  if (!home) return refuse("homedir leaves the mail base " + settings.base);

  if (settings.confine_to_domain) {
    const std::string domain = mailbox.username.substr(mailbox.username.rfind('@') + 1);
    if (!is_in_domain(*base, *maildir, domain))
      return refuse("maildir is not in the folder of the domain " + domain);
    if (!is_in_domain(*base, *home, domain))
      return refuse("homedir is not in the folder of the domain " + domain);
  }
  return Answer<MailLocation>::found({*home, *maildir, *uid, *gid});
}

}  // namespace extmail
