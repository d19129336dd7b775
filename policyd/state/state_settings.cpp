// SPDX-License-Identifier: MIT
#include "policyd/state/state_settings.hpp"

#include "daemon/shared_settings.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace extmail::policyd {
namespace {

using Backend = StateSettings::Backend;

Backend backend_of(const std::string& name) {
  if (name == "memory") return Backend::Memory;
  return name == "redis" ? Backend::Redis : Backend::Sqlite;
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

void read_redis(daemon::ConfigFile::Table& table, StateSettings& settings) {
  constexpr unsigned kDefaultPort = 6379;
  constexpr std::int64_t kMostSeconds = 20;  // a request may ask more than once; Postfix gives up after 100
  constexpr std::int64_t kMostDatabase = 65'535;
  constexpr std::size_t kMaxPrefixBytes = 100;
  redis::Settings& redis = settings.redis;

  const std::string server = table.required_text("server");
  if (auto address = parse_server_address(server, kDefaultPort)) {
    redis.server = std::move(*address);
  } else if (!server.empty()) {
    table.complain("server", "has \"" + server + "\"; a server is \"unix:/path\" or \"tcp:name:port\"");
  }
  redis.user = table.text("user", "");
  const std::string password_file = table.text("password_file", "");
  redis.password = daemon::read_password(table, "password_file", password_file);
  if (!redis.user.empty() && password_file.empty()) table.complain("user", "needs a password_file");
  redis.database = static_cast<std::uint32_t>(table.integer("database", 0, 0, kMostDatabase));
  redis.timeout = std::chrono::seconds(table.integer("timeout", 1, 1, kMostSeconds));
  settings.redis_prefix = table.text("prefix", settings.redis_prefix);
  const std::size_t bytes = settings.redis_prefix.size();
  if (bytes == 0 || bytes > kMaxPrefixBytes || !is_printable(settings.redis_prefix))
    table.complain("prefix",
                   "must be 1 to " + std::to_string(kMaxPrefixBytes) + " printable ASCII characters");
}

}  // namespace

StateSettings read_state(daemon::ConfigFile::Table& policyd) {
  constexpr std::int64_t kMostMebibytes = 65'536;
  constexpr unsigned kMebibyteBits = 20;

  StateSettings settings;
  auto table = policyd.optional_table("state");
  if (!table) return settings;
  settings.backend = backend_of(table->choice("backend", {"sqlite", "memory", "redis"}, "sqlite"));

  const std::string file = table->text("file", "");
  if (!file.empty() && settings.backend != Backend::Sqlite) {
    table->complain("file", "is for backend = \"sqlite\" only");
  } else if (!file.empty() && file.front() != '/') {
    table->complain("file", "must be an absolute path");
  } else if (!file.empty()) {
    settings.file = file;
  }
  const auto mebibytes = table->optional_integer("max_mebibytes", 1, kMostMebibytes);
  if (mebibytes) settings.max_bytes = static_cast<std::size_t>(*mebibytes) << kMebibyteBits;
  const bool is_redis = settings.backend == Backend::Redis;
  if (mebibytes && is_redis)
    table->complain("max_mebibytes", "is not for backend = \"redis\": Redis has its own maxmemory");

  auto redis = table->optional_table("redis");
  if (redis) read_redis(*redis, settings);
  if (redis && !is_redis) table->complain("redis", "is for backend = \"redis\" only");
  if (!redis && is_redis)
    table->complain("backend", "needs a table [policyd.state.redis] that names the server");
  return settings;
}

}  // namespace extmail::policyd
