// SPDX-License-Identifier: MIT
#include "ctl/control.hpp"

#include "client/unix_stream.hpp"

#include <chrono>

namespace extmail::ctl {
namespace {

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kMaxAnswerBytes = std::size_t{4} << 20U;

/// Whether the last line is one that ends an answer.
bool is_whole(std::string_view answer) {
  if (!answer.ends_with('\n')) return false;
  answer.remove_suffix(1);
  const std::string_view last = answer.substr(answer.rfind('\n') + 1);
  return last == "OK" || last == "NOT_HELD" || last.starts_with("ERROR ");
}

}  // namespace

Answer<std::string> ask_control(const std::string& socket, std::string_view question) {
  using Told = Answer<std::string>;
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  auto stream = client::UnixStream::connect(socket, deadline);
  if (!stream.is_found())
    return Told::temporary_failure(socket + ": can't connect: " + stream.reason() +
                                   "; systemctl status extmail-policyd tells whether it runs");
  if (const auto error = stream.value().send(std::string(question) + '\n', deadline))
    return Told::temporary_failure(socket + ": " + error.message());
  Secret answer;
  while (!is_whole(answer.view())) {
    const auto received = stream.value().receive(answer, deadline);
    if (received.error) return Told::temporary_failure(socket + ": " + received.error.message());
    if (received.bytes == 0 || answer.view().size() > kMaxAnswerBytes)
      return Told::temporary_failure(socket +
                                     ": the answer is not whole; is it extmail-policyd that listens?");
  }
  return Told::found(std::string(answer.view()));
}

}  // namespace extmail::ctl
