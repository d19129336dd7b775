// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/authdaemond_client.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using extmail::Frame;
using extmail::tests::require;
using namespace extmail::wire::authdaemond;

namespace {

/// An account that was read is one that a server can send, and reads the same when it does.
void check_answer(std::string_view input) {
  const Frame frame = extmail::tests::check_split(split_answer, input);
  if (frame.state != Frame::State::Complete) return;
  const auto answer = decode_answer(frame.payload);
  if (!answer || !answer->is_found()) return;
  const extmail::Secret sent = encode(answer->value());
  const auto again = decode_answer(sent.view());
  require(again && again->is_found());
  require(encode(again->value()) == sent);
}

/// What is asked is read by the server as it was meant.
void check_questions(std::string_view input) {
  const std::size_t first = input.find('|');
  if (first == std::string_view::npos) return;
  const std::size_t second = input.find('|', first + 1);
  if (second == std::string_view::npos) return;
  const Question question{
      std::string(input.substr(0, first)), std::string(input.substr(first + 1, second - first - 1)), {}};
  const std::string_view password = input.substr(second + 1);
  if (const auto bytes = encode_login(question, password)) {
    const Frame frame = split_request(bytes->view());
    require(frame.state == Frame::State::Complete);
    const auto request = decode_request(frame.payload);
    require(request.has_value() && request->service == question.service);
    require(password.empty() ? request->command == Command::Impossible : request->command == Command::Login);
    require(password.empty() || (request->user == question.user && request->password.view() == password));
  }
  if (const auto bytes = encode_lookup(question)) {
    const Frame frame = split_request(bytes->view());
    require(frame.state == Frame::State::Complete && frame.consumed == bytes->view().size());
    const auto request = decode_request(frame.payload);
    require(request.has_value() && request->command == Command::Lookup);
    require(request->service == question.service && request->user == question.user);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_answer(input);
  check_questions(input);
  return 0;
}
