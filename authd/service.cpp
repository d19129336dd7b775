// SPDX-License-Identifier: MIT
#include "authd/service.hpp"

#include <utility>

namespace extmail::authd {
namespace {

using namespace std::chrono_literals;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

/// Below the 30 s of authdaemond's clients, the shortest patience among those who ask.
constexpr auto kLookupTime = 10s;

/// More logins than this at once are a flood, and each may hold a password in memory.
constexpr std::size_t kMaxQueued = 4096;

Reply overloaded(std::uint64_t tag) {
  Reply reply;
  reply.status = Status::Temporary;
  reply.tag = tag;
  reply.reason = "too many requests are waiting";
  return reply;
}

}  // namespace

Service::Service(std::shared_ptr<const Authenticator> authenticator, Threads threads, Log& log)
    : authenticator_(std::move(authenticator)),
      hashes_("password checks", threads.hashes, kMaxQueued, log),
      lookups_("account lookups", threads.lookups, kMaxQueued, log) {}

void Service::submit(Request request, const Done& done) {
  const auto tag = request.tag;
  const auto shared = std::make_shared<Request>(std::move(request));
  // From here, not from when a thread is free: who has waited so long has given up.
  const Deadline deadline = Deadline::clock::now() + kLookupTime;
  const bool accepted = lookups_.submit([this, authenticator = authenticator_, shared, done, deadline] {
    switch (shared->verb) {
      case Verb::User:
        return done(authenticator->user_data(*shared, deadline));
      case Verb::Credentials:
        return done(authenticator->credentials(*shared, deadline));
      default:
        break;
    }
    auto evidence = std::make_shared<Authenticator::Evidence>(authenticator->look_up(shared->user, deadline));
    const bool hashing = hashes_.submit([authenticator, shared, evidence, done, deadline] {
      const bool too_late = Deadline::clock::now() >= deadline;
      done(too_late ? overloaded(shared->tag) : authenticator->verify(*shared, *evidence));
    });
    if (!hashing) done(overloaded(shared->tag));
  });
  if (!accepted) done(overloaded(tag));
}

}  // namespace extmail::authd
