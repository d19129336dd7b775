// SPDX-License-Identifier: MIT
#include "authd_connection.hpp"

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace extmail::sasl {
namespace {

using client::UnixStream;
using wire::auth::Reply;
using wire::auth::Request;

Answer<Reply> trouble(std::string reason) {
  return Answer<Reply>::temporary_failure(std::move(reason));
}

}  // namespace

AuthdConnection::AuthdConnection(UnixStream stream) : stream_(std::move(stream)), owner_(::getpid()) {}

bool AuthdConnection::is_inherited() const {
  return owner_ != ::getpid();
}

Answer<std::unique_ptr<AuthdConnection>> AuthdConnection::open(const std::string& path, Deadline deadline) {
  using Opened = Answer<std::unique_ptr<AuthdConnection>>;
  auto stream = UnixStream::connect(path, deadline);
  if (!stream.is_found()) {
    return Opened::temporary_failure("can't connect to extmail-authd at " + path + ": " + stream.reason());
  }
  std::unique_ptr<AuthdConnection> connection(new AuthdConnection(std::move(stream).value()));

  Request hello;
  hello.verb = wire::auth::Verb::Hello;
  hello.host = "cyrus-sasl";
  const auto reply = connection->ask(hello, deadline);
  if (!reply.is_found()) return Opened::same_failure(reply);
  if (reply.value().status != wire::auth::Status::Ok) {
    return Opened::permanent_failure("extmail-authd refused us: " + reply.value().reason);
  }
  return Opened::found(std::move(connection));
}

Answer<Reply> AuthdConnection::ask(const Request& request, Deadline deadline) {
  dropped_ = false;
  Secret received;
  const auto lost = [&](const std::error_code& error) {
    if (error == std::errc::timed_out) return trouble("extmail-authd did not answer in time");
    dropped_ = received.empty();
    return trouble("lost the connection to extmail-authd: " + (error ? error.message() : "it was closed"));
  };

  if (const auto error = stream_.send(wire::auth::encode(request).view(), deadline)) return lost(error);
  while (true) {
    const Frame frame = wire::auth::split_message(received.view());
    if (frame.state == Frame::State::Malformed) {
      return trouble("extmail-authd broke the protocol: " + std::string(frame.error));
    }
    if (frame.state == Frame::State::Complete) {
      auto reply = wire::auth::decode_reply(frame.payload);
      if (!reply || reply->tag != request.tag || frame.consumed != received.view().size()) {
        return trouble("extmail-authd broke the protocol: not the answer to our question");
      }
      return Answer<Reply>::found(std::move(*reply));
    }
    const auto more = stream_.receive(received, deadline);
    if (more.error || more.bytes == 0) return lost(more.error);
  }
}

}  // namespace extmail::sasl
