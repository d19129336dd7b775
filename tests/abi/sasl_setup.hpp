// SPDX-License-Identifier: MIT
#pragma once

#include "sasl_fakes.hpp"
#include "sasl_host.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::tests {

inline constexpr std::string_view kGood = FakeAuthd::kPassword;
inline constexpr std::string_view kBad = "Sek.ret2";

/// The sockets and the configuration that the guide gives to Postfix.
struct SaslSetup {
  ScratchFolder scratch;
  std::optional<FakeAuthd> authd{std::in_place, scratch.path("auth")};
  std::optional<FakeSaslauthd> saslauthd{std::in_place, scratch.path("mux")};

  [[nodiscard]] std::string configuration() const {
    return "pwcheck_method: auxprop saslauthd\nauxprop_plugin: extmail\nsaslauthd_path: " +
           scratch.path("mux") + "\nextmail_socket: " + scratch.path("auth") + "\nextmail_timeout: 1\n";
  }
  void start_authd() { authd.emplace(scratch.path("auth")); }
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace extmail::tests
