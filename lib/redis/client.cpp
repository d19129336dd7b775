// SPDX-License-Identifier: MIT
#include "redis/client.hpp"

#include "redis/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace extmail::redis {
namespace {

/// Errors that are not of the command but of the server, which would refuse every other one too.
bool means_away(const std::string& error) {
  static constexpr std::array<std::string_view, 12> kCodes{
      "READONLY", "LOADING", "MASTERDOWN", "MISCONF",    "NOAUTH",      "OOM",
      "BUSY",     "MOVED",   "ASK",        "NOREPLICAS", "CLUSTERDOWN", "CROSSSLOT"};
  const auto code = std::string_view(error).substr(0, error.find(' '));
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

int make_wake_fd() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

/// Signals are the main thread's, and hiredis writes without MSG_NOSIGNAL.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Client::Client(Settings settings, std::vector<Command> greeting, Events events)
    : settings_(std::move(settings)),
      greeting_(std::move(greeting)),
      events_(std::move(events)),
      wake_fd_(make_wake_fd()),
      thread_([this] { run(); }) {
  std::unique_lock lock(mutex_);
  first_attempt_ended_.wait_for(lock, settings_.timeout, [this] { return has_tried_; });
}

Client::~Client() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  (void)eventfd_write(wake_fd_, 1);
  thread_.join();
  close(wake_fd_);
}

void Client::submit(Command command, Done done) {
  Request request{std::move(command), std::move(done), std::chrono::steady_clock::now() + settings_.timeout};
  for (const auto& argument : request.command)
    request.bytes += argument.size();

  std::unique_lock lock(mutex_);
  auto refusal = why_refused(request.bytes);
  if (refusal.empty()) {
    ++commands_;
    bytes_ += request.bytes;
    waiting_.push_back(std::move(request));
    (void)eventfd_write(wake_fd_, 1);
    return;
  }
  lock.unlock();
  request.done(Answer<Reply>::temporary_failure(std::move(refusal)));
}

std::string Client::why_refused(std::size_t bytes) const {
  if (is_stopping_) return "Redis is not asked any more";
  if (!is_ready_) return "Redis can't be asked: " + away_reason_;
  if (commands_ >= kMaxCommands || bytes > kMaxBytes - bytes_) return "too many commands wait for Redis";
  return {};
}

void Client::run() {
  block_signals();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) break;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!connection_ && now >= next_attempt_) connect();
    if (connection_ && is_ready_) send_waiting();

    std::array<pollfd, 2> polled{pollfd{wake_fd_, POLLIN, 0}, pollfd{-1, POLLIN, 0}};
    if (connection_) {
      polled[1].fd = connection_->fd();
      if (is_connecting_ || connection_->has_unwritten()) polled[1].events |= POLLOUT;
    }
    (void)poll(polled.data(), polled.size(), pause(std::chrono::steady_clock::now()));
    std::uint64_t ignored = 0;
    (void)eventfd_read(wake_fd_, &ignored);
    if (connection_ && polled[1].revents != 0) exchange(polled[1].revents);

    const auto after = std::chrono::steady_clock::now();
    const bool is_late = is_ready_ ? !sent_.empty() && after >= sent_.front().deadline
                                   : connection_ && after >= greeting_deadline_;
    if (connection_ && is_late) lose("no answer in time");
  }
  lose("it is not asked any more");
}

int Client::pause(Time now) const {
  auto until = next_attempt_;
  if (connection_ && !is_ready_) {
    until = greeting_deadline_;
  } else if (connection_) {
    until = sent_.empty() ? last_heard_ + kHeartbeat : sent_.front().deadline;
  }
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::max<std::int64_t>(rest, 0));
}

void Client::connect() {
  connection_ = std::make_unique<Connection>(settings_);
  if (connection_->fd() < 0) return lose(connection_->error());
  is_connecting_ = true;
  greeting_deadline_ = std::chrono::steady_clock::now() + settings_.timeout;
}

