// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/authdaemond.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using extmail::tests::require;
namespace authdaemond = extmail::wire::authdaemond;

namespace {

/// Whatever is in an account's columns, its answer has lines of known names only, and ends where it should.
void check_account(std::string_view text) {
  authdaemond::Account account;
  account.home = account.address = account.name = account.maildir = account.quota = account.options = text;
  account.password = extmail::Secret(text);
  account.clear_password = extmail::Secret(text);
  const extmail::Secret answer = authdaemond::encode(account);
  std::string_view rest = answer.view();
  require(rest.ends_with("\n.\n") && rest.starts_with("UID=0\nGID=0\n"));
  int lines = 0;
  for (; rest != ".\n"; ++lines) {
    const std::size_t end = rest.find('\n');
    require(end != std::string_view::npos && end >= 4 && rest.find('=') < end);
    rest.remove_prefix(end + 1);
  }
  require(lines <= 10);

  const std::string line = authdaemond::encode(authdaemond::Listed{std::string(text), 1, 2, "/h", "/m", ""});
  require(line.size() <= authdaemond::kMaxLineBytes && (line.empty() || line.find('\n') == line.size() - 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_account(input);
  const auto frame = extmail::tests::check_split(authdaemond::split_request, input);
  if (frame.state != extmail::Frame::State::Complete) return 0;
  const auto request = authdaemond::decode_request(frame.payload);
  if (!request) return 0;
  require(request->remote.size() <= 64 && request->service.size() <= authdaemond::kMaxLineBytes);
  const bool is_login = request->command == authdaemond::Command::Login;
  require(!is_login || (!request->user.empty() && !request->password.empty()));
  const bool is_change = request->command == authdaemond::Command::ChangePassword;
  require(!is_change || (!request->password.empty() && !request->new_password.empty()));
  const bool is_challenge = request->command == authdaemond::Command::Challenge;
  require(!is_challenge || (!request->challenge.empty() && !request->digest_hex.empty()));
  return 0;
}
