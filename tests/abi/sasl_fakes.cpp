// SPDX-License-Identifier: MIT
#include "sasl_fakes.hpp"

#include "wire/saslauthd.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::tests {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;
using namespace std::string_view_literals;

FakeServer::FakeServer(std::string path, Split split, Respond respond)
    : path_(std::move(path)), split_(split), respond_(std::move(respond)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wakeup_ = ::eventfd(0, EFD_CLOEXEC);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0) {
    throw std::runtime_error("can't listen on " + path_);
  }
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake();
  thread_.join();
  ::close(listener_);
  ::close(wakeup_);
  ::unlink(path_.c_str());
}

std::size_t FakeServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void FakeServer::drop_connections() {
  std::unique_lock lock(mutex_);
  drop_ = true;
  wake();
  dropped_.wait(lock, [this] { return !drop_; });
}

void FakeServer::wake() const {
  const std::uint64_t one = 1;
  if (::write(wakeup_, &one, sizeof one) < 0) std::terminate();
}

void FakeServer::run() {
  while (true) {
    std::vector<pollfd> waiting{{wakeup_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& client : clients_) {
      waiting.push_back({client.fd, POLLIN, 0});
    }
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;

    if (waiting[0].revents != 0) {
      std::uint64_t count = 0;
      if (::read(wakeup_, &count, sizeof count) < 0) std::terminate();
      close_all();
      const std::lock_guard lock(mutex_);
      if (stop_) return;
      drop_ = false;
      dropped_.notify_all();
      continue;
    }

    std::size_t i = 2;
    for (auto client = clients_.begin(); client != clients_.end(); ++i) {
      const bool done = waiting[i].revents != 0 && !serve(*client);
      if (done) ::close(client->fd);
      client = done ? clients_.erase(client) : std::next(client);
    }
    if (waiting[1].revents != 0) {
      clients_.push_back({::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), {}});
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
  }
}

bool FakeServer::serve(Client& client) {
  char bytes[4096];
  const ssize_t count = ::recv(client.fd, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  client.input.append(bytes, static_cast<std::size_t>(count));
  for (Frame frame = split_(client.input); frame.state == Frame::State::Complete;
       frame = split_(client.input)) {
    const Response response = respond_(frame.payload);
    client.input.erase(0, frame.consumed);
    if (::send(client.fd, response.bytes.data(), response.bytes.size(), MSG_NOSIGNAL) < 0) return false;
    if (response.close) return false;
  }
  return true;
}

void FakeServer::close_all() {
  for (const auto& client : clients_) {
    ::close(client.fd);
  }
  clients_.clear();
}

namespace {

FakeServer::Response send(const Reply& reply) {
  return {std::string(wire::auth::encode(reply).view()), false};
}

FakeServer::Response send(const Request& request, Status status, std::string reason = {}) {
  Reply reply;
  reply.tag = request.tag;
  reply.status = status;
  reply.reason = std::move(reason);
  return send(reply);
}

FakeServer::Response send_password(const Request& request, std::string_view password,
                                   std::uint64_t tag_offset = 0) {
  Reply reply;
  reply.tag = request.tag + tag_offset;
  reply.status = Status::Ok;
  reply.clear_password.emplace(password);
  return send(reply);
}

FakeServer::Response send_stored(const Request& request, std::string_view stored) {
  Reply reply;
  reply.tag = request.tag;
  reply.status = Status::Ok;
  reply.stored_password.emplace(stored);
  return send(reply);
}

// Of FakeAuthd::kPassword, by `doveadm pw`.
constexpr std::string_view kScramSha1 =
    "{SCRAM-SHA-1}4096,AK1Yt+SONLST58gjIPAkWw==,YwNk1wwhsw5DncyXIh1MtZzuPUM=,S9EUoBvghC8SxebC03CaLSORU2I=";
constexpr std::string_view kScramSha256 =
    "{SCRAM-SHA-256}4096,Q4JZ3vhlRqLUUzd3XhHbxw==,FrIgifexZp4KeX/YQGlD75mot/Euf2DObWTi+Tvk7xo=,"
    "5HonKy+/h0vkkAUjd/7S4cYY1ZChwaZVh5SIsDfkHi8=";
constexpr std::string_view kCramMd5 =
    "{cram-md5}6153e9c8349c7f25b095cfbfd9bfdfbda8b3e8d1e27889535bb8e1f28fb8c82a";

using Treatment = FakeServer::Response (*)(const Request&);

constexpr auto kTreatments = std::to_array<std::pair<std::string_view, Treatment>>({
    {"clear", [](const Request& request) { return send_password(request, FakeAuthd::kPassword); }},
    {"hash", [](const Request& request) { return send(request, Status::Ok); }},
    {"scram1", [](const Request& request) { return send_stored(request, kScramSha1); }},
    {"scram256", [](const Request& request) { return send_stored(request, kScramSha256); }},
    {"cram", [](const Request& request) { return send_stored(request, kCramMd5); }},
    {"broken_scram", [](const Request& request) { return send_stored(request, "{SCRAM-SHA-256}4096,x,y"); }},
    {"broken_cram", [](const Request& request) { return send_stored(request, "{CRAM-MD5}6153"); }},
    {"denied",
     [](const Request& request) { return send(request, Status::Denied, "the mailbox is inactive"); }},
    {"evil\nlog", [](const Request& request) { return send(request, Status::Denied, "two\nlines"); }},
    {"temporary", [](const Request& request) { return send(request, Status::Temporary, "no database"); }},
    {"permanent", [](const Request& request) { return send(request, Status::Permanent, "not for you"); }},
    {"empty", [](const Request& request) { return send_password(request, ""); }},
    {"nul", [](const Request& request) { return send_password(request, "Sek.ret1\0more"sv); }},
    {"mismatch", [](const Request& request) { return send(request, Status::Mismatch); }},
    {"other_tag", [](const Request& request) { return send_password(request, FakeAuthd::kPassword, 1); }},
    {"chatty",
     [](const Request& request) {
       auto response = send_password(request, FakeAuthd::kPassword);
       response.bytes += response.bytes;
       return response;
     }},
    {"garbage",
     [](const Request&) {
       return FakeServer::Response{"HTTP/1.1 400 Bad Request\r\n", false};
     }},
    {"oversize",
     [](const Request&) {
       return FakeServer::Response{"65537:", false};
     }},
    {"hang_up",
     [](const Request&) {
       return FakeServer::Response{"", true};
     }},
    {"half",
     [](const Request&) {
       return FakeServer::Response{"20:2:ok,", true};
     }},
    {"silent", [](const Request&) { return FakeServer::Response{}; }},
});

}  // namespace

FakeAuthd::FakeAuthd(const std::string& path)
    : server_(path, wire::auth::split_message,
              [this](std::string_view payload) { return respond(payload); }) {}

FakeServer::Response FakeAuthd::respond(std::string_view payload) {
  const auto request = wire::auth::decode_request(payload);
  if (!request) return {"", true};
  const std::lock_guard lock(mutex_);
  if (request->verb == Verb::Hello) {
    host_ = request->host;
    return send(*request, host_ == "cyrus-sasl" ? Status::Ok : Status::Permanent);
  }
  if (request->verb != Verb::Credentials && request->verb != Verb::ChangePassword) return {"", true};
  questions_.push_back({request->verb, host_, request->user, request->service, request->remote,
                        request->verifies_next, std::string(request->password.view()),
                        std::string(request->new_password.view())});
  const std::string local_part = request->user.substr(0, request->user.rfind('@'));
  for (const auto& [name, treat] : kTreatments) {
    if (name == local_part) return treat(*request);
  }
  return send(*request, Status::Unknown);
}

std::vector<FakeAuthd::Question> FakeAuthd::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

FakeSaslauthd::FakeSaslauthd(const std::string& path)
    : server_(path, wire::split_saslauthd, [](std::string_view payload) -> FakeServer::Response {
        const auto request = wire::decode_saslauthd(payload);
        if (!request || request->login == "temporary") return {wire::encode_saslauthd_unavailable(), true};
        const bool known = request->login == "hash" || request->login == "elsewhere";
        const bool matches = known && request->password.view() == FakeAuthd::kPassword;
        return {matches ? wire::encode_saslauthd_ok() : wire::encode_saslauthd_no("wrong"), true};
      }) {}

}  // namespace extmail::tests
