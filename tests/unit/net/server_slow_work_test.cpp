// SPDX-License-Identifier: MIT
#include "net/server.hpp"
#include "net/workers.hpp"
#include "support/catch.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"
#include "unit/net/socket_client.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <unistd.h>

using namespace extmail;
using tests::Client;
using namespace std::chrono_literals;

namespace {

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
