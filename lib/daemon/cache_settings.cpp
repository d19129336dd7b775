// SPDX-License-Identifier: MIT
#include "daemon/cache_settings.hpp"

namespace extmail::daemon {

cache::Store::Settings read_cache(ConfigFile::Table& daemon, const CacheDefaults& defaults) {
  constexpr std::int64_t kMaxMebibytes = 1 << 20;
  constexpr std::int64_t kMaxTtl = 3600;
  constexpr std::int64_t kMaxStale = std::int64_t{30} * 24 * 3600;
  for (const auto* key : {"cache_size", "cache_ttl", "max_stale"})
    daemon.fix(key);
  cache::Store::Settings settings;
  settings.max_bytes =
      static_cast<std::size_t>(daemon.integer("cache_size", defaults.mebibytes, 1, kMaxMebibytes)) << 20U;
  settings.freshness.ttl =
      std::chrono::seconds(daemon.integer("cache_ttl", defaults.ttl.count(), 0, kMaxTtl));
  settings.freshness.max_stale = std::chrono::seconds(daemon.integer("max_stale", 3600, 0, kMaxStale));
  return settings;
}

}  // namespace extmail::daemon
