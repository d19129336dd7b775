// SPDX-License-Identifier: MIT
#pragma once

#include "cache/row_codec.hpp"
#include "core/change_log.hpp"
#include "core/clock.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::cache {

/// Rows by table and key, and keys known to have none, each with the time it was read at. Bounded by bytes: what was
/// asked for longest ago goes first.
///
/// Keys are folded (Directory). Knows nothing of freshness: see cache/freshness.hpp.
/// Threads: all members may be called concurrently.
/// Limits: max_bytes of memory, entries with their share of the tables that find them; a row over an eighth of its
/// shard is not kept. Rows with passwords are wiped when they go.
class RowCache {
 public:
  explicit RowCache(std::size_t max_bytes);
  ~RowCache();
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

  template <typename Record>
  struct Hit {
    std::optional<Record> row;  ///< empty: the database had no such row
    Time read_at;
  };

  template <typename Record>
  [[nodiscard]] std::optional<Hit<Record>> find(std::string_view key) {
    std::optional<Hit<Record>> hit;
    visit(kTableOf<Record>, key, [&](const Stored& stored) {
      hit.emplace(Hit<Record>{std::nullopt, stored.read_at});
      if (stored.exists) hit->row = decode<Record>(stored.row, key);
      if (stored.exists && !hit->row) hit.reset();
    });
    return hit;
  }

  template <typename Record>
  void store(std::string_view key, const Record& row, Time read_at) {
    std::string bytes = encode(row, key);
    store(Stored{kTableOf<Record>, true, key, bytes, read_at});
    if constexpr (is_secret(kTableOf<Record>)) wipe(bytes);
  }
  /// That the database has no such row.
  template <typename Record>
  void store_absence(std::string_view key, Time read_at) {
    store(Stored{kTableOf<Record>, false, key, {}, read_at});
  }

  void erase(Table table, std::string_view key);
  void clear();

  /// An entry as it is kept; the texts are valid during a call only.
  struct Stored {
    Table table = Table::Domain;
    bool exists = false;
    std::string_view key;
    std::string_view row;  ///< encode()d
    Time read_at;
  };
  void store(const Stored& entry);

  /// Calls use for every entry, those asked for longest ago first within a shard, which is locked meanwhile: nothing that
  /// takes long may be done there. Calls after_shard between, with none locked.
  void for_each(const std::function<void(const Stored&)>& use,
                const std::function<void()>& after_shard) const;

  struct Size {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::uint64_t evictions = 0;
  };
  [[nodiscard]] Size size() const;

 private:
  class Shard;

  template <typename Visit>
  void visit(Table table, std::string_view key, Visit use) {
    visit_entry(
        table, key, [](void* context, const Stored& stored) { (*static_cast<Visit*>(context))(stored); },
        &use);
  }
  void visit_entry(Table table, std::string_view key, void (*use)(void*, const Stored&), void* context);
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) const;

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace extmail::cache
