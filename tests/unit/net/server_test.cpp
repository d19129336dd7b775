// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include "net/workers.hpp"
#include "support/catch.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace extmail;
using namespace std::chrono_literals;

namespace {

/// So many parts of so many bytes: an answer that is never in memory as a whole.
constexpr std::size_t kParts = 200;
constexpr std::size_t kPartBytes = 65536;

/// Answers lines by the same line, from a worker; "parts" by a long answer in parts, "quit" by closing, "drop" by
/// forgetting, "!" is malformed.
class LineProtocol final : public net::Protocol {
 public:
  LineProtocol(Limits limits, Log& log) : limits_(limits), workers_("lines", 2, 1000, log) {}

  [[nodiscard]] std::string_view name() const override { return "line"; }
  [[nodiscard]] Limits limits() const override { return limits_; }
  [[nodiscard]] std::string_view farewell() const override { return "malformed\n"; }
  [[nodiscard]] Frame split(std::string_view input) const override {
    if (!input.empty() && input.front() == '!') return Frame::malformed("exclamation mark");
    const std::size_t end = input.find('\n');
    return end == std::string_view::npos ? Frame::incomplete()
                                         : Frame::complete(input.substr(0, end), end + 1);
  }
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override {
    if (payload == "quit") return responder.close();
    if (payload == "drop") return;
    if (payload == "parts") {
      auto given = std::make_shared<std::size_t>(0);
      last_parts = given;
      return give_parts(std::move(given), std::move(responder));
    }
    if (payload == "who") return responder.reply(std::to_string(peer.uid) + "\n");
    if (payload == "which") return responder.reply(std::to_string(peer.connection) + "\n");
    // One that is refused closes the connection, which its test notices.
    (void)workers_.submit(
        [text = std::string(payload) + "\n", owed = std::move(responder)]() mutable { owed.reply(text); });
  }

  void ended(const net::Peer& peer) override {
    const std::lock_guard lock(ended_mutex_);
    ended_.push_back(peer.connection);
  }
  /// Connections that are over, in their order, once there are so many.
  [[nodiscard]] std::vector<std::uint64_t> await_ended(std::size_t count) const {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      {
        const std::lock_guard lock(ended_mutex_);
        if (ended_.size() >= count) return ended_;
      }
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }

  std::atomic<std::size_t> parts{0};      ///< that were made
  std::weak_ptr<std::size_t> last_parts;  ///< how far the answer is; gone with it

 private:
  void give_parts(std::shared_ptr<std::size_t> given, net::Responder responder) {
    (void)workers_.submit([this, given = std::move(given), owed = std::move(responder)]() mutable {
      const Secret part(std::string(kPartBytes, static_cast<char>('a' + *given % 26)));
      ++parts;
      if (++*given == kParts) return owed.reply(part.view());
      owed.reply_in_part(part.clone(), [this, given = std::move(given)](net::Responder rest) {
        give_parts(given, std::move(rest));
      });
    });
  }

  const Limits limits_;
  mutable std::mutex ended_mutex_;
  std::vector<std::uint64_t> ended_;
  net::Workers workers_;
};

/// A door that work waits at.
class Door {
 public:
  void open() {
    if (!is_open_.exchange(true)) opened_.set_value();
  }
  void wait() { opened_.get_future().wait(); }

 private:
  std::atomic<bool> is_open_{false};
  std::promise<void> opened_;
};

/// Answers each line by itself, from one thread whose answers may be held back. "slow" takes long to compute, once it may;
/// "last" waits until it may.
class HashProtocol final : public net::Protocol {
 public:
  explicit HashProtocol(Log& log) : workers_("hashes", 1, 1000, log, net::Workers::Priority::Low) {}
  ~HashProtocol() override {
    finish_slow();
    finish_last();
  }
  HashProtocol(const HashProtocol&) = delete;
  HashProtocol& operator=(const HashProtocol&) = delete;

