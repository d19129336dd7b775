// SPDX-License-Identifier: MIT
#include "client/unix_stream.hpp"
#include "ctl/explain/login.hpp"
#include "wire/auth_protocol.hpp"

#include <chrono>
#include <utility>

namespace extmail::ctl {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

/// extmail-authd holds a login back for some seconds at most.
constexpr std::chrono::seconds kPatience{30};

Answer<Reply> ask(client::UnixStream& stream, const Request& request, Deadline deadline) {
  using Told = Answer<Reply>;
  if (const auto error = stream.send(wire::auth::encode(request).view(), deadline))
    return Told::temporary_failure(error.message());
  Secret received;
  while (true) {
    const Frame frame = wire::auth::split_message(received.view());
    if (frame.state == Frame::State::Malformed) return Told::temporary_failure(std::string(frame.error));
    if (frame.state == Frame::State::Complete) {
      auto reply = wire::auth::decode_reply(frame.payload);
      return reply ? Told::found(std::move(*reply))
                   : Told::temporary_failure("no reply of the auth protocol");
    }
    const auto more = stream.receive(received, deadline);
    if (more.error) return Told::temporary_failure(more.error.message());
    if (more.bytes == 0) return Told::temporary_failure("closed without an answer");
  }
}

Answer<Reply> ask(const std::string& socket, const Request& request) {
  using Told = Answer<Reply>;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  auto stream = client::UnixStream::connect(socket, deadline);
  if (!stream.is_found()) return Told::temporary_failure(stream.reason());
  Request hello;
  hello.tag = 1;
  hello.host = "extmailctl";
  auto greeting = ask(stream.value(), hello, deadline);
  if (!greeting.is_found() || greeting.value().status != Status::Ok) return greeting;
  return ask(stream.value(), request, deadline);
}

Verdict verdict_of(Status status) {
  switch (status) {
    case Status::Ok:
      return Verdict::Passes;
    case Status::Unknown:
    case Status::Mismatch:
    case Status::Denied:
      return Verdict::Refused;
    case Status::Permanent:
      return Verdict::Misconfigured;
    case Status::Temporary:
      break;
  }
  return Verdict::Temporary;
}

Outcome outcome_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passes:
      return Outcome::Found;
    case Verdict::Refused:
      return Outcome::NotFound;
    case Verdict::Misconfigured:
      return Outcome::PermanentFailure;
    case Verdict::Temporary:
      break;
  }
  return Outcome::TemporaryFailure;
}

std::string sentence_of(const Reply& reply, const Login& login) {
  switch (verdict_of(reply.status)) {
    case Verdict::Temporary:
      return "The login can't be decided: " + reply.reason + '.';
    case Verdict::Passes:
      break;
    default:
      return "The login is refused: " + reply.reason + '.';
  }
  const std::string where = !reply.user                    ? "extmail-authd lets it"
                            : reply.user->mailhost.empty() ? "the mail is in " + reply.user->maildir
                                                           : "the mail is on " + reply.user->mailhost;
  return "The login is let in" + std::string(login.password ? "" : " with the right password") + ": " +
         where + '.';
}

}  // namespace

Explanation explain_live_login(const std::string& socket, const Login& login) {
  Request request;
  request.verb = login.password ? Verb::Verify : Verb::User;
  request.tag = 2;
  request.user = login.user;
  request.service = login.service;
  request.remote = login.remote;
  request.secured = true;
  if (login.password) request.password = login.password->clone();
  auto told = ask(socket, request);
  Reply reply;
  if (told.is_found()) {
    reply = std::move(told).value();
  } else {
    reply.reason = socket + ": " + told.reason();
  }
  const Verdict verdict = verdict_of(reply.status);
  Step step{login.password ? "verify" : "user", login.user + ' ' + login.service + " from " + login.remote,
            outcome_of(verdict), verdict == Verdict::Passes ? "ok" : reply.reason};
  if (!login.password) {
    step.notes.emplace_back("networks that a login may come from are looked at with a password only");
  }
  return {{std::move(step)}, verdict, sentence_of(reply, login)};
}

}  // namespace extmail::ctl
