// SPDX-License-Identifier: MIT
#pragma once

#include "support/temporary_folder.hpp"

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>

namespace extmail::tests {

/// A redis-server of the test's own, on a unix socket in a temporary folder.
class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> options = {}) : options_(std::move(options)) { start(); }
  ~RedisServer() { kill(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] std::string path() const { return folder_.path() + "/redis.sock"; }

  /// Returns before it listens.
  void start() {
    std::vector<std::string> words{
        "redis-server", "--port",       "0",         "--unixsocket",         path(), "--save", "",
        "--dir",        folder_.path(), "--logfile", folder_.path() + "/log"};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, "redis-server", nullptr, nullptr, arguments.data(), environ) != 0)
      throw std::runtime_error("redis-server can't be started");
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void hang() const { ::kill(pid_, SIGSTOP); }
  void go_on() const { ::kill(pid_, SIGCONT); }

 private:
  TemporaryFolder folder_;
  std::vector<std::string> options_;
  pid_t pid_ = -1;
};

}  // namespace extmail::tests
