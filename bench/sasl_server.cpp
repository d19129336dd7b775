// SPDX-License-Identifier: MIT
#include "sasl_server.hpp"

#include "sasl_calls.hpp"
#include "sasl_client.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <sasl/sasl.h>

namespace extmail::bench {
namespace {

constexpr const char* kServerName = "mail.bench.test";

int drop_log(void* /*context*/, int /*level*/, const char* /*message*/) {
  return SASL_OK;  // what matters is in sasl_errdetail() too
}

const std::array<sasl_callback_t, 2> kCallbacks{
    {{SASL_CB_LOG, reinterpret_cast<int (*)()>(reinterpret_cast<void*>(drop_log)), nullptr},
     {SASL_CB_LIST_END, nullptr, nullptr}}};

/// Each user has a /24 network of their own, as people have, and who is refused spoils nobody else's.
std::string remote_of(const User& user, std::size_t place) {
  const std::string net = user.is_right ? "10." + std::to_string(place >> 8U & 255U) : "198.18";
  return net + '.' + std::to_string(place & 255U) + '.' + std::to_string(place >> 16U & 255U) + ";50000";
}

/// One connection's server half, set up as smtpd does with smtpd_sasl_security_options = noanonymous.
class Connection {
 public:
  Connection(const User& user, std::size_t place) {
    require(sasl_server_new("smtp", kServerName, nullptr, "192.0.2.1;25", remote_of(user, place).c_str(),
                            nullptr, 0, &handle_),
            "sasl_server_new");
    sasl_security_properties_t security{};
    security.security_flags = SASL_SEC_NOANONYMOUS;
    require(sasl_setprop(handle_, SASL_SEC_PROPS, &security), "sasl_setprop");
    const char* mechanisms = nullptr;
    require(sasl_listmech(handle_, nullptr, "", " ", "", &mechanisms, nullptr, nullptr), "sasl_listmech");
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sasl_dispose(&handle_); }

  int start(const std::string& mechanism, const std::optional<std::string>& initial) {
    const char* const text = initial ? initial->data() : nullptr;
    const auto length = static_cast<unsigned>(initial ? initial->size() : 0);
    return sasl_server_start(handle_, mechanism.c_str(), text, length, &challenge_, &challenge_length_);
  }

  int step(const std::string& response) {
    return sasl_server_step(handle_, response.data(), static_cast<unsigned>(response.size()), &challenge_,
                            &challenge_length_);
  }

  [[nodiscard]] std::string_view challenge() const {
    return challenge_ == nullptr ? std::string_view() : std::string_view(challenge_, challenge_length_);
  }

  [[nodiscard]] std::string user() const {
    const void* name = nullptr;
    require(sasl_getprop(handle_, SASL_USERNAME, &name), "sasl_getprop");
    return static_cast<const char*>(name);
  }

  [[nodiscard]] std::string error() const { return sasl_errdetail(handle_); }

 private:
  sasl_conn_t* handle_ = nullptr;
  const char* challenge_ = nullptr;
  unsigned challenge_length_ = 0;
};

}  // namespace

SaslServer::SaslServer(std::string program) : program_(std::move(program)) {
  require(sasl_server_init(kCallbacks.data(), program_.c_str()), "sasl_server_init");
}

SaslServer::~SaslServer() {
  sasl_server_done();
}

Result SaslServer::log_in(const User& user, std::size_t place, const std::string& mechanism) const {
  const SaslClient client(user, mechanism);
  Connection server(user, place);
  int result = server.start(mechanism, client.initial());
  while (result == SASL_CONTINUE)
    result = server.step(client.respond(server.challenge()));
  if (result == SASL_OK) {
    std::string name = server.user();
    const bool is_right = name == user.name;
    return {is_right ? Answer::LoggedIn : Answer::Trouble, "logged in as " + std::move(name)};
  }
  // For Postfix these are a refusal, 535; anything else it takes for trouble, 454.
  const bool is_refused = result == SASL_BADAUTH || result == SASL_NOUSER;
  return {is_refused ? Answer::Refused : Answer::Trouble, server.error()};
}

}  // namespace extmail::bench
