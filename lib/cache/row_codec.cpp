// SPDX-License-Identifier: MIT
#include "cache/row_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace extmail::cache {
namespace {

// Bits of a row's first byte; the five flags of DisabledServices follow from kFirstService on.
constexpr unsigned kActive = 1U << 0;
constexpr unsigned kNamedByKey = 1U << 1;
constexpr unsigned kFirstService = 1U << 2;

// Bits of a mailbox's second byte.
constexpr unsigned kUsualMaildir = 1U << 0;
constexpr unsigned kUsualHomedir = 1U << 1;
constexpr unsigned kHasUid = 1U << 2;
constexpr unsigned kHasGid = 1U << 3;
// In an account's profile:
constexpr unsigned kNoNetdisk = 1U << 0;
constexpr unsigned kNoPasswordChange = 1U << 1;

constexpr unsigned kMoreBytes = 0x80;
constexpr unsigned kValueBits = 7;

template <typename Visit>
void for_each_service(Visit visit) {
  unsigned bit = kFirstService;
  for (const auto member : {&DisabledServices::smtpd, &DisabledServices::smtp, &DisabledServices::webmail,
                            &DisabledServices::imap, &DisabledServices::pop3}) {
    visit(member, bit);
    bit <<= 1U;
  }
}

unsigned flag(bool is_set, unsigned bit) {
  return is_set ? bit : 0;
}

unsigned service_flags(const DisabledServices& disabled) {
  unsigned flags = 0;
  for_each_service([&](auto member, unsigned bit) { flags |= flag(disabled.*member, bit); });
  return flags;
}

DisabledServices services(unsigned flags) {
  DisabledServices disabled;
  for_each_service([&](auto member, unsigned bit) { disabled.*member = (flags & bit) != 0; });
  return disabled;
}

/// Where ExtMan has a mailbox's mail, and what is behind that.
std::string usual_path(std::string_view username, std::string_view behind) {
  std::string path;
  if (const std::size_t at = username.rfind('@'); at != std::string_view::npos) {
    path.reserve(username.size() + behind.size());
    path.append(username.substr(at + 1)).append(1, '/').append(username.substr(0, at));
  }
  path.append(behind);
  return path;
}

std::string usual_homedir(std::string_view username) {
  return usual_path(username, {});
}

std::string usual_maildir(std::string_view username) {
  return usual_path(username, "/Maildir/");
}

class Writer {
 public:
  void byte(unsigned value) { bytes_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    for (; value >= kMoreBytes; value >>= kValueBits)
      byte(static_cast<unsigned>(value % kMoreBytes) | kMoreBytes);
    byte(static_cast<unsigned>(value));
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_.append(text);
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what a Writer wrote. Past the end everything is 0 and empty, and is_whole() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  unsigned byte() {
    if (rest_.empty()) {
      is_cut_ = true;
      return 0;
    }
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    constexpr unsigned kMaxShift = 63;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift <= kMaxShift; shift += kValueBits) {
      const unsigned next = byte();
      value |= static_cast<std::uint64_t>(next % kMoreBytes) << shift;
      if (next < kMoreBytes) return value;
    }
    is_cut_ = true;
    return 0;
  }
  std::string_view view() {
    const std::uint64_t length = number();
    if (length > rest_.size()) {
      is_cut_ = true;
      return {};
    }
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }
  std::string text() { return std::string(view()); }
  Secret secret() { return Secret(view()); }
  /// How many bytes are left: no list in them can be longer.
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool is_whole() const { return !is_cut_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_cut_ = false;
};

void write_name(Writer& out, unsigned flags, std::string_view name, std::string_view key) {
  out.byte(flags | flag(name == key, kNamedByKey));
  if (name != key) out.text(name);
}

std::string read_name(Reader& in, unsigned flags, std::string_view key) {
  return (flags & kNamedByKey) != 0 ? std::string(key) : in.text();
}

void write_id(Writer& out, const std::optional<std::int64_t>& id) {
  if (id) out.number(static_cast<std::uint64_t>(*id));
}

std::optional<std::int64_t> read_id(Reader& in, bool has_id) {
  if (!has_id) return std::nullopt;
  return static_cast<std::int64_t>(in.number());
}

/// At least as many bytes as encode() writes: memory that grows leaves copies of passwords behind.
std::size_t room_for(const AccountRecord& account, std::size_t mailbox_bytes) {
  constexpr std::size_t kLength = 10;  // of a number
  const LoginSecrets& secrets = *account.secrets;
  std::size_t bytes = mailbox_bytes + secrets.password.view().size() + secrets.clear.view().size() +
                      account.fault.size() + account.profile.name.size() +
                      account.profile.netdiskquota.size() + 9 * kLength;
  for (const auto& app : secrets.app_passwords) {
    bytes += app.name.size() + app.password.view().size() + app.services.size() + app.networks.size() +
             app.expires.size() + 5 * kLength;
  }
  for (const auto& [name, value] : account.fields)
    bytes += name.size() + value.size() + 2 * kLength;
  return bytes;
}

void read_app_passwords(Reader& in, std::vector<AppPassword>& passwords) {
  const std::uint64_t count = in.number();
  for (std::uint64_t i = 0; i < count && in.left() > 0; ++i) {
    AppPassword& app = passwords.emplace_back();
    app.name = in.text();
    app.password = in.secret();
    app.services = in.text();
    app.networks = in.text();
    app.expires = in.text();
  }
}

WebmailProfile read_profile(Reader& in) {
  WebmailProfile profile;
  profile.name = in.text();
  profile.netdiskquota = in.text();
  const unsigned flags = in.byte();
  profile.disables_netdisk = (flags & kNoNetdisk) != 0;
  profile.disables_password_change = (flags & kNoPasswordChange) != 0;
  return profile;
}

template <typename Record>
std::optional<Record> whole(const Reader& in, Record&& record) {
  if (!in.is_whole()) return std::nullopt;
  return std::forward<Record>(record);
}

}  // namespace

std::string encode(const DomainRecord& domain, std::string_view key) {
  Writer out;
  write_name(out, flag(domain.active, kActive) | service_flags(domain.disabled), domain.name, key);
  out.text(domain.expires);
  out.text(domain.transport);
  return out.take();
}

std::string encode(const MailboxRecord& mailbox, std::string_view key) {
  const bool maildir_is_usual = mailbox.maildir == usual_maildir(mailbox.username);
  const bool homedir_is_usual = mailbox.homedir == usual_homedir(mailbox.username);
  Writer out;
  write_name(out, flag(mailbox.active, kActive) | service_flags(mailbox.disabled), mailbox.username, key);
  out.byte(flag(maildir_is_usual, kUsualMaildir) | flag(homedir_is_usual, kUsualHomedir) |
           flag(mailbox.uidnumber.has_value(), kHasUid) | flag(mailbox.gidnumber.has_value(), kHasGid));
  out.text(mailbox.expires);
  if (!maildir_is_usual) out.text(mailbox.maildir);
  if (!homedir_is_usual) out.text(mailbox.homedir);
  out.text(mailbox.mailhost);
  out.text(mailbox.quota);
  write_id(out, mailbox.uidnumber);
  write_id(out, mailbox.gidnumber);
  return out.take();
}

std::string encode(const AliasRecord& alias, std::string_view key) {
  Writer out;
  write_name(out, flag(alias.active, kActive), alias.address, key);
  out.number(alias.targets.size());
  for (const auto& target : alias.targets)
    out.text(target);
  return out.take();
}

std::string encode(const QueryRecord& query, std::string_view) {
  return query.value;
}

std::string encode(const PolicyRecord& policy, std::string_view) {
  Writer out;
  out.number(policy.entries.size());
  for (const auto& entry : policy.entries) {
    out.text(entry.kind);
    out.text(entry.value);
  }
  out.text(policy.fault);
  return out.take();
}

std::string encode(const AccountRecord& account, std::string_view key) {
  const std::string mailbox = encode(account.mailbox, key);
  const LoginSecrets& secrets = *account.secrets;
  Writer out;
  out.reserve(room_for(account, mailbox.size()));
  out.text(mailbox);
  out.text(secrets.password.view());
  out.text(secrets.clear.view());
  out.text(account.profile.name);
  out.text(account.profile.netdiskquota);
  out.byte(flag(account.profile.disables_netdisk, kNoNetdisk) |
           flag(account.profile.disables_password_change, kNoPasswordChange));
  out.number(secrets.app_passwords.size());
  for (const auto& app : secrets.app_passwords) {
    out.text(app.name);
    out.text(app.password.view());
    out.text(app.services);
    out.text(app.networks);
    out.text(app.expires);
  }
  out.number(account.fields.size());
  for (const auto& [name, value] : account.fields) {
    out.text(name);
    out.text(value);
  }
  out.text(account.fault);
  return out.take();
}

template <>
std::optional<DomainRecord> decode(std::string_view bytes, std::string_view key) {
  Reader in(bytes);
  const unsigned flags = in.byte();
  DomainRecord domain;
  domain.active = (flags & kActive) != 0;
  domain.disabled = services(flags);
  domain.name = read_name(in, flags, key);
  domain.expires = in.text();
  domain.transport = in.text();
  return whole(in, std::move(domain));
}

template <>
std::optional<MailboxRecord> decode(std::string_view bytes, std::string_view key) {
  Reader in(bytes);
  const unsigned flags = in.byte();
  MailboxRecord mailbox;
  mailbox.active = (flags & kActive) != 0;
  mailbox.disabled = services(flags);
  mailbox.username = read_name(in, flags, key);
  const unsigned more = in.byte();
  mailbox.expires = in.text();
  mailbox.maildir = (more & kUsualMaildir) != 0 ? usual_maildir(mailbox.username) : in.text();
  mailbox.homedir = (more & kUsualHomedir) != 0 ? usual_homedir(mailbox.username) : in.text();
  mailbox.mailhost = in.text();
  mailbox.quota = in.text();
  mailbox.uidnumber = read_id(in, (more & kHasUid) != 0);
  mailbox.gidnumber = read_id(in, (more & kHasGid) != 0);
  return whole(in, std::move(mailbox));
}

template <>
std::optional<AliasRecord> decode(std::string_view bytes, std::string_view key) {
  Reader in(bytes);
  const unsigned flags = in.byte();
  AliasRecord alias;
  alias.active = (flags & kActive) != 0;
  alias.address = read_name(in, flags, key);
  const std::uint64_t count = in.number();
  if (count > in.left()) return std::nullopt;
  alias.targets.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    alias.targets.push_back(in.text());
  return whole(in, std::move(alias));
}

template <>
std::optional<AccountRecord> decode(std::string_view bytes, std::string_view key) {
  Reader in(bytes);
  auto mailbox = decode<MailboxRecord>(in.view(), key);
  if (!mailbox) return std::nullopt;
  AccountRecord account;
  account.mailbox = std::move(*mailbox);
  const auto secrets = std::make_shared<LoginSecrets>();
  secrets->password = in.secret();
  secrets->clear = in.secret();
  account.profile = read_profile(in);
  read_app_passwords(in, secrets->app_passwords);
  account.secrets = secrets;
  const std::uint64_t fields = in.number();
  for (std::uint64_t i = 0; i < fields && in.left() > 0; ++i) {
    std::string name = in.text();
    account.fields.emplace_back(std::move(name), in.text());
  }
  account.fault = in.text();
  return whole(in, std::move(account));
}

template <>
std::optional<PolicyRecord> decode(std::string_view bytes, std::string_view) {
  Reader in(bytes);
  PolicyRecord policy;
  const std::uint64_t count = in.number();
  if (count > in.left()) return std::nullopt;
  policy.entries.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string kind = in.text();
    policy.entries.push_back({std::move(kind), in.text()});
  }
  policy.fault = in.text();
  return whole(in, std::move(policy));
}

template <>
std::optional<QueryRecord> decode(std::string_view bytes, std::string_view) {
  return QueryRecord{std::string(bytes)};
}

}  // namespace extmail::cache