  [[nodiscard]] std::string_view name() const override { return "hash"; }
  [[nodiscard]] Limits limits() const override { return {}; }
  [[nodiscard]] Frame split(std::string_view input) const override {
    const std::size_t end = input.find('\n');
    return end == std::string_view::npos ? Frame::incomplete()
                                         : Frame::complete(input.substr(0, end), end + 1);
  }
  void serve(std::string_view payload, const net::Peer&, net::Responder responder) override {
    (void)workers_.submit([this, text = std::string(payload), owed = std::move(responder)]() mutable {
      if (text == "slow") compute();
      if (text == "last") last_.wait();
      owed.reply(text + "\n");
    });
    ++asked_;
  }

  void await_asked(int requests) const {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (asked_ < requests) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
  void finish_slow() { slow_.open(); }
  void finish_last() { last_.open(); }

 private:
  void compute() {
    slow_.wait();
    const std::clock_t begun = std::clock();
    const auto least = static_cast<std::clock_t>(net::Workers::kHold.count() * 5 * CLOCKS_PER_SEC / 1000);
    while (std::clock() - begun < least) {
    }
  }

  std::atomic<int> asked_{0};
  Door slow_;
  Door last_;
  net::Workers workers_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody had a moment ago.
std::uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  REQUIRE(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

class Client {
 public:
  explicit Client(const std::string& path) : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  explicit Client(const net::TcpListener& port)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port.port);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& text) const {
    REQUIRE(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  /// What arrives until so many bytes are there or the server closes; a test that hangs fails after 20 s.
  [[nodiscard]] std::string receive(std::size_t bytes) const {
    std::string text;
    while (text.size() < bytes) {
      pollfd waiting{descriptor_, POLLIN, 0};
      REQUIRE(poll(&waiting, 1, 20000) == 1);
      char buffer[4096];
      const ssize_t length = recv(descriptor_, buffer, std::min(sizeof buffer, bytes - text.size()), 0);
      if (length <= 0) break;
      text.append(buffer, static_cast<std::size_t>(length));
    }
    return text;
  }
  void stop_sending() const { REQUIRE(shutdown(descriptor_, SHUT_WR) == 0); }
  [[nodiscard]] bool is_closed_by_peer() const { return receive(1).empty(); }

 private:
  int descriptor_;
};

/// A server on its own thread, stopped as systemd would stop it.
class Running {
 public:
  explicit Running(net::Protocol::Limits limits = {}, net::Server::Settings settings = {})
      : protocol_(limits, log) {
    std::string name = (std::filesystem::temp_directory_path() / "extmail-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    server_.emplace(settings, log);
    server_->listen(net::UnixListener{path(), std::nullopt, 0600}, protocol_);
    thread_ = std::thread([this] { server_->run([this] { ++reloads; }); });
  }
  ~Running() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    kill(getpid(), SIGTERM);
    thread_.join();
  }
  [[nodiscard]] std::string path() const { return folder_ + "/socket"; }
  LineProtocol& protocol() { return protocol_; }
  [[nodiscard]] net::Server::Statistics statistics() const { return server_->statistics(); }

  tests::RecordingLog log;
  std::atomic<int> reloads{0};

 private:
  std::string folder_;
  LineProtocol protocol_;
  std::optional<net::Server> server_;
  std::thread thread_;
};

class RunningHashes {
 public:
  RunningHashes() : protocol(log_), server_({}, log_) {
    server_.listen(net::UnixListener{path(), std::nullopt, 0600}, protocol);
    thread_ = std::thread([this] { server_.run([] {}); });
  }
  ~RunningHashes() {
    protocol.finish_slow();
    protocol.finish_last();
    kill(getpid(), SIGTERM);
    thread_.join();
  }
  RunningHashes(const RunningHashes&) = delete;
  RunningHashes& operator=(const RunningHashes&) = delete;

  [[nodiscard]] std::string path() const { return folder_.path() + "/socket"; }

 private:
  tests::RecordingLog log_;
  tests::TemporaryFolder folder_;

 public:
  HashProtocol protocol;

 private:
  net::Server server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("Requests are answered in turn, however they arrive") {
  Running server;
  const Client client(server.path());
  client.send("one\ntwo\nthr");
  CHECK(client.receive(8) == "one\ntwo\n");
  client.send("ee\n");
  CHECK(client.receive(6) == "three\n");
  client.send("who\n");
  CHECK(client.receive(std::to_string(getuid()).size() + 1) == std::to_string(getuid()) + "\n");
}

TEST_CASE("An answer that never comes closes the connection") {
  Running server;
  for (const std::string word : {"quit\n", "drop\n"}) {
    const Client client(server.path());
    client.send(word);
    CHECK(client.is_closed_by_peer());
  }
}

TEST_CASE("A peer that breaks the protocol is told so and cut off, after the answers it is owed") {
  Running server;
  const Client client(server.path());
  client.send("one\n!\nmore\n");
  CHECK(client.receive(100) == "one\nmalformed\n");
  CHECK(server.log.has("protocol_error: line peer pid " + std::to_string(getpid())));
}

TEST_CASE("One request a connection, where the protocol is like that") {
  net::Protocol::Limits limits;
  limits.one_request = true;
  Running server(limits);
  const Client client(server.path());
  client.send("one\ntwo\n");
  CHECK(client.receive(100) == "one\n");
}

TEST_CASE("A long answer is made as fast as its peer takes it, and others are served meanwhile") {
  Running server;
  const Client client(server.path());
  client.send("parts\nnext\n");
  std::string received = client.receive(1);
  const Client other(server.path());
  other.send("one\n");
  CHECK(other.receive(4) == "one\n");
  // What the sockets hold, and one that waits; on the default of Linux that is six.
  CHECK(server.protocol().parts < kParts / 2);
  received += client.receive(kParts * kPartBytes - 1);
  REQUIRE(received.size() == kParts * kPartBytes);
  for (std::size_t part = 0; part < kParts; ++part) {
    const char letter = static_cast<char>('a' + part % 26);
    CHECK(received.find_first_not_of(letter, part * kPartBytes) ==
          (part + 1 == kParts ? std::string::npos : (part + 1) * kPartBytes));
  }
  CHECK(client.receive(5) == "next\n");
  CHECK(server.protocol().parts == kParts);
}

TEST_CASE("A long answer ends the connection where there is one request in each") {
  net::Protocol::Limits limits;
  limits.one_request = true;
  Running server(limits);
  const Client client(server.path());
  client.send("parts\n");
  CHECK(client.receive(kParts * kPartBytes + 1).size() == kParts * kPartBytes);
}

TEST_CASE("A long answer is given up with its peer") {
  Running server;
  {
    const Client client(server.path());
    client.send("parts\n");
    CHECK(client.receive(1) == "a");
  }
  while (!server.protocol().last_parts.expired())
    std::this_thread::yield();
  CHECK(server.protocol().parts < kParts);
}

TEST_CASE("Who does not take a long answer is cut off") {
  net::Protocol::Limits limits;
  limits.write = 1s;
  Running server(limits);
  const Client client(server.path());
  client.send("parts\n");
  CHECK(client.receive(1) == "a");
  while (!server.protocol().last_parts.expired())
    std::this_thread::yield();
  CHECK(server.protocol().parts < kParts);
  CHECK(server.log.has("peer_too_slow: line peer pid " + std::to_string(getpid()) + " uid " +
                       std::to_string(getuid()) + " does not take its answer"));
}

TEST_CASE("Many requests at once on one connection") {
  net::Protocol::Limits limits;
  limits.max_in_flight = 16;
  Running server(limits);
  const Client client(server.path());
  std::string sent;
  for (int i = 0; i < 1000; ++i)
    sent += "x\n";
  client.send(sent);
  CHECK(client.receive(2000) == sent);
}

TEST_CASE("Who stops sending still gets all answers") {
  Running server;
  const Client client(server.path());
  client.send("one\ntwo\nthree\nhalf");
  client.stop_sending();
  CHECK(client.receive(100) == "one\ntwo\nthree\n");
}

TEST_CASE("Peers that keep us waiting are cut off") {
  net::Protocol::Limits limits;
  limits.frame = 1s;
  limits.idle = 1s;
  Running server(limits);
  const Client silent(server.path());
  const Client half(server.path());
  half.send("no end");
  CHECK(half.is_closed_by_peer());
  CHECK(silent.is_closed_by_peer());
  CHECK(server.log.has("peer_too_slow: line peer pid " + std::to_string(getpid())));
}

TEST_CASE("Connections over the limit are closed at once, and room comes back") {
  net::Server::Settings settings;
  settings.max_connections = 2;
  Running server({}, settings);
  {
    const Client one(server.path());
    const Client two(server.path());
    one.send("a\n");
    two.send("a\n");
    CHECK(one.receive(2) == "a\n");
    CHECK(two.receive(2) == "a\n");
    const Client three(server.path());
    CHECK(three.is_closed_by_peer());
    CHECK(server.log.has("too_many_connections"));
    one.send("quit\n");
    CHECK(one.is_closed_by_peer());
  }
  const Client four(server.path());
  four.send("a\n");
  CHECK(four.receive(2) == "a\n");
}

TEST_CASE("Connections are counted from their first moment to their last") {
  net::Server::Settings settings;
  settings.max_connections = 1;
  Running server({}, settings);
  CHECK(server.statistics().open == 0);
  CHECK(server.statistics().max == 1);
  {
    const Client one(server.path());
    one.send("a\n");
    CHECK(one.receive(2) == "a\n");
    CHECK(server.statistics().open == 1);
    const Client two(server.path());
    CHECK(two.is_closed_by_peer());
  }
  while (server.statistics().open != 0)
    std::this_thread::yield();
  CHECK(server.statistics().accepted == 1);
  CHECK(server.statistics().refused == 1);
}

TEST_CASE("A protocol can tell connections apart, and hears of the end of each once") {
  Running server;
  std::optional<Client> one(server.path());
  std::optional<Client> two(server.path());
  const auto id_of = [](const Client& client) {
    client.send("which\n");
    std::string text;
    while (text.empty() || text.back() != '\n')
      text += client.receive(1);
    return std::stoull(text);
  };
  const auto first = id_of(*one);
  const auto second = id_of(*two);
  CHECK(first != second);
  CHECK(id_of(*one) == first);
  two.reset();
  CHECK(server.protocol().await_ended(1) == std::vector<std::uint64_t>{second});
  // Who asks nothing is told of too, and so is who is still owed an answer.
  { const Client silent(server.path()); }
  CHECK(server.protocol().await_ended(2).size() == 2);
  one->send("a\n");
  one.reset();
  CHECK(server.protocol().await_ended(3).back() == first);
}

TEST_CASE("A protocol with a limit of its own takes no connection of the others") {
  tests::RecordingLog log;
  net::Server::Settings settings;
  settings.max_connections = 1;
  net::Protocol::Limits limits;
  limits.own_connections = 2;
  LineProtocol plain({}, log);
  LineProtocol apart(limits, log);
  const net::TcpListener port{"127.0.0.1", free_port()};
  const net::TcpListener port_apart{"127.0.0.1", free_port()};
  net::Server server(settings, log);
  server.listen(port, plain);
  server.listen(port_apart, apart);
  std::thread thread([&] { server.run([] {}); });
  {
    const Client first(port_apart);
    const Client second(port_apart);
    for (const auto* client : {&first, &second}) {
      client->send("a\n");
      CHECK(client->receive(2) == "a\n");
    }
    const Client third(port_apart);
    CHECK(third.is_closed_by_peer());
    CHECK(log.has("too_many_connections: closing new connections: all 2 for line are in use"));
    const Client one(port);
    one.send("a\n");
    CHECK(one.receive(2) == "a\n");
    CHECK(server.statistics().open == 1);
    CHECK(server.statistics().refused == 0);
  }
  kill(getpid(), SIGTERM);
  thread.join();
}

TEST_CASE("What was sent before the stop is answered, on accepted connections and on those that still wait") {
  Running server;
  const Client open(server.path());
  open.send("one\n");
  CHECK(open.receive(4) == "one\n");
  std::string sent;
  for (int i = 0; i < 100; ++i)
    sent += std::string(100, 'x') + '\n';
  open.send(sent);
  const Client fresh(server.path());
  fresh.send("two\n");
  server.stop();
  CHECK(open.receive(2 * sent.size()) == sent);
  CHECK(fresh.receive(100) == "two\n");
}

TEST_CASE("A TCP port is served like a socket, and its peers are named by address") {
  tests::RecordingLog log;
  LineProtocol protocol({}, log);
  net::Server server({}, log);
  const net::TcpListener port{"127.0.0.1", free_port()};
  server.listen(port, protocol);
  net::Server second({}, log);
  CHECK_THROWS_WITH(second.listen(port, protocol),
                    tests::contains_text("stop the other process or change the port"));

  std::thread thread([&] { server.run([] {}); });
  const Client client(port);
  client.send("one\n!");
  CHECK(client.receive(100) == "one\nmalformed\n");
  CHECK(log.has("protocol_error: line peer 127.0.0.1 port "));
  kill(getpid(), SIGTERM);
  thread.join();
}

TEST_CASE("A quick answer does not wait for a slow work behind it") {
  RunningHashes server;
  // Short works only: their answers may be held back.
  const Client warm(server.path());
  for (int i = 0; i < 100; ++i) {
    warm.send("short\n");
    CHECK(warm.receive(6) == "short\n");
  }
  const Client slow(server.path());
  const Client quick(server.path());
  const Client last(server.path());
  slow.send("slow\n");
  server.protocol.await_asked(101);
  quick.send("quick\n");
  server.protocol.await_asked(102);
  last.send("last\n");
  server.protocol.await_asked(103);
  server.protocol.finish_slow();
  CHECK(slow.receive(5) == "slow\n");
  CHECK(quick.receive(6) == "quick\n");
  server.protocol.finish_last();
  CHECK(last.receive(5) == "last\n");
}

TEST_CASE("The socket file has its mode, takes a dead one's place, and goes") {
  Running server;
  struct stat info {};
  REQUIRE(stat(server.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);

  net::Server second({}, server.log);
  CHECK_THROWS_WITH(second.listen(net::UnixListener{server.path(), std::nullopt, 0600}, server.protocol()),
                    tests::contains_text("another process serves it already"));
  const std::string path = server.path();
  server.stop();
  CHECK_FALSE(std::filesystem::exists(path));

  std::ofstream(path) << "precious";
  CHECK_THROWS_WITH(second.listen(net::UnixListener{path, std::nullopt, 0600}, server.protocol()),
                    tests::contains_text("a file that is no socket is in the way"));
  CHECK_THROWS_WITH(
      second.listen(net::UnixListener{path + std::string(200, 'x'), std::nullopt, 0600}, server.protocol()),
      tests::contains_text("longer than the 103 bytes"));
  CHECK_THROWS_WITH(
      second.listen(net::UnixListener{"/nonexistent/folder/socket", std::nullopt, 0600}, server.protocol()),
      tests::contains_text("its folder must exist"));
  std::filesystem::remove(path);
  {
    // What a process that was killed leaves behind.
    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(dead);
  }
  CHECK_NOTHROW(second.listen(net::UnixListener{path, std::nullopt, 0600}, server.protocol()));
}

TEST_CASE("SIGHUP reloads and keeps connections") {
  Running server;
  const Client client(server.path());
  client.send("one\n");
  CHECK(client.receive(4) == "one\n");
  kill(getpid(), SIGHUP);
  while (server.reloads == 0)
    std::this_thread::yield();
  client.send("two\n");
  CHECK(client.receive(4) == "two\n");
}
