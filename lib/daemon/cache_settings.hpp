// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "daemon/config_file.hpp"

#include <chrono>
#include <cstdint>

namespace extmail::daemon {

/// What holds where the file says nothing.
struct CacheDefaults {
  std::int64_t mebibytes = 0;
  std::chrono::seconds ttl{0};
};

/// cache_size, cache_ttl and max_stale of a daemon that keeps rows in memory. The connections are the caller's to set.
[[nodiscard]] cache::Store::Settings read_cache(ConfigFile::Table& daemon, const CacheDefaults& defaults);

}  // namespace extmail::daemon