bool Client::greet() {
  is_connecting_ = false;
  greetings_ = 0;
  const auto say = [this](const Command& command) {
    ++greetings_;
    return connection_->append(command);
  };
  if (!settings_.password.empty()) {
    Command auth{"AUTH"};
    if (!settings_.user.empty()) auth.push_back(settings_.user);
    auth.emplace_back(settings_.password.view());
    const bool is_said = say(auth);
    wipe(auth.back());
    if (!is_said) return false;
  }
  if (settings_.database != 0 && !say({"SELECT", std::to_string(settings_.database)})) return false;
  return std::all_of(greeting_.begin(), greeting_.end(), say);
}

void Client::send_waiting() {
  std::deque<Request> requests;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(waiting_);
  }
  const auto now = std::chrono::steady_clock::now();
  if (requests.empty() && sent_.empty() && now >= last_heard_ + kHeartbeat) {
    const std::lock_guard lock(mutex_);
    ++commands_;
    requests.push_back({{"PING"}, [](const Answer<Reply>&) {}, now + settings_.timeout, 0});
  }
  bool is_fine = true;
  for (auto& request : requests) {
    is_fine = is_fine && connection_->append(request.command);
    request.command.clear();
    sent_.push_back(std::move(request));
  }
  if (!is_fine || (connection_->has_unwritten() && !connection_->write())) lose(connection_->error());
}

void Client::exchange(short events) {
  if (is_connecting_) {
    if (!connection_->finish_connecting() || !greet()) return lose(connection_->error());
  }
  if (connection_->has_unwritten() && !connection_->write()) return lose(connection_->error());
  if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  if (!connection_->read()) return lose(connection_->error());
  (void)take_replies();
}

bool Client::take_replies() {
  for (;;) {
    std::optional<Reply> reply;
    if (!connection_->next(reply)) {
      lose(connection_->error());
      return false;
    }
    if (!reply) return true;
    if (!answer(std::move(*reply))) return false;
  }
}

bool Client::answer(Reply reply) {
  last_heard_ = std::chrono::steady_clock::now();
  if (!is_ready_) {
    if (reply.is_error() || greetings_ == 0) {
      lose(reply.is_error() ? reply.text : "it speaks without being asked");
      return false;
    }
    if (--greetings_ == 0) became_ready();
    return true;
  }
  if (sent_.empty() || (reply.is_error() && means_away(reply.text))) {
    lose(sent_.empty() ? "it speaks without being asked" : reply.text);
    return false;
  }
  auto request = std::move(sent_.front());
  sent_.pop_front();
  {
    const std::lock_guard lock(mutex_);
    --commands_;
    bytes_ -= request.bytes;
  }
  request.done(Answer<Reply>::found(std::move(reply)));
  return true;
}

void Client::became_ready() {
  ready_since_ = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    is_ready_ = true;
    has_tried_ = true;
  }
  first_attempt_ended_.notify_all();
  if (std::exchange(is_down_told_, false) && events_.up) events_.up();
}

void Client::lose(std::string reason) {
  connection_.reset();
  is_connecting_ = false;
  const auto now = std::chrono::steady_clock::now();
  // One that greets and then drops us, as often as it is asked, is no better than one that does not greet.
  if (is_ready_ && now - ready_since_ >= kLongestPause) next_pause_ = std::chrono::milliseconds(0);
  next_attempt_ = now + next_pause_;
  next_pause_ = std::clamp(next_pause_ * 2, kFirstPause, kLongestPause);

  auto lost = std::move(sent_);
  sent_.clear();
  bool is_stopping = false;
  {
    const std::lock_guard lock(mutex_);
    is_ready_ = false;
    has_tried_ = true;
    is_stopping = is_stopping_;
    away_reason_ = reason;
    for (auto& request : waiting_)
      lost.push_back(std::move(request));
    waiting_.clear();
    commands_ = 0;
    bytes_ = 0;
  }
  first_attempt_ended_.notify_all();
  if (!is_stopping && !std::exchange(is_down_told_, true) && events_.down) events_.down(reason);
  const auto failure = "Redis can't be asked: " + std::move(reason);
  for (auto& request : lost)
    request.done(Answer<Reply>::temporary_failure(failure));
}

}  // namespace extmail::redis
