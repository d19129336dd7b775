// SPDX-License-Identifier: MIT
#include "client/unix_stream.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace extmail;
using client::UnixStream;
using namespace std::chrono_literals;

namespace {

/// Long enough for a busy machine: nothing waits for it.
Deadline later() {
  return std::chrono::steady_clock::now() + 60s;
}

Deadline soon() {
  return std::chrono::steady_clock::now() + 50ms;
}

/// Somebody who listens, and does no more than a test says.
class Peer {
 public:
  explicit Peer(int backlog = 8)
      : path_(folder_.path() + "/socket"), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, backlog) == 0);
  }
  ~Peer() {
    hang_up();
    ::close(listener_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  void accept() {
    connection_ = ::accept(listener_, nullptr, nullptr);
    REQUIRE(connection_ >= 0);
  }
  void say(std::string_view text) const {
    REQUIRE(::write(connection_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string hear(std::size_t bytes) const {
    std::string heard(bytes, '\0');
    REQUIRE(::recv(connection_, heard.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes));
    return heard;
  }
  void hang_up() {
    if (connection_ >= 0) ::close(connection_);
    connection_ = -1;
  }

 private:
  tests::TemporaryFolder folder_;
  std::string path_;
  int listener_;
  int connection_ = -1;
};

UnixStream connected(Peer& peer) {
  auto stream = UnixStream::connect(peer.path(), later());
  REQUIRE(stream.is_found());
  peer.accept();
  return std::move(stream).value();
}

}  // namespace

TEST_CASE("A stream sends and receives, in pieces of any size") {
  Peer peer;
  auto stream = connected(peer);
  CHECK_FALSE(stream.send("question", later()));
  CHECK(peer.hear(8) == "question");

  Secret answer;
  peer.say("first ");
  CHECK(stream.receive(answer, later()).bytes == 6);
  const std::string rest(10000, 'x');
  peer.say(rest);
  while (answer.view().size() < 6 + rest.size()) {
    const auto more = stream.receive(answer, later());
    REQUIRE_FALSE(more.error);
    REQUIRE(more.bytes > 0);
  }
  CHECK(answer.view() == "first " + rest);
}

TEST_CASE("A stream is told when its peer closes") {
  Peer peer;
  auto stream = connected(peer);
  peer.say("last");
  peer.hang_up();
  Secret answer;
  CHECK(stream.receive(answer, later()).bytes == 4);
  const auto end = stream.receive(answer, later());
  CHECK_FALSE(end.error);
  CHECK(end.bytes == 0);
  CHECK(answer.view() == "last");
  CHECK(stream.send("to nobody", later()) == std::errc::broken_pipe);
}

TEST_CASE("No wait of a stream lasts longer than its deadline") {
  Peer peer;
  auto stream = connected(peer);
  Secret answer;
  CHECK(stream.receive(answer, soon()).error == std::errc::timed_out);
  CHECK(stream.receive(answer, std::chrono::steady_clock::now()).error == std::errc::timed_out);
  CHECK(stream.send(std::string(64 << 20, 'x'), soon()) == std::errc::timed_out);
  CHECK(answer.empty());

  Peer full(0);
  std::vector<UnixStream> waiting;
  std::string refusal;
  while (refusal.empty() && waiting.size() < 100) {
    auto next = UnixStream::connect(full.path(), soon());
    refusal = next.reason();
    if (next.is_found()) waiting.push_back(std::move(next).value());
  }
  CHECK(refusal == "Connection timed out");
}

TEST_CASE("Who can't be reached is named by the system's word for it") {
  struct Case {
    std::string path;
    std::string reason;
  };
  tests::TemporaryFolder folder;
  for (const auto& c : {
           Case{folder.path() + "/nobody", "No such file or directory"},
           Case{folder.write("file", ""), "Connection refused"},
           Case{folder.write("file", "") + "/socket", "Not a directory"},
           Case{"/" + std::string(200, 'x'), "File name too long"},
       }) {
    INFO(c.path);
    const auto stream = UnixStream::connect(c.path, later());
    CHECK(stream.outcome() == Outcome::TemporaryFailure);
    CHECK(stream.reason() == c.reason);
  }
}
