// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace extmail::net {

class Session;

/// Holds back the answers that its thread gives, so that those to one peer leave together, and those to several behind one
/// another: to send each would wake the peer as often, and it would send its next requests one by one as well; and to wake
/// one whose processor is awake costs less.
///
/// Threads: the one that made it. At most one exists on a thread.
/// Limits: kMost answers to one peer, those that other threads hold back too; then they leave.
class AnswerBatch {
 public:
  static constexpr std::size_t kMost = 16;

  AnswerBatch();
  AnswerBatch(const AnswerBatch&) = delete;
  AnswerBatch& operator=(const AnswerBatch&) = delete;
  ~AnswerBatch();

  /// Sends what was held back.
  void flush();

  /// Of this thread; null where none exists.
  [[nodiscard]] static AnswerBatch* current();
  void add(std::shared_ptr<Session> session);

 private:
  std::vector<std::shared_ptr<Session>> sessions_;
};

}  // namespace extmail::net
