// SPDX-License-Identifier: MIT
#include "ctl/authdaemond.hpp"

#include "client/unix_stream.hpp"
#include "core/frame.hpp"

#include <optional>
#include <system_error>
#include <utility>

namespace extmail::ctl {

using wire::authdaemond::Account;

Answer<Account> ask_authdaemond(const std::string& socket, const Secret& question, Deadline deadline) {
  const auto trouble = [&](const std::string& what) {
    return Answer<Account>::temporary_failure(socket + ": " + what);
  };
  auto stream = client::UnixStream::connect(socket, deadline);
  if (!stream.is_found()) return trouble("can't connect: " + stream.reason());

  // A server may close before it has read all, and have answered: what it says counts.
  const auto unsent = stream.value().send(question.view(), deadline);
  if (unsent == std::errc::timed_out) return trouble("the question was not taken in time");

  Secret received;
  while (true) {
    const Frame frame = wire::authdaemond::split_answer(received.view());
    if (frame.state == Frame::State::Malformed)
      return trouble("not authdaemond's protocol: " + std::string(frame.error));
    if (frame.state == Frame::State::Complete) {
      auto answer = wire::authdaemond::decode_answer(frame.payload);
      return answer ? std::move(*answer) : trouble("not authdaemond's protocol: not an account");
    }
    const auto more = stream.value().receive(received, deadline);
    if (more.error == std::errc::timed_out) return trouble("no answer in time");
    if (more.error || more.bytes == 0) {
      return trouble(received.empty() ? "closed without an answer: it could not tell, and its log says why"
                                      : "closed in the middle of its answer");
    }
  }
}

}  // namespace extmail::ctl
