// SPDX-License-Identifier: MIT
#pragma once

#include "cache/freshness.hpp"
#include "cache/row_cache.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

/// The rows in a file, so that a daemon that starts while the database is away knows something.
///
/// The file holds addresses: it is made with mode 0600, and one that others may read or write is not taken. It is
/// replaced as a whole, and carries its own SHA-256.
namespace extmail::cache {

/// Why a file was not written or not taken; one line, for the log.
class SnapshotError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One moment by both clocks: ages are told by the steady one, and between two processes by the other.
struct Moment {
  Time steady;
  std::chrono::system_clock::time_point wall;
};

/// Writes what could still be served. Gives back how many rows that were.
/// Errors: SnapshotError; the file from before is left alone then.
std::size_t save_snapshot(const std::string& path, const RowCache& rows, const Freshness& freshness,
                          Moment now);

/// Reads rows that are younger than max_stale, as old as they are now. started is a moment before the Freshness that
/// judges them was made: so they are never fresh. Gives back how many it read; 0 where there is no file.
/// Errors: SnapshotError for a file that is damaged, not ours alone, older than max_stale, or from the future.
std::size_t load_snapshot(const std::string& path, RowCache& rows, std::chrono::seconds max_stale,
                          Moment started);

}  // namespace extmail::cache
