// SPDX-License-Identifier: MIT
#include "ctl/account_report.hpp"

#include "core/printable.hpp"
#include "wire/authdaemond_client.hpp"

#include <string>
#include <string_view>

namespace extmail::ctl {
namespace {

constexpr std::string_view kNone = "(none)";

/// Escapes make text longer, up to four times.
constexpr std::size_t kMaxShownBytes = 4 * wire::authdaemond::kMaxAnswerBytes;

std::string shown(std::string_view value) {
  return value.empty() ? std::string(kNone) : printable(value, kMaxShownBytes);
}

void append_line(Secret& out, std::string_view label, std::string_view value) {
  out.append(label);
  out.append(": ");
  out.append(value);
  out.append("\n");
}

void append_password(Secret& out, std::string_view label, const Secret& password, Passwords passwords) {
  const bool is_hidden = passwords == Passwords::Hidden && !password.empty();
  std::string text = is_hidden ? "(hidden; --show-passwords)" : shown(password.view());
  append_line(out, label, text);
  wipe(text);
}

}  // namespace

Secret report(const wire::authdaemond::Account& account, Passwords passwords) {
  Secret out;
  out.append("Authentication succeeded.\n\n");
  append_line(out, "     Authenticated",
              shown(account.address) + "  (uid " + std::to_string(account.uid) + ", gid " +
                  std::to_string(account.gid) + ')');
  append_line(out, "    Home Directory", shown(account.home));
  append_line(out, "           Maildir", shown(account.maildir));
  append_line(out, "             Quota", shown(account.quota));
  append_password(out, "Encrypted Password", account.password, passwords);
  append_password(out, "Cleartext Password", account.clear_password, passwords);
  append_line(out, "           Options", shown(account.options));
  return out;
}

}  // namespace extmail::ctl
