// SPDX-License-Identifier: MIT
#include "net/answer_batch.hpp"

#include "net/session.hpp"

#include <algorithm>
#include <utility>

namespace extmail::net {
namespace {

thread_local AnswerBatch* of_this_thread = nullptr;

}  // namespace

AnswerBatch::AnswerBatch() {
  of_this_thread = this;
}

AnswerBatch::~AnswerBatch() {
  of_this_thread = nullptr;
  flush();
}

AnswerBatch* AnswerBatch::current() {
  return of_this_thread;
}

void AnswerBatch::add(std::shared_ptr<Session> session) {
  if (std::find(sessions_.begin(), sessions_.end(), session) == sessions_.end())
    sessions_.push_back(std::move(session));
}

void AnswerBatch::flush() {
  for (const auto& session : std::exchange(sessions_, {}))
    session->send_answers();
}

}  // namespace extmail::net
