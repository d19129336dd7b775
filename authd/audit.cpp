// SPDX-License-Identifier: MIT
#include "authd/audit.hpp"

#include "core/printable.hpp"

#include <string>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

std::string subject(const Request& request) {
  std::string text = "user=" + log_value(request.user) + " service=" + log_value(request.service);
  if (!request.remote.empty()) text += " remote=" + log_value(request.remote);
  return text;
}

void log_ending(Log& log, const Request& request, const Reply& reply, std::string_view granted,
                std::string_view refused, const std::string& details) {
  switch (reply.status) {
    case Status::Ok:
      return log.write(Level::Info, granted, subject(request) + details);
    case Status::Temporary:
      return log.write(Level::Warning, "login_unavailable", subject(request) + ": " + reply.reason);
    case Status::Permanent:
      return log_unusable(log, request, reply.reason);
    default:
      return log.write(Level::Notice, refused, subject(request) + ": " + reply.reason);
  }
}

}  // namespace

void log_login(Log& log, const Request& request, const Reply& reply, std::string_view app_password) {
  const std::string details = app_password.empty() ? std::string() : " app=" + log_value(app_password);
  log_ending(log, request, reply, "login_ok", "login_refused", details);
}

void log_password_change(Log& log, const Request& request, const Reply& reply, bool is_reset) {
  const std::string text = subject(request) + ": " + reply.reason;
  switch (reply.status) {
    case Status::Ok:
      return log.write(Level::Info, "password_changed",
                       subject(request) + (is_reset ? ": without the old one" : ""));
    case Status::Temporary:
      return log.write(Level::Warning, "password_change_failed", text);
    case Status::Permanent:
      return log.write(Level::Error, "password_change_failed", text);
    case Status::Denied:
      return log.write(Level::Notice, "password_change_refused", text);
    default:
      return log.write(Level::Notice, is_reset ? "password_change_refused" : "login_refused", text);
  }
}

void log_throttled(Log& log, const Request& request, std::string_view reason) {
  log.write(Level::Notice, "login_throttled", subject(request) + ": " + std::string(reason));
}

void log_credentials(Log& log, const Request& request, const Reply& reply) {
  const std::string details = request.scheme.empty() ? std::string() : " scheme=" + log_value(request.scheme);
  log_ending(log, request, reply, "credentials_given", "credentials_refused", details);
}

void log_unusable(Log& log, const Request& request, std::string_view reason) {
  log.write(Level::Error, "account_unusable", subject(request) + ": " + std::string(reason));
}

}  // namespace extmail::authd
