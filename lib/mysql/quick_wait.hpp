// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

struct st_mysql;

namespace extmail::mysql {

/// Has this connection look for the server's answer for a moment before its thread sleeps, while there is a QuickWait. To
/// be woken takes about as long as a query by one key, above all on a virtual machine.
///
/// Does nothing with Oracle's library, which has no way to, and where there is but one processor.
void look_before_sleeping(st_mysql& handle);

/// What this thread asks for the time being is answered quickly, if expected.
///
/// Threads: one's own.
class QuickWait {
 public:
  static constexpr std::chrono::microseconds kLook{100};

  explicit QuickWait(bool is_expected);
  QuickWait(const QuickWait&) = delete;
  QuickWait& operator=(const QuickWait&) = delete;
  ~QuickWait();
};

}  // namespace extmail::mysql
