// SPDX-License-Identifier: MIT
#include "ctl/transfer/table.hpp"

#include <algorithm>

namespace extmail::ctl::transfer {
namespace {

using Kind = ValueKind;

constexpr std::string_view kNoDate = "0000-00-00";
constexpr std::size_t kLongText = 16383;  // what fits into a `text` whatever the characters

std::vector<Table> make_tables() {
  return {
      {"domain",
       "domain",
       {"domain"},
       {{"domain"},
        {"description", Kind::Text, ""},
        {"hashdirpath", Kind::Text, ""},
        {"maxalias", Kind::Number, "0"},
        {"maxusers", Kind::Number, "0"},
        {"maxquota", Kind::Size, "0S"},
        {"maxnetdiskquota", Kind::Size, "0S"},
        {"transport", Kind::Text, ""},
        {"can_signup", Kind::Flag, "0"},
        {"default_quota", Kind::Size, "104857600S"},
        {"default_netdiskquota", Kind::Size, "104857600S"},
        {"default_expire", Kind::Text, "0", 12},
        {"disablesmtpd", Kind::Flag, "0"},
        {"disablesmtp", Kind::Flag, "0"},
        {"disablewebmail", Kind::Flag, "0"},
        {"disablenetdisk", Kind::Flag, "0"},
        {"disableimap", Kind::Flag, "0"},
        {"disablepop3", Kind::Flag, "0"},
        {"createdate", Kind::Time},
        {"expiredate", Kind::Date, kNoDate},
        {"active", Kind::Flag, "1"}}},
      {"mailbox",
       "mailbox",
       {"username"},
       {{"username"},
        {"uid"},
        {"password", Kind::Text, "", 255, true},
        {"clearpwd", Kind::Text, "", 128, true},
        {"name", Kind::Text, ""},
        {"mailhost", Kind::Text, ""},
        {"maildir"},
        {"homedir"},
        {"quota", Kind::Size, "0S"},
        {"netdiskquota", Kind::Size, "0S"},
        {"domain"},
        {"uidnumber", Kind::Number, "1000"},
        {"gidnumber", Kind::Number, "1000"},
        {"createdate", Kind::Time},
        {"expiredate", Kind::Date, kNoDate},
        {"active", Kind::Flag, "1"},
        {"disablepwdchange", Kind::Flag, "0"},
        {"disablesmtpd", Kind::Flag, "0"},
        {"disablesmtp", Kind::Flag, "0"},
        {"disablewebmail", Kind::Flag, "0"},
        {"disablenetdisk", Kind::Flag, "0"},
        {"disableimap", Kind::Flag, "0"},
        {"disablepop3", Kind::Flag, "0"},
        {"question", Kind::Text, "", kLongText, true},
        {"answer", Kind::Text, "", kLongText, true}}},
      {"alias",
       "alias",
       {"address"},
       {{"address"},
        {"goto", Kind::Text, "", kLongText},
        {"domain"},
        {"createdate", Kind::Time},
        {"active", Kind::Flag, "1"}}},
      {"manager",
       "manager",
       {"username"},
       {{"username"},
        {"password", Kind::Text, "", 255, true},
        {"type", Kind::Text, "postmaster", 64},
        {"uid", Kind::Text, ""},
        {"name", Kind::Text, ""},
        {"question", Kind::Text, "", kLongText, true},
        {"answer", Kind::Text, "", kLongText, true},
        {"disablepwdchange", Kind::Flag, "0"},
        {"createdate", Kind::Time},
        {"expiredate", Kind::Date, kNoDate},
        {"active", Kind::Flag, "1"}}},
      {"domain_manager",
       "domain_manager",
       {"username", "domain"},
       {{"username"}, {"domain"}, {"createdate", Kind::Time}, {"active", Kind::Flag, "1"}}},
      {"app_password",
       "extmail_app_password",
       {"username", "name"},
       {{"username"},
        {"name", Kind::Text, {}, 64},
        {"password", Kind::Text, "", 255, true},
        {"services", Kind::Text, ""},
        {"networks", Kind::Text, "", 1024},
        {"expires", Kind::Date},
        {"active", Kind::Flag, "1"},
        {"created", Kind::Time}}},
      {"user_field",
       "extmail_user_field",
       {"username", "name"},
       {{"username"}, {"name", Kind::Text, {}, 64}, {"value", Kind::Text, "", 1024}}},
      {"policy",
       "extmail_policy",
       {"subject", "kind", "value"},
       {{"subject"},
        {"kind", Kind::Text, {}, 32},
        {"value", Kind::Text, ""},
        {"comment", Kind::Text, ""},
        {"active", Kind::Flag, "1"},
        {"created", Kind::Time}}},
  };
}

}  // namespace

const Column* Table::find(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& known) { return known.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

bool Table::is_key(std::string_view column) const {
  return std::find(keys.begin(), keys.end(), column) != keys.end();
}

const std::vector<Table>& tables() {
  static const std::vector<Table> all = make_tables();
  return all;
}

const Table* find_table(std::string_view name) {
  const auto found =
      std::find_if(tables().begin(), tables().end(), [&](const Table& known) { return known.name == name; });
  return found == tables().end() ? nullptr : &*found;
}

}  // namespace extmail::ctl::transfer
