// SPDX-License-Identifier: MIT
#include "ctl/authdaemond.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace extmail;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kQuestion = "PRE . imap alice@example.com\n";

Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// Takes connections into its queue, and accepts the first one where it has something to answer.
class Server {
 public:
  Server() : path_(folder_.path() + "/socket"), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
  }
  ~Server() {
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// What it was asked; once it has answered.
  [[nodiscard]] std::string heard() {
    thread_.join();
    return heard_;
  }

  void answer(std::string text) {
    thread_ = std::thread([this, text = std::move(text)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      heard_.resize(kQuestion.size());
      heard_.resize(static_cast<std::size_t>(
          std::max<ssize_t>(0, ::recv(connection, heard_.data(), heard_.size(), MSG_WAITALL))));
      for (const char byte : text)
        (void)::send(connection, &byte, 1, MSG_NOSIGNAL);
      ::close(connection);
    });
  }

 private:
  tests::TemporaryFolder folder_;
  std::string path_;
  int listener_;
  std::string heard_;
  std::thread thread_;
};

Answer<wire::authdaemond::Account> ask(Server& server) {
  return ctl::ask_authdaemond(server.path(), Secret(kQuestion), in(60s));
}

}  // namespace

TEST_CASE("authdaemond is asked, and its answer read") {
  Server server;
  server.answer("UID=1\nGID=2\nADDRESS=alice@example.com\n.\n");
  const auto answer = ask(server);
  REQUIRE(answer.is_found());
  CHECK(answer.value().address == "alice@example.com");
  CHECK(server.heard() == kQuestion);
}

TEST_CASE("A refusal is told from what nobody could tell") {
  struct Case {
    std::string answer;
    Outcome outcome;
    std::string reason;
  };
  for (const auto& c : {
           Case{"FAIL\n", Outcome::NotFound, ""},
           Case{"", Outcome::TemporaryFailure, ": closed without an answer"},
           Case{"UID=1\nGID=2\n", Outcome::TemporaryFailure, ": closed in the middle of its answer"},
           Case{"FAI", Outcome::TemporaryFailure, ": closed in the middle of its answer"},
           Case{"HTTP/1.1 400\n.\n", Outcome::TemporaryFailure,
                ": not authdaemond's protocol: not an account"},
           Case{std::string(10000, 'x'), Outcome::TemporaryFailure,
                ": not authdaemond's protocol: an answer"},
       }) {
    INFO(c.answer);
    Server server;
    server.answer(c.answer);
    const auto answer = ask(server);
    CHECK(answer.outcome() == c.outcome);
    INFO(answer.reason());
    CHECK(answer.reason().find(c.reason.empty() ? "" : server.path() + c.reason) == 0);
  }
}

TEST_CASE("Who is silent is waited for until the deadline") {
  Server server;
  const auto answer = ctl::ask_authdaemond(server.path(), Secret(kQuestion), in(50ms));
  CHECK(answer.outcome() == Outcome::TemporaryFailure);
  CHECK(answer.reason() == server.path() + ": no answer in time");
}

TEST_CASE("A socket where nobody listens is named") {
  const auto answer = ctl::ask_authdaemond("/nowhere/socket", Secret(kQuestion), in(60s));
  CHECK(answer.outcome() == Outcome::TemporaryFailure);
  CHECK(answer.reason() == "/nowhere/socket: can't connect: No such file or directory");
}
