// SPDX-License-Identifier: MIT
#include "authd_client.hpp"

#include <utility>

namespace extmail::sasl {

using wire::auth::Reply;
using wire::auth::Request;

AuthdClient::AuthdClient(std::string path, std::chrono::seconds timeout)
    : path_(std::move(path)), timeout_(timeout) {}

AuthdClient::~AuthdClient() {
  delete kept_.load();
}

Answer<Reply> AuthdClient::ask(Request request) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout_;
  request.tag = ++last_tag_;

  if (auto kept = take_kept()) {
    auto reply = kept->ask(request, deadline);
    if (!kept->was_dropped()) {
      if (reply.is_found()) keep(std::move(kept));
      return reply;
    }
  }

  auto opened = AuthdConnection::open(path_, deadline);
  if (!opened.is_found()) return Answer<Reply>::same_failure(opened);
  auto reply = opened.value()->ask(request, deadline);
  if (reply.is_found()) keep(std::move(opened).value());
  return reply;
}

std::unique_ptr<AuthdConnection> AuthdClient::take_kept() {
  std::unique_ptr<AuthdConnection> kept(kept_.exchange(nullptr));
  if (kept && kept->is_inherited()) kept.reset();
  return kept;
}

void AuthdClient::keep(std::unique_ptr<AuthdConnection> connection) {
  AuthdConnection* empty = nullptr;
  if (kept_.compare_exchange_strong(empty, connection.get())) (void)connection.release();
}

}  // namespace extmail::sasl
