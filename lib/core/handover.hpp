// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace extmail {

/// Lets the thread that found out what there is to wait for do the waiting itself, while another takes its place if that
/// lasts. Giving the work to another thread instead costs a change of thread on the way there and one on the way back,
/// which take as long as a short query.
///
/// Threads: any.
class Handover {
 public:
  virtual ~Handover() = default;

  /// Runs work(), which may block, on the calling thread as soon as that has returned to the loop it came from. False,
  /// and work will not be run, where the caller came from no such loop, or nobody is there to take its place.
  [[nodiscard]] virtual bool after_handover(std::function<void()> work) = 0;
};

}  // namespace extmail
