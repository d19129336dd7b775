// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include "net/connection_limit.hpp"
#include "net/event_loop.hpp"
#include "net/service_manager.hpp"
#include "net/session.hpp"
#include "net/session_ends.hpp"
#include "net/socket_file.hpp"
#include "net/tcp_socket.hpp"

#include <csignal>
#include <list>
#include <utility>
#include <vector>

#include <asio.hpp>

namespace extmail::net {
namespace {

using Stream = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Stream>;
using namespace std::chrono_literals;

/// How often sessions are checked for peers that keep us waiting; time-outs are that exact.
constexpr auto kSweep = 1s;

/// The same once told to stop, when somebody waits for the end.
constexpr auto kLastSweep = 10ms;

/// When accept fails for want of descriptors, waiting gives running sessions time to end.
constexpr auto kAcceptPause = 100ms;

int family_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return address.ss_family;
}

}  // namespace

class Server::Impl {
 public:
  Impl(Settings settings, Log& log)
      : settings_(settings),
        log_(log),
        shared_limit_(std::make_shared<ConnectionLimit>(settings.max_connections)),
        loop_(log),
        context_(loop_.context()),
        signals_(context_, SIGTERM, SIGINT, SIGHUP),
        sweep_(context_) {}

  Handover& handover() { return loop_; }

  void listen(const Listener& listener, Protocol& protocol) {
    if (const auto socket = inherited_->take(listener)) return add(*socket, {}, protocol);
    Ours ours{true, std::nullopt};
    if (const auto* tcp = std::get_if<TcpListener>(&listener))
      return add(open_tcp_socket(*tcp), std::move(ours), protocol);
    ours.file.emplace(std::get<UnixListener>(listener));
    const int socket = ours.file->release_descriptor();
    add(socket, std::move(ours), protocol);
  }

  void run(const std::function<void()>& on_reload) {
    const StopTelling at_the_end{*ends_};
    inherited_.reset();
    for (auto& place : places_)
      accept(place);
    wait_for_signal(on_reload);
    sweep();
    notify_ready();
    loop_.run();
  }

  [[nodiscard]] Statistics statistics() const {
    return {shared_limit_->open, shared_limit_->max, shared_limit_->accepted, shared_limit_->refused};
  }

 private:
  struct StopTelling {
    SessionEnds& ends;
    ~StopTelling() { ends.stop(); }
  };

  /// What we made and have to tidy away; nothing of an inherited socket.
  struct Ours {
    bool socket = false;
    std::optional<SocketFile> file;
  };

  /// A socket that we listen on.
  struct Place {
    Ours ours;
    Acceptor acceptor;
    asio::steady_timer pause;
    Protocol& protocol;
    std::shared_ptr<ConnectionLimit> limit;
  };

  void add(int socket, Ours ours, Protocol& protocol) {
    const std::size_t own = protocol.limits().own_connections;
    places_.push_back({std::move(ours), Acceptor(context_, Stream(family_of(socket), 0), socket),
                       asio::steady_timer(context_), protocol,
                       own == 0 ? shared_limit_ : std::make_shared<ConnectionLimit>(own)});
  }

  void accept(Place& place) {
    place.acceptor.async_accept([this, &place](asio::error_code error, Stream::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return pause_accepting(place, error);
      open_session(place, std::move(socket));
      if (!is_stopping_) accept(place);
    });
  }

  /// Peers that have connected before we were told to stop get their answers too, unless the service manager keeps the
  /// socket: then they are the next process's.
  void accept_the_last(Place& place) {
    place.acceptor.non_blocking(true);
    while (place.ours.socket) {
      asio::error_code error;
      Stream::socket socket(context_);
      place.acceptor.accept(socket, error);
      if (error) break;
      open_session(place, std::move(socket));
    }
  }

  void pause_accepting(Place& place, asio::error_code error) {
    if (may_complain_of_accept_(std::chrono::steady_clock::now())) {
      log_.write(Level::Error, "accept_failed",
                 error.message() +
                     "; raise the limit of open files (systemd: LimitNOFILE=) or lower max_connections");
    }
    place.pause.expires_after(kAcceptPause);
    place.pause.async_wait([this, &place](asio::error_code aborted) {
      if (!aborted && !is_stopping_) accept(place);
    });
  }

  void open_session(Place& place, Stream::socket socket) {
    if (sessions_.size() >= settings_.max_connections) drop_closed();
    if (place.limit->is_reached()) return refuse(place);
    const auto session = make_session(place, std::move(socket));
    sessions_.push_back(session);
    session->start();
    if (is_stopping_) session->finish();
  }

  /// Counted until nothing uses it any more, which may be after the server's own end.
  std::shared_ptr<Session> make_session(Place& place, Stream::socket socket) {
    auto session = std::make_unique<Session>(std::move(socket), place.protocol, ends_, log_);
    place.limit->accepted.fetch_add(1, std::memory_order_relaxed);
    place.limit->open.fetch_add(1, std::memory_order_relaxed);
    return {session.release(), [limit = place.limit](const Session* ended) {
              delete ended;
              limit->open.fetch_sub(1, std::memory_order_relaxed);
            }};
  }

  void refuse(const Place& place) {
    place.limit->refused.fetch_add(1, std::memory_order_relaxed);
    if (!place.limit->may_complain(std::chrono::steady_clock::now())) return;
    const std::string all = "closing new connections: all " + std::to_string(place.limit->max);
    const bool is_shared = place.limit == shared_limit_;
    log_.write(Level::Warning, "too_many_connections",
               is_shared
                   ? all + " are in use; raise max_connections or lower Postfix's process limits"
                   : all + " for " + std::string(place.protocol.name()) + " are in use; who asks so often?");
  }

  void drop_closed() {
    sessions_.remove_if([](const auto& weak) {
      const auto session = weak.lock();
      return !session || session->is_closed();
    });
  }

  void sweep() {
    notify_alive();
    sweep_.expires_after(is_stopping_ ? asio::steady_timer::duration(kLastSweep) : kSweep);
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
      notify_reloading();
      on_reload();
      notify_ready();
      wait_for_signal(on_reload);
    });
  }

  void stop() {
    notify_stopping();
    is_stopping_ = true;
    stop_deadline_ = std::chrono::steady_clock::now() + settings_.stop_grace;
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) session->finish();
    }
    for (auto& place : places_) {
      accept_the_last(place);
      place.acceptor.close();
      place.pause.cancel();
      place.ours.file.reset();
    }
    sweep();
  }

  const Settings settings_;
  Log& log_;
  const std::shared_ptr<ConnectionLimit> shared_limit_;
  EventLoop loop_;
  asio::io_context& context_;
  asio::signal_set signals_;
  asio::steady_timer sweep_;
  std::optional<InheritedSockets> inherited_{log_};
  std::list<Place> places_;
  std::list<std::weak_ptr<Session>> sessions_;
  const std::shared_ptr<SessionEnds> ends_ = std::make_shared<SessionEnds>();
  OncePerMinute may_complain_of_accept_;
  bool is_stopping_ = false;
  std::chrono::steady_clock::time_point stop_deadline_{};
};

Server::Server(Settings settings, Log& log) : impl_(std::make_unique<Impl>(settings, log)) {}
Server::~Server() = default;
void Server::listen(const Listener& listener, Protocol& protocol) {
  impl_->listen(listener, protocol);
}
Handover& Server::handover() {
  return impl_->handover();
}
void Server::run(const std::function<void()>& on_reload) {
  impl_->run(on_reload);
}
Server::Statistics Server::statistics() const {
  return impl_->statistics();
}

}  // namespace extmail::net
