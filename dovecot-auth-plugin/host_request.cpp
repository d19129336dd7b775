// SPDX-License-Identifier: MIT
#include "host_request.hpp"

#include "dovecot.hpp"

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

constexpr std::size_t kMaxReasonBytes = 256;

}  // namespace

auth::Request question_about(const auth_request& request, auth::Verb verb) {
  auth::Request question;
  question.verb = verb;
  question.user = request.fields.user;
  question.service = service_of(request);
  question.remote = net_ip2addr(&request.fields.remote_ip);
  question.secured = is_secured(request);
  return question;
}

std::string printable_reason(const auth::Reply& reply) {
  if (reply.reason.empty()) return "no reason given; see the log of extmail-authd";
  return str_sanitize(reply.reason.c_str(), kMaxReasonBytes);
}

void log_failure(const auth_request& request, const std::string& reason) {
  e_error(authdb_event(&request), "Lookup failed: %s", reason.c_str());
}

}  // namespace extmail::dovecot
