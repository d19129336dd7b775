// SPDX-License-Identifier: MIT
#include "ctl/password_input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <bsd/readpassphrase.h>
#include <unistd.h>

namespace extmail::ctl {
namespace {

/// With room for the end of a line, or of a text.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { wipe(bytes_.data(), bytes_.size()); }

  [[nodiscard]] char* data() { return bytes_.data(); }
  [[nodiscard]] static constexpr std::size_t size() { return kMaxPasswordBytes + 1; }

 private:
  std::array<char, kMaxPasswordBytes + 1> bytes_{};
};

Answer<Secret> failed(std::string why) {
  return Answer<Secret>::permanent_failure(std::move(why));
}

Answer<Secret> as_password(std::string_view text) {
  if (text.size() > kMaxPasswordBytes) return failed("the password is too long");
  return Answer<Secret>::found(Secret(text));
}

/// libbsd's, because it leaves the terminal as it was whatever signal comes.
Answer<Secret> ask_terminal(Buffer& buffer, const char* prompt) {
  const char* typed = readpassphrase(prompt, buffer.data(), Buffer::size(), RPP_ECHO_OFF);
  if (typed == nullptr) return failed("no password was typed");
  return as_password(typed);
}

Answer<Secret> read_line(Buffer& buffer) {
  std::size_t filled = 0;
  while (true) {
    const std::string_view text(buffer.data(), filled);
    const std::size_t end = text.find('\n');
    if (end != std::string_view::npos) return as_password(text.substr(0, end));
    if (filled == Buffer::size()) return as_password(text);
    const ssize_t count = ::read(STDIN_FILENO, buffer.data() + filled, Buffer::size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("standard input: " + std::generic_category().message(errno));
    if (count == 0 && filled == 0) return failed("no password on standard input");
    if (count == 0) return as_password(text);
    filled += static_cast<std::size_t>(count);
  }
}

}  // namespace

Answer<Secret> read_password() {
  Buffer buffer;
  return ::isatty(STDIN_FILENO) == 1 ? ask_terminal(buffer, "Password: ") : read_line(buffer);
}

Answer<Secret> read_password_line() {
  Buffer buffer;
  return read_line(buffer);
}

Answer<Secret> ask_new_password() {
  if (::isatty(STDIN_FILENO) != 1)
    return failed("standard input is no terminal to ask for a password; --help lists the other ways");
  Buffer buffer;
  auto password = ask_terminal(buffer, "New password: ");
  if (!password.is_found()) return password;
  const auto again = ask_terminal(buffer, "The same again: ");
  if (!again.is_found()) return failed(again.reason());
  if (password.value() == again.value()) return password;
  return failed("the two are not the same; nothing was changed");
}

}  // namespace extmail::ctl
