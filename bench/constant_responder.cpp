// SPDX-License-Identifier: MIT
//
// constant_responder SOCKET ANSWER: speaks socketmap and gives every question the same answer, with as little work as
// a server can do. What a lookup costs against it is what Postfix and the kernel take.

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

/// Requests that are whole in the input; postmap sends one at a time.
std::size_t take_requests(std::string& input) {
  std::size_t requests = 0;
  while (true) {
    const std::size_t colon = input.find(':');
    if (colon == std::string::npos) return requests;
    const std::size_t whole = colon + 1 + std::strtoul(input.c_str(), nullptr, 10) + 1;
    if (input.size() < whole) return requests;
    input.erase(0, whole);
    ++requests;
  }
}

void serve(int peer, const std::string& reply) {
  std::array<char, 4096> buffer{};
  std::string input;
  while (true) {
    const ssize_t bytes = ::read(peer, buffer.data(), buffer.size());
    if (bytes <= 0) break;
    input.append(buffer.data(), static_cast<std::size_t>(bytes));
    for (std::size_t left = take_requests(input); left > 0; --left) {
      if (::write(peer, reply.data(), reply.size()) < 0) break;
    }
  }
  ::close(peer);
}

int fail(std::string_view what) {
  std::perror(std::string(what).c_str());
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  sockaddr_un address{};
  if (argc != 3 || std::strlen(argv[1]) >= sizeof address.sun_path) {
    std::cerr << "usage: constant_responder SOCKET ANSWER\n";
    return 2;
  }
  const std::string answer = std::string("OK ") + argv[2];
  const std::string reply = std::to_string(answer.size()) + ':' + answer + ',';

  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, argv[1], std::strlen(argv[1]) + 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(argv[1]);
  if (::listen(listener, SOMAXCONN) != 0) return fail("listen");
  while (true) {
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0 && errno != EINTR) return fail("accept");
    if (peer >= 0) std::thread(serve, peer, reply).detach();
  }
}
