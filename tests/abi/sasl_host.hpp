// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sasl/sasl.h>

namespace extmail::tests {

/// A folder that is there as long as this object. Its name is short enough for sockets in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }

 private:
  std::filesystem::path root_;
};

/// A login as a mail program does it.
struct Login {
  std::string mechanism;
  std::string user;
  std::string_view password;
  std::string realm{};                    ///< the server's own realm; none when empty
  std::string act_as{};                   ///< PLAIN's authorisation id; none when empty
  std::vector<const char*> properties{};  ///< what the server program asks for besides
};

/// This process as a server program of libsasl2 and its client at once: libsasl2 itself loads the built
/// plugin, the distribution's mechanisms, and the configuration. One at a time.
class SaslHost {
 public:
  /// configuration is what an admin would write into smtpd.conf.
  SaslHost(const ScratchFolder& scratch, const std::string& configuration);
  SaslHost(const SaslHost&) = delete;
  SaslHost& operator=(const SaslHost&) = delete;
  ~SaslHost();

  /// What the server's side of the login ends with: SASL_OK or another of libsasl2's results.
  [[nodiscard]] int log_in(const Login& login) const;

  /// What sasl_setpass() ends with, in a server whose own realm is realm; none when empty. flags are SASL_SET_*.
  [[nodiscard]] int set_password(const std::string& user, const std::string& realm, std::string_view password,
                                 unsigned flags = 0) const;

  /// What the log callback got since the last call, one line each.
  [[nodiscard]] static std::string take_log();
};

}  // namespace extmail::tests
