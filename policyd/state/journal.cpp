// SPDX-License-Identifier: MIT
#include "policyd/state/journal.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace extmail::policyd {
namespace {

/// The state is locked while so many are taken.
constexpr std::size_t kTakenAtOnce = 2000;

}  // namespace

Journal::Journal(std::string path, std::size_t max_bytes, LocalState& state, Log& log, Intervals intervals)
    : path_(std::move(path)), max_bytes_(max_bytes), intervals_(intervals), state_(state), log_(log) {
  open_first();
  thread_ = std::thread([this] { work(); });
}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Journal::open() {
  try {
    file_ = std::make_unique<JournalFile>(path_, max_bytes_);
  } catch (const sqlite::Error& error) {
    if (error.fault() != sqlite::Fault::Damaged) throw;
    move_aside(error.what());
    file_ = std::make_unique<JournalFile>(path_, max_bytes_);
  }
}

void Journal::open_first() {
  try {
    open();
    load();
  } catch (const sqlite::Error& error) {
    failed(error);
  }
}

void Journal::load() {
  const auto entries = file_->load(state_);
  is_loaded_ = true;
  log_.write(Level::Info, "state_loaded", std::to_string(entries) + " entries from " + path_);
}

void Journal::work() {
  std::unique_lock lock(mutex_);
  for (bool is_last = false; !is_last;) {
    is_last =
        stop_.wait_for(lock, is_away_ ? intervals_.retry : intervals_.save, [this] { return is_stopping_; });
    lock.unlock();
    save();
    lock.lock();
  }
}

void Journal::save() {
  try {
    if (file_ != nullptr && file_->is_gone()) {
      file_.reset();
      failed(path_ + " was removed or replaced");
    }
    if (file_ == nullptr) {
      open();
      if (!is_loaded_) load();
      must_write_all_ = true;
    }
    write(must_write_all_ || state_.has_lost_removals());
    must_write_all_ = false;
    if (is_away_.exchange(false))
      log_.write(Level::Notice, "state_saved", path_ + " can be written again, and has all of the state");
  } catch (const sqlite::Error& error) {
    failed(error);
  } catch (const std::exception& error) {
    file_.reset();
    failed(error.what());
  }
}

std::vector<Change> Journal::take_changes() {
  // Counted twice for a moment, rather than not at all.
  const std::size_t before = writing_;
  writing_ = before + state_.statistics().unsaved;
  auto changes = state_.take_changes(kTakenAtOnce);
  writing_ = before + changes.size();
  return changes;
}

void Journal::write(bool is_anew) {
  if (is_anew) state_.change_all();
  // No more than there is now: in a flood there is always more, and what makes room for it leaves the file only later.
  std::size_t left = state_.statistics().unsaved;
  auto changes = take_changes();
  if (changes.empty() && !is_anew) return;
  // Until it is finished, what was taken is nowhere but in memory.
  must_write_all_ = true;
  JournalFile::Writing writing(*file_, is_anew);
  while (!changes.empty()) {
    writing.write(changes);
    const bool may_be_more = changes.size() == kTakenAtOnce && left > changes.size();
    left -= std::min(left, changes.size());
    changes = may_be_more ? take_changes() : std::vector<Change>();
  }
  writing.finish(state_.now());
  writing_ = 0;
  must_write_all_ = false;
}

void Journal::failed(const sqlite::Error& error) {
  file_.reset();
  if (error.fault() == sqlite::Fault::Damaged) {
    try {
      move_aside(error.what());
    } catch (const sqlite::Error& second) {
      failed(std::string(second.what()));
      return;
    }
  }
  failed(std::string(error.what()));
}

void Journal::failed(const std::string& what) {
  writing_ = 0;
  ++failures_;
  if (is_away_.exchange(true)) return;
  log_.write(
      Level::Error, "state_unsaved",
      what +
          "; counters, greylist and held logins go on in memory, and a restart would lose them: is the "
          "disk full, or the folder not extmail-policyd's to write to?");
}

void Journal::move_aside(const std::string& what) {
  file_.reset();
  const auto aside = JournalFile::move_aside(path_, state_.now());
  log_.write(Level::Error, "state_damaged",
             what + "; moved to " + aside + ", and a new file is begun: check the disk, then delete it");
}

State::Statistics Journal::statistics() const {
  auto statistics = state_.statistics();
  statistics.unsaved += writing_;
  statistics.failures += failures_;
  statistics.is_away = is_away_;
  return statistics;
}

}  // namespace extmail::policyd
