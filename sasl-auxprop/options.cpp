// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "host_log.hpp"

#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace extmail::sasl {
namespace {

std::optional<std::chrono::seconds> parse_timeout(std::string_view text) {
  std::chrono::seconds::rep seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  const bool is_number = error == std::errc() && rest == end;
  if (!is_number || seconds < 1 || seconds > kMaxTimeout.count()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

std::optional<std::string> find_option(const sasl_utils_t& utils, const char* name) {
  const char* value = nullptr;
  unsigned length = 0;
  if (utils.getopt(utils.getopt_context, "extmail", name, &value, &length) != SASL_OK || value == nullptr) {
    return std::nullopt;
  }
  return value;
}

Answer<Options> read_options(const sasl_utils_t& utils) {
  Options options;
  if (auto socket = find_option(utils, kSocketOption)) {
    if (socket->empty() || socket->size() > kMaxSocketPathBytes) {
      return Answer<Options>::permanent_failure(std::string(kSocketOption) + " must be a path of 1 to " +
                                                std::to_string(kMaxSocketPathBytes) + " bytes, not \"" +
                                                printable(*socket) + '"');
    }
    options.socket = std::move(*socket);
  }
  if (const auto text = find_option(utils, kTimeoutOption)) {
    const auto timeout = parse_timeout(*text);
    if (!timeout) {
      return Answer<Options>::permanent_failure(std::string(kTimeoutOption) + " must be 1 to " +
                                                std::to_string(kMaxTimeout.count()) + " seconds, not \"" +
                                                printable(*text) + '"');
    }
    options.timeout = *timeout;
  }
  return Answer<Options>::found(std::move(options));
}

bool is_chosen(const sasl_utils_t& utils) {
  return find_option(utils, "auxprop_plugin") || find_option(utils, kSocketOption) ||
         find_option(utils, kTimeoutOption);
}

}  // namespace extmail::sasl
