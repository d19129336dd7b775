// SPDX-License-Identifier: MIT
#include "authd/announced_clients.hpp"

#include "core/address.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "wire/saslauthd.hpp"

#include <string>
#include <vector>

using extmail::authd::AnnouncedClients;
using extmail::net::Peer;
using extmail::tests::FakeClock;
using namespace std::chrono_literals;

namespace {

constexpr const char* kUser = "alice@test.com";
constexpr const char* kRemote = "192.0.2.7";
constexpr Peer kSmtpd{.uid = 105, .pid = 4711, .connection = 1};

/// What saslauthd_verify_password() of libsasl2 makes of a name, and what is read there.
std::string sent_to_saslauthd(const std::string& name) {
  extmail::wire::SaslauthdRequest request;
  const auto at = name.rfind('@');
  request.login = name.substr(0, at);
  if (at != std::string::npos) request.realm = name.substr(at + 1);
  return request.user();
}

}  // namespace

TEST_CASE("A client is known to the process that announced it, for one password of that user") {
  struct Row {
    const char* name;
    Peer peer;
    std::string user;
    std::string remote;
  };
  const std::vector<Row> rows{
      {"by another connection of it", {.uid = 105, .pid = 4711, .connection = 2}, kUser, kRemote},
      {"another process", {.uid = 105, .pid = 4712, .connection = 1}, kUser, ""},
      {"another user's process of that number", {.uid = 0, .pid = 4711, .connection = 1}, kUser, ""},
      {"another user", kSmtpd, "bob@test.com", ""},
      {"the user in other letters", kSmtpd, "Alice@test.com", ""},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const FakeClock clock;
    AnnouncedClients clients(clock);
    clients.announce(kSmtpd, kUser, kRemote);
    CHECK(clients.take(row.peer, row.user) == row.remote);
    CHECK(clients.take(row.peer, row.user).empty());
  }
}

TEST_CASE("No spelling of a name comes to saslauthd without its client") {
  for (const std::string name :
       {"alice@test.com", "Alice@TEST.com", "alice@test.com@", "alice@test.com@@", "alice", "alice@",
        "@test.com", "@", "\"alice\"@test.com", "alice@test.com @", "a@b@test.com"}) {
    INFO(name);
    const FakeClock clock;
    AnnouncedClients clients(clock);
    clients.announce(kSmtpd, name, kRemote);
    CHECK(clients.take(kSmtpd, sent_to_saslauthd(name)) == kRemote);
  }
}

TEST_CASE("The last announcement counts") {
  const FakeClock clock;
  AnnouncedClients clients(clock);
  clients.announce(kSmtpd, kUser, kRemote);
  clients.announce(kSmtpd, kUser, "2001:db8::7");
  CHECK(clients.take(kSmtpd, kUser) == "2001:db8::7");
  CHECK(clients.take(kSmtpd, kUser).empty());

  clients.announce(kSmtpd, kUser, kRemote);
  clients.announce(kSmtpd, kUser, "");  // of somebody whose address is not known
  CHECK(clients.take(kSmtpd, kUser).empty());
}

TEST_CASE("A client is forgotten after a while") {
  FakeClock clock;
  AnnouncedClients clients(clock);
  clients.announce(kSmtpd, kUser, kRemote);
  clock.advance(AnnouncedClients::kRemembered - 1ms);
  clients.announce(kSmtpd, "bob@test.com", kRemote);
  CHECK(clients.take(kSmtpd, kUser) == kRemote);

  clients.announce(kSmtpd, kUser, kRemote);
  clock.advance(AnnouncedClients::kRemembered);
  CHECK(clients.take(kSmtpd, kUser).empty());
  CHECK(clients.take(kSmtpd, "bob@test.com").empty());
}

TEST_CASE("Where nobody will ask, nothing is kept, and that is said") {
  const FakeClock clock;
  AnnouncedClients clients(clock);
  CHECK(clients.announce(kSmtpd, kUser, kRemote));
  CHECK_FALSE(clients.announce(kSmtpd, kUser, ""));
  AnnouncedClients unasked(clock, false);
  CHECK_FALSE(unasked.announce(kSmtpd, kUser, kRemote));
  CHECK(unasked.take(kSmtpd, kUser).empty());
}

TEST_CASE("What no client can be is not kept") {
  const FakeClock clock;
  AnnouncedClients clients(clock);
  const std::string longest(extmail::kMaxAddressBytes, 'u');
  const std::string widest(AnnouncedClients::kMaxRemoteBytes, '1');
  clients.announce(kSmtpd, longest, widest);
  CHECK(clients.take(kSmtpd, longest) == widest);
  clients.announce(kSmtpd, longest + 'u', kRemote);
  CHECK(clients.take(kSmtpd, longest + 'u').empty());
  clients.announce(kSmtpd, kUser, widest + '1');
  CHECK(clients.take(kSmtpd, kUser).empty());

  for (const pid_t outside : {0, -1}) {  // of another pid namespace
    clients.announce({.uid = 105, .pid = outside, .connection = 1}, kUser, kRemote);
    CHECK(clients.take({.uid = 105, .pid = outside, .connection = 1}, kUser).empty());
  }
}

TEST_CASE("The oldest make room") {
  FakeClock clock;
  AnnouncedClients clients(clock);
  for (std::size_t i = 0; i <= AnnouncedClients::kMaxClients; ++i) {
    clients.announce(kSmtpd, std::to_string(i), kRemote);
    if (i == 0) continue;
    clients.announce(kSmtpd, "1", kRemote);  // announced again, it is not the oldest
  }
  CHECK(clients.take(kSmtpd, "0").empty());
  for (std::size_t i = 1; i <= AnnouncedClients::kMaxClients; ++i) {
    INFO(i);
    CHECK(clients.take(kSmtpd, std::to_string(i)) == kRemote);
  }
}
