// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include "net/listener.hpp"
#include "net/session.hpp"

#include <csignal>
#include <list>
#include <utility>
#include <vector>

#include <asio.hpp>

namespace extmail::net {
namespace {

using Stream = asio::local::stream_protocol;
using namespace std::chrono_literals;

/// How often sessions are checked for peers that keep us waiting; time-outs are that exact.
constexpr auto kSweep = 1s;

/// When accept fails for want of descriptors, waiting gives running sessions time to end.
constexpr auto kAcceptPause = 100ms;

}  // namespace

class Server::Impl {
 public:
  Impl(Settings settings, Log& log)
      : settings_(settings), log_(log), signals_(context_, SIGTERM, SIGINT, SIGHUP), sweep_(context_) {}

  void listen(const UnixListener& listener, Protocol& protocol) {
    SocketFile file(listener);
    Stream::acceptor acceptor(context_, Stream(), file.release_descriptor());
    listeners_.push_back({std::move(file), std::move(acceptor), asio::steady_timer(context_), protocol});
  }

  void run(const std::function<void()>& on_reload) {
    for (auto& listener : listeners_)
      accept(listener);
    wait_for_signal(on_reload);
    sweep();
    context_.run();
  }

 private:
  struct Listener {
    SocketFile file;
    Stream::acceptor acceptor;
    asio::steady_timer pause;
    Protocol& protocol;
  };

  void accept(Listener& listener) {
    listener.acceptor.async_accept([this, &listener](asio::error_code error, Stream::socket socket) {
      // An accept that was complete before stop() comes in afterwards, when its listener is gone.
      if (error == asio::error::operation_aborted || is_stopping_) return;
      if (error) return pause_accepting(listener, error);
      open_session(listener, std::move(socket));
      accept(listener);
    });
  }

  void pause_accepting(Listener& listener, asio::error_code error) {
    if (may_complain_of_accept_(std::chrono::steady_clock::now())) {
      log_.write(Level::Error, "accept_failed",
                 error.message() +
                     "; raise the limit of open files (systemd: LimitNOFILE=) or lower max_connections");
    }
    listener.pause.expires_after(kAcceptPause);
    listener.pause.async_wait([this, &listener](asio::error_code aborted) {
      if (!aborted && !is_stopping_) accept(listener);
    });
  }

  void open_session(Listener& listener, Stream::socket socket) {
    if (sessions_.size() >= settings_.max_connections) drop_closed();
    if (sessions_.size() >= settings_.max_connections) return complain_full();
    const auto session = std::make_shared<Session>(std::move(socket), listener.protocol, log_);
    sessions_.push_back(session);
    session->start();
  }

  void complain_full() {
    if (!may_complain_of_limit_(std::chrono::steady_clock::now())) return;
    log_.write(Level::Warning, "too_many_connections",
               "closing new connections: all " + std::to_string(settings_.max_connections) +
                   " are in use; raise max_connections or lower Postfix's process limits");
  }

  void drop_closed() {
    sessions_.remove_if([](const auto& weak) {
      const auto session = weak.lock();
      return !session || session->is_closed();
    });
  }

  void sweep() {
    sweep_.expires_after(kSweep);
    sweep_.async_wait([this](asio::error_code error) {
      if (error) return;
      const auto now = std::chrono::steady_clock::now();
      for (const auto& weak : sessions_) {
        if (const auto session = weak.lock()) session->check_time(now);
      }
      drop_closed();
      if (is_stopping_ && (sessions_.empty() || now >= stop_deadline_)) return context_.stop();
      sweep();
    });
  }

  void wait_for_signal(const std::function<void()>& on_reload) {
    signals_.async_wait([this, &on_reload](asio::error_code error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return stop();
      on_reload();
      wait_for_signal(on_reload);
    });
  }

  void stop() {
    is_stopping_ = true;
    stop_deadline_ = std::chrono::steady_clock::now() + settings_.stop_grace;
    listeners_.clear();
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) session->finish();
    }
    drop_closed();
    if (sessions_.empty()) context_.stop();
  }

  const Settings settings_;
  Log& log_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  asio::steady_timer sweep_;
  std::list<Listener> listeners_;
  std::list<std::weak_ptr<Session>> sessions_;
  OncePerMinute may_complain_of_accept_;
  OncePerMinute may_complain_of_limit_;
  bool is_stopping_ = false;
  std::chrono::steady_clock::time_point stop_deadline_{};
};

Server::Server(Settings settings, Log& log) : impl_(std::make_unique<Impl>(settings, log)) {}
Server::~Server() = default;
void Server::listen(const UnixListener& listener, Protocol& protocol) {
  impl_->listen(listener, protocol);
}
void Server::run(const std::function<void()>& on_reload) {
  impl_->run(on_reload);
}

}  // namespace extmail::net
