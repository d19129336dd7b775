// SPDX-License-Identifier: MIT
#include "smtp_login.hpp"

#include "sasl_calls.hpp"
#include "sasl_client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sasl/saslutil.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace extmail::bench {
namespace {

constexpr std::size_t kReadBytes = 4096;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::string encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  unsigned length = 0;
  require(sasl_encode64(bytes.data(), static_cast<unsigned>(bytes.size()), text.data(),
                        static_cast<unsigned>(text.size()), &length),
          "sasl_encode64");
  text.resize(length);
  return text;
}

std::string decode(std::string_view text) {
  std::string bytes(text.size() + 1, '\0');
  unsigned length = 0;
  require(sasl_decode64(text.data(), static_cast<unsigned>(text.size()), bytes.data(),
                        static_cast<unsigned>(bytes.size()), &length),
          "sasl_decode64");
  bytes.resize(length);
  return bytes;
}

sockaddr_in address(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

/// All of 127.0.0.0/8 is this machine: each user has a /24 network of their own here too, and none has that of 127.0.0.1.
std::uint32_t source_of(const User& user, std::size_t place) {
  constexpr std::uint32_t kFirst = 127U << 24U | 1U << 16U | 1U;
  const auto network = static_cast<std::uint32_t>(place & 0x3fffU);
  return kFirst + (network << 8U) + (user.is_right ? 0U : 1U << 23U);
}

class Session {
 public:
  Session(std::uint16_t port, std::uint32_t source)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{kPatienceSeconds, 0};
    const int yes = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    const sockaddr_in from = address(source, 0);
    const sockaddr_in to = address(INADDR_LOOPBACK, port);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) give_up("bind");
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) give_up("connect");
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { ::close(socket_); }

  void send(std::string line) const {
    line += "\r\n";
    if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
      fail("send");
  }

  /// The last line of a reply, without its end.
  std::string receive() {
    while (true) {
      const std::size_t end = input_.find("\r\n");
      if (end == std::string::npos) {
        read_more();
        continue;
      }
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      if (line.size() < 4 || line[3] != '-') return line;
    }
  }

  std::string ask(std::string line) {
    send(std::move(line));
    return receive();
  }

 private:
  [[noreturn]] void give_up(const std::string& what) const {
    const int error = errno;
    ::close(socket_);
    errno = error;
    fail(what);
  }

  void read_more() {
    std::array<char, kReadBytes> buffer{};
    const ssize_t bytes = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (bytes < 0) fail("no answer from smtpd");
    if (bytes == 0) throw std::runtime_error("smtpd closed the connection; see its log");
    input_.append(buffer.data(), static_cast<std::size_t>(bytes));
  }

  const int socket_;
  std::string input_;
};

bool has_code(const std::string& reply, std::string_view code) {
  return reply.compare(0, code.size(), code) == 0;
}

std::string authenticate(Session& session, const User& user, const std::string& mechanism) {
  const SaslClient client(user, mechanism);
  std::string command = "AUTH " + mechanism;
  if (const auto initial = client.initial()) command += ' ' + encode(*initial);
  std::string reply = session.ask(std::move(command));
  while (has_code(reply, "334 "))
    reply = session.ask(encode(client.respond(decode(std::string_view(reply).substr(4)))));
  return reply;
}

}  // namespace

Result log_in_by_smtp(std::uint16_t port, const User& user, std::size_t place, const std::string& mechanism) {
  Session session(port, source_of(user, place));
  if (std::string reply = session.receive(); !has_code(reply, "220 ")) return {Answer::Trouble, reply};
  if (std::string reply = session.ask("EHLO client.bench.test"); !has_code(reply, "250 "))
    return {Answer::Trouble, reply};
  Result result{user.is_right ? Answer::LoggedIn : Answer::Refused, "no AUTH"};
  if (!mechanism.empty()) {
    result.text = authenticate(session, user, mechanism);
    result.answer = has_code(result.text, "235 ")   ? Answer::LoggedIn
                    : has_code(result.text, "535 ") ? Answer::Refused
                                                    : Answer::Trouble;
  }
  if (std::string reply = session.ask("QUIT"); !has_code(reply, "221 ")) return {Answer::Trouble, reply};
  return result;
}

}  // namespace extmail::bench
