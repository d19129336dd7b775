// SPDX-License-Identifier: MIT
#pragma once

#include "authd/login_throttle.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

/// A throttle, who asks it, and a clock that goes on when a test says so.
namespace extmail::tests::throttling {

using namespace std::chrono_literals;
using authd::LoginThrottle;
using Verdict = LoginThrottle::Verdict;

inline constexpr const char* kUser = "alice@test.com";
inline constexpr const char* kHere = "192.0.2.1";
inline constexpr auto kFreeForUser = 5;
inline constexpr auto kFreeForAddress = 10;
inline constexpr auto kFreeForNetwork = 50;

inline std::optional<IpAddress> at(const std::string& text) {
  return text.empty() ? std::nullopt : IpAddress::parse(text);
}

struct Fixture {
  Fixture() : Fixture(LoginThrottle::Settings{}) {}
  explicit Fixture(LoginThrottle::Settings settings) : throttle(std::move(settings)) {}

  LoginThrottle::Attempt admit(const std::string& user, const std::string& client,
                               const std::string& password,
                               LoginThrottle::Place place = LoginThrottle::Place::Taken) {
    return throttle.admit(user, at(client), password, now, place);
  }
  /// Evaluates a wrong password, after the wait that it is told; how long that was.
  std::chrono::milliseconds fail(const std::string& user, const std::string& client,
                                 const std::string& password) {
    auto attempt = admit(user, client, password);
    REQUIRE(attempt.verdict() != Verdict::Refused);
    now += attempt.wait();
    attempt.failed(now);
    return attempt.wait();
  }
  /// Ever new passwords, each as soon as it is let in.
  void fail_often(int times, const std::string& user, const std::string& client) {
    for (int i = 0; i < times; ++i) {
      const std::string password = "wrong " + std::to_string(++guesses);
      while (true) {
        auto attempt = admit(user, client, password);
        now += attempt.verdict() == Verdict::Refused ? 1s : attempt.wait();
        if (attempt.verdict() == Verdict::Refused) continue;
        attempt.failed(now);
        break;
      }
    }
  }
  /// As many users, each once.
  void spray(int times, const std::string& client) {
    for (int i = 0; i < times; ++i)
      fail_often(1, "user " + std::to_string(++guesses), client);
  }
  void log_in(const std::string& user, const std::string& client) {
    auto attempt = admit(user, client, "right");
    REQUIRE(attempt.verdict() == Verdict::Now);
    attempt.succeeded(now);
  }
  Verdict verdict(const std::string& user, const std::string& client) {
    return admit(user, client, "some password").verdict();
  }

  LoginThrottle throttle;
  Time now{1000h};
  int guesses = 0;
};

}  // namespace extmail::tests::throttling
