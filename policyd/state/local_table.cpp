// SPDX-License-Identifier: MIT
#include "policyd/state/local_table.hpp"

#include <iterator>

namespace extmail::policyd {
namespace {

// Nodes and slots of the tables, with what malloc adds: measured, rounded up.
constexpr std::size_t kNodesBytes = 256;
constexpr std::size_t kRemovalBytes = 96;
/// Of the memory: what removals may take that wait for the disk.
constexpr std::size_t kRemovalsShare = 8;

}  // namespace

void LocalTable::account(Entry& entry) {
  bytes_ -= entry.bytes;
  entry.bytes = sizeof(Entry) + kNodesBytes + entry.key.capacity() + heap_bytes(entry.value);
  bytes_ += entry.bytes;
}

void LocalTable::note_change(Entry& entry) {
  if (!is_saved_ || entry.unsaved) return;
  entry.unsaved = unsaved_.size();
  unsaved_.push_back(&entry);
}

void LocalTable::forget_change(Entry& entry) {
  if (!entry.unsaved) return;
  unsaved_[*entry.unsaved] = unsaved_.back();
  unsaved_[*entry.unsaved]->unsaved = entry.unsaved;
  unsaved_.pop_back();
  entry.unsaved.reset();
}

void LocalTable::note_removal(const std::string& key) {
  if (!is_saved_ || has_lost_removals_ || !removed_.insert(key).second) return;
  removed_bytes_ += key.size() + kRemovalBytes;
  if (removed_bytes_ <= max_bytes_ / kRemovalsShare) return;
  has_lost_removals_ = true;
  removed_.clear();
  removed_bytes_ = 0;
}

void LocalTable::drop(Entries::iterator entry) {
  forget_change(*entry);
  by_end_.erase({entry->expires, &*entry});
  mark_keys_.erase(entry->key);
  by_key_.erase(entry->key);
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

void LocalTable::drop_over(Entries::iterator entry) {
  // What the disk has in its place may be over later.
  if (entry->unsaved) note_removal(entry->key);
  drop(entry);
}

void LocalTable::make_room() {
  while (bytes_ > max_bytes_ && entries_.size() > 1) {
    const auto last = std::prev(entries_.end());
    note_removal(last->key);
    drop(last);
    ++evicted_;
  }
}

LocalTable::Entry* LocalTable::find(std::string_view key, StateTime now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->expires <= now) {
    drop_over(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

LocalTable::Entry& LocalTable::insert(std::string key, LocalValue value, StateTime expires) {
  entries_.push_front({std::move(key), std::move(value), expires, 0, std::nullopt});
  auto& entry = entries_.front();
  by_key_.emplace(entry.key, entries_.begin());
  by_end_.emplace(expires, &entry);
  if (std::holds_alternative<MarkValue>(entry.value)) mark_keys_.insert(entry.key);
  account(entry);
  return entry;
}

void LocalTable::put(std::string key, LocalValue value, StateTime expires) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    Entry& entry = *found->second;
    if (entry.value.index() == value.index()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      entry.value = std::move(value);
      return changed(entry, expires);
    }
    drop(found->second);
  }
  if (const auto removed = removed_.find(key); removed != removed_.end()) {
    removed_bytes_ -= key.size() + kRemovalBytes;
    removed_.erase(removed);
  }
  note_change(insert(std::move(key), std::move(value), expires));
  make_room();
}

void LocalTable::changed(Entry& entry, StateTime expires) {
  if (entry.expires != expires) {
    auto end = by_end_.extract({entry.expires, &entry});
    entry.expires = expires;
    end.value().first = expires;
    by_end_.insert(std::move(end));
  }
  note_change(entry);
  account(entry);
  make_room();
}

void LocalTable::remove(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  note_removal(found->second->key);
  drop(found->second);
}

void LocalTable::purge(StateTime now, std::size_t at_most) {
  for (; at_most > 0 && !by_end_.empty() && by_end_.begin()->first <= now; --at_most)
    drop_over(by_key_.at(by_end_.begin()->second->key));
}

std::vector<const LocalTable::Entry*> LocalTable::marks(std::string_view prefix, StateTime now,
                                                        std::size_t at_most) const {
  std::vector<const Entry*> found;
  for (auto key = mark_keys_.lower_bound(prefix);
       key != mark_keys_.end() && key->starts_with(prefix) && found.size() < at_most; ++key) {
    const auto& entry = *by_key_.at(*key);
    if (now < entry.expires) found.push_back(&entry);
  }
  return found;
}

std::vector<Change> LocalTable::take_changes(std::size_t at_most) {
  std::vector<Change> changes;
  while (changes.size() < at_most && !removed_.empty()) {
    auto node = removed_.extract(removed_.begin());
    removed_bytes_ -= node.value().size() + kRemovalBytes;
    changes.push_back({std::move(node.value()), std::nullopt, {}});
  }
  while (changes.size() < at_most && !unsaved_.empty()) {
    auto& entry = *unsaved_.back();
    forget_change(entry);
    changes.push_back({entry.key, encode(entry.value), entry.expires});
  }
  return changes;
}

void LocalTable::change_all() {
  removed_.clear();
  removed_bytes_ = 0;
  has_lost_removals_ = false;
  for (auto& entry : entries_)
    note_change(entry);
}

void LocalTable::restore(std::string key, LocalValue value, StateTime expires) {
  if (by_key_.contains(key)) return;
  insert(std::move(key), std::move(value), expires);
  make_room();
}

}  // namespace extmail::policyd
