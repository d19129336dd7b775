// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"
#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <chrono>
#include <cstddef>
#include <string>

using namespace extmail;
using tests::account;
using tests::kGuideHash;
using tests::World;
using wire::auth::Reply;
using wire::auth::Status;
using namespace std::chrono_literals;

TEST_CASE("Credentials are what a challenge can be answered with, and still hold") {
  World world;
  world.database->put(account("both@test.com", kGuideHash, "extmail"));
  world.database->put(account("older@test.com", kGuideHash, "the password from before"));
  const std::string scram =
      "{SCRAM-SHA-256}4096,c2FsdHNhbHRzYWx0c2FsdA==,"
      "hu2blQM2Ms7NpWvNPiNuIeZ6NQlGL8EJhMDOBrMVlzM=,"
      "0mTOaQ4LjMzgeGTMBYhKPUhTKOTsEtLdhIhBPyVDNkg=";
  world.database->put(account("scram@test.com", scram));
  const auto clear_of = [&](const std::string& user) {
    const Reply reply = world.credentials(user, "CRAM-MD5");
    CHECK(reply.status == Status::Ok);
    REQUIRE(reply.user);
    return reply.clear_password ? std::string(reply.clear_password->view()) : std::string("none");
  };
  CHECK(clear_of("plain@test.com") == "extmail");
  CHECK(clear_of("alice@test.com") == "none");
  CHECK(clear_of("both@test.com") == "extmail");
  CHECK(clear_of("older@test.com") == "none");
  CHECK(clear_of("scram@test.com") == "none");
  CHECK(world.credentials("off@test.com", "CRAM-MD5").status == Status::Denied);
  CHECK(world.credentials("nobody@test.com", "CRAM-MD5").status == Status::Unknown);

  const Reply stored = world.credentials("scram@test.com", "SCRAM-SHA-256");
  REQUIRE(stored.stored_password);
  CHECK(stored.stored_password->view() == scram);
  // A hash that proves nothing to anybody else stays here.
  CHECK_FALSE(world.credentials("alice@test.com", "CRAM-MD5").stored_password);
  // Who only wants the user data gets no password.
  CHECK_FALSE(world.credentials("plain@test.com", "").clear_password);
  CHECK(world.credentials("plain@test.com", "").user);
}

TEST_CASE("A host that has the password verifies it here while there is something to learn") {
  World world;
  const std::string user = "plain@test.com";
  const auto is_given = [&](bool verifies_next) {
    const Reply reply = world.credentials(user, "PLAIN", verifies_next);
    CHECK(reply.status == Status::Ok);
    CHECK(reply.user);
    return reply.clear_password.has_value();
  };
  CHECK(is_given(false));
  CHECK_FALSE(is_given(true));  // where he is not known yet
  CHECK(world.verify(user, "extmail", "smtp").status == Status::Ok);
  CHECK(is_given(true));
  CHECK(world.verify(user, "wrong", "smtp").status == Status::Mismatch);
  CHECK_FALSE(is_given(true));  // the right one forgives it
  CHECK(is_given(false));
  CHECK(world.verify(user, "extmail", "smtp").status == Status::Ok);
  CHECK(is_given(true));
}

TEST_CASE("A password that can't go by saslauthd's protocol is given") {
  World world;
  for (const std::size_t bytes : {std::size_t{256}, std::size_t{257}}) {
    const std::string user = std::to_string(bytes) + "@test.com";
    world.database->put(account(user, "{PLAIN}" + std::string(bytes, 'x')));
    CHECK(world.credentials(user, "PLAIN", true).clear_password.has_value() == (bytes > 256));
  }
}

TEST_CASE("Credentials wait for a hash only once, and not at all where none has to be computed") {
  World world;
  world.database->put(account("both@test.com", kGuideHash, "extmail"));
  world.database->put(account("quick@test.com", "{PLAIN}extmail", "extmail"));
  const auto hashes = [&] { return world.metric("extmail_authd_hash_duration_seconds_count"); };
  const auto ask_thrice = [&](const std::string& user) {
    for (int i = 0; i < 3; ++i)
      CHECK(world.credentials(user, "CRAM-MD5").status == Status::Ok);
  };
  ask_thrice("plain@test.com");
  ask_thrice("quick@test.com");
  ask_thrice("alice@test.com");
  CHECK(hashes() == 0);
  ask_thrice("both@test.com");
  // A hash is counted when its answer is out.
  const auto end = Time::clock::now() + 10s;
  while (hashes() == 0)
    REQUIRE(Time::clock::now() < end);
  ask_thrice("both@test.com");
  CHECK(hashes() == 1);
}
