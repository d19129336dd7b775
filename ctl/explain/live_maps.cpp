// SPDX-License-Identifier: MIT
#include "ctl/explain/maps.hpp"
#include "wire/socketmap.hpp"

#include <chrono>
#include <utility>

namespace extmail::ctl {
namespace {

/// Longer than extmail-mapd waits for its database; Postfix waits 100 s.
constexpr std::chrono::seconds kPatience{30};

}  // namespace

Answer<std::string> LiveMaps::ask(const std::string& map, const std::string& key) {
  using Told = Answer<std::string>;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const std::string request = wire::socketmap::encode_request({map, key});
  if (request.empty()) return Told::permanent_failure("no such map, or too long a key");
  if (!stream_) {
    auto stream = client::UnixStream::connect(socket_, deadline);
    if (!stream.is_found()) return Told::temporary_failure(socket_ + ": " + stream.reason());
    stream_.emplace(std::move(stream).value());
  }
  const auto lost = [&](const std::string& why) {
    stream_.reset();
    return Told::temporary_failure(socket_ + ": " + why);
  };
  if (const auto error = stream_->send(request, deadline)) return lost(error.message());
  Secret received;
  while (true) {
    const Frame frame = wire::socketmap::split_reply(received.view());
    if (frame.state == Frame::State::Complete) return wire::socketmap::decode_reply(frame.payload);
    if (frame.state == Frame::State::Malformed) return lost(std::string(frame.error));
    const auto more = stream_->receive(received, deadline);
    if (more.error) return lost(more.error.message());
    if (more.bytes == 0) return lost("closed without an answer");
  }
}

Step LiveMaps::look_up(const std::string& map, const std::string& key) {
  const auto answer = ask(map, key);
  return {map, key, answer.outcome(), answer.is_found() ? answer.value() : answer.reason()};
}

}  // namespace extmail::ctl
