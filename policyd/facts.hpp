// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/network.hpp"
#include "wire/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace extmail::policyd {

/// Where in the SMTP session Postfix asks: the attribute protocol_state.
enum class Stage : std::uint8_t { Connect, Helo, Mail, Rcpt, Data, EndOfMessage, Vrfy, Etrn, Other };

inline constexpr std::size_t kStages = 9;

/// As metrics have it: `rcpt`, `end_of_message`, …
[[nodiscard]] std::string_view name_of(Stage stage);

/// One policy request as the rules read it, with what they all need of it made out once. It never changes.
///
/// Ownership: holds the request's text.
class Facts {
 public:
  /// connection is the policy client's (net::Peer::connection). Null where wire::policy::decode_request() is empty.
  [[nodiscard]] static std::shared_ptr<const Facts> read(std::string_view payload, std::uint64_t connection);

  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;

  /// As Postfix sent it.
  [[nodiscard]] const wire::policy::Request& request() const { return request_; }
  [[nodiscard]] std::uint64_t connection() const { return connection_; }

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] bool is_authenticated() const { return !request_.sasl_username.empty(); }
  /// sasl_username in lower case, which need be no address; empty without authentication.
  [[nodiscard]] const std::string& login_name() const { return login_name_; }

  /// Each empty where the attribute is empty (the null sender, say) or no address.
  [[nodiscard]] const std::optional<Address>& login() const { return login_; }
  [[nodiscard]] const std::optional<Address>& sender() const { return sender_; }
  [[nodiscard]] const std::optional<Address>& recipient() const { return recipient_; }
  [[nodiscard]] const std::optional<IpAddress>& client() const { return client_; }

  /// In bytes: what the client declared, from END-OF-MESSAGE on what the message has. 0 where nothing is known.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// 0 before DATA.
  [[nodiscard]] std::uint64_t recipient_count() const { return recipient_count_; }

  /// For logs: who asks for what, with all peer text made safe and bounded.
  [[nodiscard]] std::string describe() const;

 private:
  Facts(std::string payload, std::uint64_t connection);

  const std::string payload_;
  const std::uint64_t connection_;
  wire::policy::Request request_;
  Stage stage_ = Stage::Other;
  std::string login_name_;
  std::optional<Address> login_;
  std::optional<Address> sender_;
  std::optional<Address> recipient_;
  std::optional<IpAddress> client_;
  std::uint64_t size_ = 0;
  std::uint64_t recipient_count_ = 0;
};

}  // namespace extmail::policyd
