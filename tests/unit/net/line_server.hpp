// SPDX-License-Identifier: MIT
#pragma once

#include "net/server.hpp"
#include "net/workers.hpp"
#include "support/catch.hpp"
#include "support/recording_log.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

namespace extmail::tests {

/// So many parts of so many bytes: an answer that is never in memory as a whole.
inline constexpr std::size_t kParts = 200;
inline constexpr std::size_t kPartBytes = 65536;

/// Answers lines by the same line, from a worker; "parts" by a long answer in parts, "quit" by closing, "drop" by
/// forgetting, "keep" not at all, "!" is malformed.
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
    if (payload == "keep") {
      kept.emplace(std::move(responder));
      return;
    }
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      {
        const std::lock_guard lock(ended_mutex_);
        if (ended_.size() >= count) return ended_;
      }
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }

  std::optional<net::Responder> kept;
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

}  // namespace extmail::tests
