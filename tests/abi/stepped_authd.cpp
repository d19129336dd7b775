// SPDX-License-Identifier: MIT
#include "stepped_authd.hpp"

#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::tests {

SteppedAuthd::SteppedAuthd(std::string path) : path_(std::move(path)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, SOMAXCONN) != 0) {
    throw std::runtime_error("can't listen on " + path_);
  }
}

SteppedAuthd::~SteppedAuthd() {
  hang_up();
  ::close(listener_);
  unlink(path_.c_str());
}

void SteppedAuthd::poll() {
  const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted >= 0) {
    hang_up();
    client_ = accepted;
    ++connections;
    if (closes_at_once) hang_up();
  }
  if (client_ < 0) return;
  char chunk[65536];
  const ssize_t received = recv(client_, chunk, sizeof chunk, 0);
  if (received == 0) hang_up();
  if (received <= 0) return;
  ++reads;
  input_.append(chunk, static_cast<std::size_t>(received));
  for (Frame frame = wire::auth::split_message(input_); frame.state == Frame::State::Complete;
       frame = wire::auth::split_message(input_)) {
    auto request = wire::auth::decode_request(frame.payload);
    input_.erase(0, frame.consumed);
    if (!request) throw std::runtime_error("the plugin sent what is no request");
    if (request->verb == wire::auth::Verb::Hello) {
      ++greetings;
      host = request->host;
      wire::auth::Reply welcome;
      welcome.status = greeting;
      welcome.tag = request->tag;
      reply(welcome);
    } else {
      asked.push_back(std::move(*request));
    }
  }
}

void SteppedAuthd::reply(const wire::auth::Reply& reply) {
  send_raw(wire::auth::encode(reply).view());
}

void SteppedAuthd::send_raw(std::string_view bytes) {
  if (send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the plugin does not read");
  }
}

void SteppedAuthd::hang_up() {
  if (client_ >= 0) ::close(std::exchange(client_, -1));
  input_.clear();
}

}  // namespace extmail::tests
