// SPDX-License-Identifier: MIT
#include "ctl/control.hpp"

#include "client/unix_stream.hpp"
#include "daemon/config_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>

namespace extmail::ctl {
namespace {

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kMaxAnswerBytes = std::size_t{4} << 20U;

/// Whether the last line is one that ends an answer.
bool is_whole(std::string_view answer) {
  if (!answer.ends_with('\n')) return false;
  answer.remove_suffix(1);
  const std::string_view last = answer.substr(answer.rfind('\n') + 1);
  return last == "OK" || last == "NOT_HELD" || last.starts_with("ERROR ");
}

}  // namespace

std::string find_control_socket(const std::string& config, bool may_be_missing) {
  std::error_code error;
  const auto kind = std::filesystem::status(config, error).type();
  if (may_be_missing && kind == std::filesystem::file_type::not_found) return kDefaultControlSocket;
  daemon::ConfigFile file(config);
  for (auto& listen : file.table("policyd").tables("listen")) {
    std::string path = listen.text("path", "");
    if (listen.text("protocol", "") == "control" && !path.empty()) return path;
  }
  throw daemon::ConfigError(config +
                            ": no [[policyd.listen]] has protocol = \"control\" and a path: add one as in "
                            "extmail.toml(5), or name the socket with --socket");
}

Answer<std::string> ask_control(const std::string& socket, std::string_view question) {
  using Told = Answer<std::string>;
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  auto stream = client::UnixStream::connect(socket, deadline);
  if (!stream.is_found()) return Told::temporary_failure(socket + ": " + stream.reason());
  if (const auto error = stream.value().send(std::string(question) + '\n', deadline))
    return Told::temporary_failure(socket + ": " + error.message());
  Secret answer;
  while (!is_whole(answer.view())) {
    const auto received = stream.value().receive(answer, deadline);
    if (received.error) return Told::temporary_failure(socket + ": " + received.error.message());
    if (received.bytes == 0 || answer.view().size() > kMaxAnswerBytes)
      return Told::temporary_failure(socket +
                                     ": the answer is not whole; is it extmail-policyd that listens?");
  }
  return Told::found(std::string(answer.view()));
}

}  // namespace extmail::ctl
