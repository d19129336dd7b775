// SPDX-License-Identifier: MIT
#include "cache/row_cache.hpp"

#include "core/hash.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_set>
#include <utility>

namespace extmail::cache {
namespace {

/// Enough that the threads which fetch seldom meet the one which serves.
constexpr std::size_t kShards = 16;

constexpr std::size_t kMaxKeyBytes = std::numeric_limits<std::uint16_t>::max();

/// One block of memory: this head, the key, the row.
struct Entry {
  Entry* newer;
  Entry* older;
  std::uint64_t hash;
  Time read_at;
  std::uint32_t row_bytes;
  std::uint16_t key_bytes;
  Table table;
  bool exists;

  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] std::string_view key() const { return {text(), key_bytes}; }
  [[nodiscard]] RowCache::Stored stored() const {
    return {table, exists, key(), {text() + key_bytes, row_bytes}, read_at};
  }
};
static_assert(std::is_trivially_destructible_v<Entry>);

struct FreeEntry {
  void operator()(Entry* entry) const {
    if (is_secret(entry->table)) wipe(entry->text() + entry->key_bytes, entry->row_bytes);
    ::operator delete(entry);
  }
};
using OwnedEntry = std::unique_ptr<Entry, FreeEntry>;

OwnedEntry make_entry(const RowCache::Stored& stored, std::uint64_t hash) {
  void* memory = ::operator new(sizeof(Entry) + stored.key.size() + stored.row.size());
  auto* entry = new (memory) Entry{nullptr,
                                   nullptr,
                                   hash,
                                   stored.read_at,
                                   static_cast<std::uint32_t>(stored.row.size()),
                                   static_cast<std::uint16_t>(stored.key.size()),
                                   stored.table,
                                   stored.exists};
  std::memcpy(entry->text(), stored.key.data(), stored.key.size());
  if (!stored.row.empty())
    std::memcpy(entry->text() + stored.key.size(), stored.row.data(), stored.row.size());
  return OwnedEntry(entry);
}

/// What an entry takes, as glibc hands memory out: blocks in steps of 16 with a head of 8, one for the entry and one
/// of 32 for its place in the table, whose slots are about as many.
std::size_t cost(std::size_t key_bytes, std::size_t row_bytes) {
  constexpr std::size_t kStep = 16;
  constexpr std::size_t kHead = 8;
  constexpr std::size_t kPlace = 32 + sizeof(void*);
  const std::size_t block = sizeof(Entry) + key_bytes + row_bytes + kHead;
  return (block + kStep - 1) / kStep * kStep + kPlace;
}

std::size_t cost(const Entry& entry) {
  return cost(entry.key_bytes, entry.row_bytes);
}

struct Wanted {
  std::uint64_t hash;
  Table table;
  std::string_view key;
};

struct HashOf {
  using is_transparent = void;
  std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  std::size_t operator()(const OwnedEntry& entry) const { return entry->hash; }
};

struct IsSame {
  using is_transparent = void;
  static bool same(const Entry& entry, const Wanted& wanted) {
    return entry.hash == wanted.hash && entry.table == wanted.table && entry.key() == wanted.key;
  }
  bool operator()(const OwnedEntry& a, const Wanted& b) const { return same(*a, b); }
  bool operator()(const Wanted& a, const OwnedEntry& b) const { return same(*b, a); }
  bool operator()(const OwnedEntry& a, const OwnedEntry& b) const {
    return same(*a, {b->hash, b->table, b->key()});
  }
};

Wanted wanted(Table table, std::string_view key) {
  // A table apart is a key apart; the key's own hash serves all, told apart by equality.
  return {keyed_hash(key) + static_cast<std::uint64_t>(table), table, key};
}

}  // namespace

class RowCache::Shard {
 public:
  explicit Shard(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void visit(const Wanted& wanted, void (*use)(void*, const Stored&), void* context) {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(wanted);
    if (it == entries_.end()) return;
    unlink(**it);
    link_newest(**it);
    use(context, (*it)->stored());
  }

  void store(const Wanted& wanted, const Stored& stored) {
    constexpr std::size_t kShareOfOne = 8;
    const bool is_kept = stored.key.size() <= kMaxKeyBytes &&
                         cost(stored.key.size(), stored.row.size()) <= max_bytes_ / kShareOfOne;
    OwnedEntry entry = is_kept ? make_entry(stored, wanted.hash) : nullptr;
    const std::lock_guard lock(mutex_);
    if (const auto it = entries_.find(wanted); it != entries_.end()) remove(it);
    if (!entry) return;
    bytes_ += cost(*entry);
    link_newest(*entry);
    entries_.insert(std::move(entry));
    while (bytes_ > max_bytes_) {
      ++evictions_;
      remove(entries_.find(Wanted{oldest_->hash, oldest_->table, oldest_->key()}));
    }
  }

  void erase(const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    if (const auto it = entries_.find(wanted); it != entries_.end()) remove(it);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    newest_ = oldest_ = nullptr;
    bytes_ = 0;
  }

  void for_each(const std::function<void(const Stored&)>& use) const {
    const std::lock_guard lock(mutex_);
    for (const Entry* entry = oldest_; entry != nullptr; entry = entry->newer)
      use(entry->stored());
  }

  void add_to(Size& size) const {
    const std::lock_guard lock(mutex_);
    size.entries += entries_.size();
    size.bytes += bytes_;
    size.evictions += evictions_;
  }

 private:
  using Entries = std::unordered_set<OwnedEntry, HashOf, IsSame>;

  void link_newest(Entry& entry) {
    entry.newer = nullptr;
    entry.older = newest_;
    (newest_ != nullptr ? newest_->newer : oldest_) = &entry;
    newest_ = &entry;
  }
  void unlink(Entry& entry) {
    (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
    (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
  }
  void remove(Entries::iterator it) {
    unlink(**it);
    bytes_ -= cost(**it);
    entries_.erase(it);
  }

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  // guards all below
  Entries entries_;
  Entry* newest_ = nullptr;
  Entry* oldest_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint64_t evictions_ = 0;
};

RowCache::RowCache(std::size_t max_bytes) {
  shards_.reserve(kShards);
  for (std::size_t i = 0; i < kShards; ++i)
    shards_.push_back(std::make_unique<Shard>(max_bytes / kShards));
}
RowCache::~RowCache() = default;

RowCache::Shard& RowCache::shard_of(std::uint64_t hash) const {
  // The table's slots go by the low bits.
  constexpr unsigned kHighBits = 48;
  return *shards_[(hash >> kHighBits) % kShards];
}

void RowCache::visit_entry(Table table, std::string_view key, void (*use)(void*, const Stored&),
                           void* context) {
  const Wanted what = wanted(table, key);
  shard_of(what.hash).visit(what, use, context);
}

void RowCache::store(const Stored& entry) {
  const Wanted what = wanted(entry.table, entry.key);
  shard_of(what.hash).store(what, entry);
}

void RowCache::erase(Table table, std::string_view key) {
  const Wanted what = wanted(table, key);
  shard_of(what.hash).erase(what);
}

void RowCache::clear() {
  for (const auto& shard : shards_)
    shard->clear();
}

void RowCache::for_each(const std::function<void(const Stored&)>& use,
                        const std::function<void()>& after_shard) const {
  for (const auto& shard : shards_) {
    shard->for_each(use);
    after_shard();
  }
}

RowCache::Size RowCache::size() const {
  Size size;
  for (const auto& shard : shards_)
    shard->add_to(size);
  return size;
}

}  // namespace extmail::cache
