// SPDX-License-Identifier: MIT
#include "wire/policy.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
namespace policy = wire::policy;
using State = Frame::State;

namespace {

const std::string kRequest =
    "request=smtpd_access_policy\nprotocol_state=RCPT\nsender=a@x\nrecipient=b=c@y\nsasl_username=\n"
    "some_future_attribute=1\n\n";

}  // namespace

TEST_CASE("A request ends at the empty line") {
  for (std::size_t length = 0; length < kRequest.size(); ++length) {
    CHECK(policy::split_request(kRequest.substr(0, length)).state == State::Incomplete);
  }
  const std::string two = kRequest + kRequest;
  const Frame frame = policy::split_request(two);
  REQUIRE(frame.state == State::Complete);
  CHECK(frame.consumed == kRequest.size());

  const auto request = policy::decode_request(frame.payload);
  REQUIRE(request);
  CHECK(request->protocol_state == "RCPT");
  CHECK(request->sender == "a@x");
  CHECK(request->recipient == "b=c@y");
  CHECK(request->sasl_username.empty());
  CHECK(request->client_address.empty());
}

TEST_CASE("What is no policy request is refused") {
  CHECK_FALSE(policy::decode_request("sender=a@x\n"));
  CHECK_FALSE(policy::decode_request("request=junk_mail\n"));
  CHECK_FALSE(policy::decode_request("request=smtpd_access_policy\nno equals sign\n"));
  CHECK_FALSE(policy::decode_request(""));
  CHECK(policy::split_request("\n").state == State::Malformed);
  CHECK(policy::split_request("\n\n").state == State::Malformed);
}

TEST_CASE("A request without end is cut off") {
  const std::string longest(policy::kMaxRequestBytes - 1, 'a');
  CHECK(policy::split_request(longest).state == State::Incomplete);
  CHECK(policy::split_request(longest + 'a').state == State::Malformed);
  CHECK(policy::split_request(longest + "a\n\n").state == State::Malformed);
}

TEST_CASE("An action is one line within Postfix's limit") {
  CHECK(policy::encode_action("DUNNO") == "action=DUNNO\n\n");
  CHECK(policy::encode_action("REJECT a\nb\r") == "action=REJECT a b \n\n");
  CHECK(policy::encode_action(std::string(9000, 'x')).size() ==
        policy::kMaxActionBytes + std::string("action=\n\n").size());
}
