// SPDX-License-Identifier: MIT
#include "ctl/transfer/passwd_file.hpp"

#include <charconv>
#include <utility>
#include <vector>

namespace extmail::ctl::transfer {
namespace {

enum Part : std::size_t { kUser, kPassword, kUid, kGid, kName };

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t end = 0; end != std::string::npos; start = end + 1) {
    end = text.find(':', start);
    parts.push_back(text.substr(start, end == std::string::npos ? end : end - start));
  }
  return parts;
}

bool is_left_out(const std::string& text) {
  return text.empty() || text == "\r" || text.front() == '#';
}

/// Locked by passwd -l, or never set.
bool is_usable(const std::string& hash) {
  return !hash.empty() && hash != "x" && hash.front() != '!' && hash.front() != '*';
}

}  // namespace

PasswdSource::PasswdSource(Options options) : options_(std::move(options)), file_(options_.path) {
  if (options_.shadow.empty()) return;
  LineFile shadow(options_.shadow);
  for (std::string text; shadow.next(text);) {
    const auto parts = split(text);
    if (!is_left_out(text) && parts.size() > kPassword) hashes_[parts[kUser]] = parts[kPassword];
  }
}

std::optional<Record> PasswdSource::next() {
  for (std::string text; file_.next(text);) {
    if (is_left_out(text)) continue;
    if (text.ends_with('\r')) text.pop_back();
    if (auto record = to_record(text)) return record;
  }
  return std::nullopt;
}

std::optional<Record> PasswdSource::to_record(const std::string& text) {
  const auto parts = split(text);
  if (parts.size() <= kPassword)
    return Record{.line = file_.line(), .fault = "is no line of a passwd file: user:password:uid:gid:name:…"};
  if (parts.size() > kUid && !parts[kUid].empty()) {
    std::uint32_t uid = 0;
    const auto& digits = parts[kUid];
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), uid);
    if (error != std::errc() || end != digits.data() + digits.size())
      return Record{.line = file_.line(), .fault = "its third field is no uid"};
    if (uid < options_.min_uid) return std::nullopt;
  }
  Record record{.table = find_table("mailbox"), .line = file_.line()};
  const std::string& user = parts[kUser];
  if (user.find('@') == std::string::npos && options_.domain.empty()) {
    record.fault = "names a user without a domain; --domain says which";
    return record;
  }
  record.values["username"] = user.find('@') == std::string::npos ? user + '@' + options_.domain : user;
  const auto hash = hashes_.find(user);
  const std::string password = hash == hashes_.end() ? parts[kPassword] : hash->second;
  record.values["password"] = is_usable(password) ? password : "";
  if (!is_usable(password)) record.values["active"] = "0";
  if (parts.size() > kName) record.values["name"] = parts[kName].substr(0, parts[kName].find(','));
  return record;
}

}  // namespace extmail::ctl::transfer
