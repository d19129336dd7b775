// SPDX-License-Identifier: MIT
#include "daemon/metrics_protocol.hpp"

#include "wire/http.hpp"

#include <chrono>
#include <utility>

namespace extmail::daemon {
namespace {

using namespace std::chrono_literals;
using Kind = wire::http::Request::Kind;

std::string refusal(int status, std::string text, Kind kind) {
  wire::http::Response response;
  response.status = status;
  response.body = std::move(text) + '\n';
  return wire::http::encode_response(response, kind);
}

}  // namespace

MetricsProtocol::MetricsProtocol(Page page, std::string_view content_type, Log& log)
    : page_(std::move(page)), content_type_(content_type), workers_("scrapes", 1, kMaxPeers, log) {}

net::Protocol::Limits MetricsProtocol::limits() const {
  Limits limits;
  limits.one_request = true;
  limits.own_connections = kMaxPeers;
  limits.idle = 10s;
  limits.frame = 10s;
  limits.write = 10s;
  return limits;
}

Frame MetricsProtocol::split(std::string_view input) const {
  return wire::http::split_request(input);
}

std::string_view MetricsProtocol::farewell() const {
  return wire::http::kFarewell;
}

void MetricsProtocol::serve(std::string_view payload, const net::Peer&, net::Responder responder) {
  const auto request = wire::http::decode_request(payload);
  const Kind kind = request.kind;
  if (kind == Kind::Broken) return responder.reply(refusal(400, "no HTTP/1.1 request", kind));
  if (request.path != "/metrics") return responder.reply(refusal(404, "the page is /metrics", kind));
  if (kind == Kind::Other) return responder.reply(refusal(405, "only GET and HEAD are served", kind));
  // No more can wait than there are connections, so this is not refused; if it were, the connection would be closed.
  (void)workers_.submit([this, kind, owed = std::move(responder)]() mutable {
    owed.reply(wire::http::encode_response({200, content_type_, page_()}, kind));
  });
}

}  // namespace extmail::daemon
