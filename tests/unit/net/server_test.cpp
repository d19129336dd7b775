// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include "support/catch.hpp"
#include "support/recording_log.hpp"
#include "unit/net/line_server.hpp"
#include "unit/net/socket_client.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace extmail;
using tests::Client;
using tests::free_port;
using tests::LineProtocol;
using tests::Running;
using namespace std::chrono_literals;

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

TEST_CASE("Of who outlives the server nothing is told: what a protocol needs may be gone") {
  net::Server::Settings settings;
  settings.stop_grace = 0s;
  net::Protocol::Limits limits;
  limits.max_in_flight = 2;
  Running server(limits, settings);
  const Client one(server.path());
  one.send("keep\na\n");
  CHECK(one.receive(2) == "a\n");
  server.stop();
  REQUIRE(server.protocol().kept);
  server.protocol().kept.reset();
  CHECK(server.statistics().open == 0);
  CHECK(server.protocol().await_ended(0).empty());
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
