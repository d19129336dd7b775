// SPDX-License-Identifier: MIT
#include "policyd/facts.hpp"

#include "core/printable.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::array<std::pair<std::string_view, Stage>, 9> kProtocolStates{{
    {"RCPT", Stage::Rcpt},
    {"END-OF-MESSAGE", Stage::EndOfMessage},
    {"DATA", Stage::Data},
    {"MAIL", Stage::Mail},
    {"CONNECT", Stage::Connect},
    {"EHLO", Stage::Helo},
    {"HELO", Stage::Helo},
    {"VRFY", Stage::Vrfy},
    {"ETRN", Stage::Etrn},
}};

Stage stage_of(std::string_view state) {
  for (const auto& [name, stage] : kProtocolStates) {
    if (name == state) return stage;
  }
  return Stage::Other;
}

/// What is no number is not known; what is beyond 64 bits is as much as there can be.
std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string_view name_of(Stage stage) {
  constexpr std::array<std::string_view, kStages> kNames{"connect",        "helo", "mail", "rcpt", "data",
                                                         "end_of_message", "vrfy", "etrn", "other"};
  return kNames.at(static_cast<std::size_t>(stage));
}

std::shared_ptr<const Facts> Facts::read(std::string_view payload, std::uint64_t connection) {
  std::shared_ptr<Facts> facts(new Facts(std::string(payload), connection));
  const auto request = wire::policy::decode_request(facts->payload_);
  if (!request) return nullptr;
  facts->request_ = *request;
  facts->stage_ = stage_of(request->protocol_state);
  facts->login_name_ = fold_case(request->sasl_username);
  facts->login_ = parse_address(request->sasl_username);
  // Most users write their login.
  facts->sender_ = request->sender == request->sasl_username ? facts->login_ : parse_address(request->sender);
  facts->recipient_ = parse_address(request->recipient);
  facts->client_ = IpAddress::parse(request->client_address);
  facts->size_ = number_in(request->size);
  facts->recipient_count_ = number_in(request->recipient_count);
  return facts;
}

Facts::Facts(std::string payload, std::uint64_t connection)
    : payload_(std::move(payload)), connection_(connection) {}

std::string Facts::describe() const {
  std::string text = "stage=" + log_value(request_.protocol_state) + " sender=" + log_value(request_.sender) +
                     " recipient=" + log_value(request_.recipient);
  if (is_authenticated()) text += " login=" + log_value(request_.sasl_username);
  text += " client=" + log_value(request_.client_address);
  if (!request_.queue_id.empty()) text += " queue_id=" + log_value(request_.queue_id);
  return text;
}

}  // namespace extmail::policyd
