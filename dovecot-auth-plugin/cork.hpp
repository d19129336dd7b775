// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

struct auth_request;
struct ostream;

namespace extmail::dovecot {

/// Has what Dovecot answers to its clients leave together: answers of extmail-authd come many at a time, and Dovecot would
/// write to a login process for each.
///
/// Limits: kMost answers, which are far below the 50 kB (OUTBUF_THROTTLE_SIZE) from which on Dovecot reads no more of a
/// client.
class Cork {
 public:
  static constexpr std::size_t kMost = 32;

  Cork() = default;
  Cork(const Cork&) = delete;
  Cork& operator=(const Cork&) = delete;
  ~Cork() { release(); }

  /// The next answer is to this request.
  void hold(const auth_request& request);

 private:
  void release();

  std::vector<::ostream*> held_;
  std::size_t answers_ = 0;
};

}  // namespace extmail::dovecot
