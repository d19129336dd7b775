// SPDX-License-Identifier: MIT
#include "net/server.hpp"
#include "support/catch.hpp"
#include "unit/net/line_server.hpp"
#include "unit/net/socket_client.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace extmail;
using tests::Client;
using tests::kPartBytes;
using tests::kParts;
using tests::Running;
using namespace std::chrono_literals;

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

TEST_CASE("Peers that ask at the same time all get their answers, and those that end meanwhile end") {
  constexpr std::size_t kPeers = 40;
  constexpr int kRounds = 50;
  Running server;
  const std::string who = std::to_string(getuid()) + "\n";
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kPeers; ++i)
    clients.push_back(std::make_unique<Client>(server.path()));
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& client : clients)
      client->send("who\nwho\n");
    for (const auto& client : clients)
      REQUIRE(client->receive(2 * who.size()) == who + who);
  }
  for (std::size_t i = 0; i < kPeers; ++i)
    clients[i]->send(i % 2 == 0 ? "who\nquit\n" : "who\n");
  for (std::size_t i = 0; i < kPeers; ++i) {
    CHECK(clients[i]->receive(who.size()) == who);
    if (i % 2 == 0) CHECK(clients[i]->is_closed_by_peer());
  }
}

TEST_CASE("Who stops sending still gets all answers") {
  Running server;
  const Client client(server.path());
  client.send("one\ntwo\nthree\nhalf");
  client.stop_sending();
  CHECK(client.receive(100) == "one\ntwo\nthree\n");
}
