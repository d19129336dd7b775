// SPDX-License-Identifier: MIT
#include "authd/config.hpp"

#include "authd/password_change_settings.hpp"
#include "authd/password_memory.hpp"
#include "authd/throttle_settings.hpp"
#include "authd/user_names.hpp"
#include "daemon/account_settings.hpp"
#include "daemon/cache_settings.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace extmail::authd {
namespace {

using Table = daemon::ConfigFile::Table;

std::optional<NewHash> read_rehash(Table& authd) {
  const std::string kind = authd.choice("rehash", {"off", "sha512-crypt", "bcrypt", "yescrypt"}, "off");
  if (kind == "sha512-crypt") return NewHash::Sha512Crypt;
  if (kind == "bcrypt") return NewHash::Bcrypt;
  if (kind == "yescrypt") return NewHash::Yescrypt;
  return std::nullopt;
}

AuthdaemondAccounts::Paths read_authdaemond_paths(Table& authd) {
  const std::string paths = authd.choice("authdaemond_paths", {"absolute", "stored"}, "absolute");
  return paths == "stored" ? AuthdaemondAccounts::Paths::Stored : AuthdaemondAccounts::Paths::Absolute;
}

std::size_t read_hash_threads(Table& authd) {
  constexpr std::int64_t kMaxThreads = 256;
  const auto cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  return static_cast<std::size_t>(authd.integer("hash_threads", cores, 1, kMaxThreads));
}

std::size_t read_remembered(Table& authd) {
  constexpr std::int64_t kDefault = VerifiedPasswords::kDefaultEntries;
  constexpr std::int64_t kLeast = 8;
  constexpr std::int64_t kMost = std::int64_t{1} << 26;
  return static_cast<std::size_t>(authd.integer("remembered_passwords", kDefault, kLeast, kMost));
}

}  // namespace

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto authd = file.table("authd");
  Config config;
  config.accounts = daemon::read_login_rules(daemon::read_mail(file), authd);
  config.default_scheme = daemon::read_default_scheme(authd);
  config.hash_threads = read_hash_threads(authd);
  config.remembered_passwords = read_remembered(authd);
  config.throttle = read_throttle(authd);
  config.rehash = read_rehash(authd);
  config.password_change = read_password_change(authd, config.rights);
  config.keeps_last_login = authd.flag("last_login", false);
  config.database = std::make_shared<const mysql::Settings>(daemon::read_database(file, authd));
  config.extensions = {authd.flag("app_passwords", false), authd.flag("user_fields", false)};
  config.cache = daemon::read_cache(authd, {.mebibytes = 64, .ttl = std::chrono::seconds(1)});
  config.warms_up = authd.flag("warm_up", true);
  config.cache.connections = config.database->connections;
  config.server = daemon::read_server(authd);
  config.listeners =
      daemon::read_listeners(authd, {{.name = "auth"}, {.name = "saslauthd"}, {.name = "authdaemond"}});
  config.metrics = daemon::read_metrics(authd);
  config.rights.credentials = read_users(authd, "credentials_users", {"root", "postfix", "dovecot"});
  config.authdaemond_paths = read_authdaemond_paths(authd);
  daemon::ignore_other_programs(file, "authd");
  file.finish();
  return config;
}

}  // namespace extmail::authd
