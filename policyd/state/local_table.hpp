// SPDX-License-Identifier: MIT
#pragma once

#include "core/hash.hpp"
#include "policyd/state/local_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace extmail::policyd {

/// A change of LocalTable for the disk.
struct Change {
  std::string key;
  std::optional<std::string> value;  ///< as encode() has it; empty: the entry is no more
  StateTime expires{0};
};

/// LocalState's entries: found by key, gone when they are over, and those used longest ago when room is short.
///
/// Threads: one at a time. Ownership: pointers to entries are good until the next call of a member that is not const.
/// Limits: max_bytes, which counts what the tables themselves take too.
class LocalTable {
 public:
  struct Entry {
    std::string key;
    LocalValue value;
    StateTime expires{0};
    std::size_t bytes = 0;
    std::optional<std::size_t> unsaved;  ///< its place in unsaved_
  };

  /// Unless is_saved, changes are not kept for take_changes().
  LocalTable(std::size_t max_bytes, bool is_saved) : max_bytes_(max_bytes), is_saved_(is_saved) {}

  /// Null where there is none that is not over. What is found counts as used.
  [[nodiscard]] Entry* find(std::string_view key, StateTime now);
  /// Replaces one of the same key.
  void put(std::string key, LocalValue value, StateTime expires);
  /// After a value was changed in place.
  void changed(Entry& entry, StateTime expires);
  void remove(std::string_view key);

  /// Drops entries that are over, up to at_most.
  void purge(StateTime now, std::size_t at_most);

  /// Marks that are not over and whose key begins so, by key.
  [[nodiscard]] std::vector<const Entry*> marks(std::string_view prefix, StateTime now,
                                                std::size_t at_most) const;

  /// Up to at_most changes since they were taken last. What is over is nobody's to save or to remove.
  [[nodiscard]] std::vector<Change> take_changes(std::size_t at_most);
  /// All entries count as changed, and no removal as one: for a file that is written anew.
  void change_all();
  /// Whether so much was removed that only a file written anew will do (change_all()).
  [[nodiscard]] bool has_lost_removals() const { return has_lost_removals_; }

  /// As it came from the disk: not a change, nothing in its place.
  void restore(std::string key, LocalValue value, StateTime expires);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }
  [[nodiscard]] std::size_t unsaved() const { return unsaved_.size() + removed_.size(); }

 private:
  struct Hash {
    std::size_t operator()(std::string_view key) const { return keyed_hash(key); }
  };
  using Entries = std::list<Entry>;  // used last first

  Entry& insert(std::string key, LocalValue value, StateTime expires);
  void account(Entry& entry);
  void drop(Entries::iterator entry);
  void drop_over(Entries::iterator entry);
  void make_room();
  void note_change(Entry& entry);
  void forget_change(Entry& entry);
  void note_removal(const std::string& key);

  const std::size_t max_bytes_;
  const bool is_saved_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator, Hash> by_key_;  // the keys are the entries'
  std::set<std::pair<StateTime, Entry*>> by_end_;
  std::set<std::string_view> mark_keys_;
  std::size_t bytes_ = 0;
  std::uint64_t evicted_ = 0;
  std::vector<Entry*> unsaved_;
  std::unordered_set<std::string> removed_;
  std::size_t removed_bytes_ = 0;
  bool has_lost_removals_ = false;
};

}  // namespace extmail::policyd
