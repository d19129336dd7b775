// SPDX-License-Identifier: MIT
#include "question.hpp"

#include <string>

namespace extmail::sasl {
namespace {

std::string account_name(const sasl_server_params_t& params, std::string_view identity) {
  std::string name(identity);
  const std::string_view realm = params.user_realm == nullptr ? "" : params.user_realm;
  if (!realm.empty() && name.find('@') == std::string::npos) name.append(1, '@').append(realm);
  return name;
}

/// libsasl has the peer as "address;port".
std::string_view remote_address(const sasl_server_params_t& params) {
  const std::string_view peer = params.ipremoteport == nullptr ? "" : params.ipremoteport;
  return peer.substr(0, peer.rfind(';'));
}

}  // namespace

wire::auth::Request question_about(const sasl_server_params_t& params, wire::auth::Verb verb,
                                   std::string_view identity) {
  wire::auth::Request request;
  request.verb = verb;
  request.user = account_name(params, identity);
  request.service = params.service == nullptr ? "" : params.service;
  request.remote = remote_address(params);
  request.secured = params.external_ssf > 0;
  return request;
}

}  // namespace extmail::sasl
