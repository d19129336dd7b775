// SPDX-License-Identifier: MIT
// The configuration of the rules: what an admin writes below [policyd]. Whatever it is, there is either one line for each
// fault, or settings that the rules can work with.
#include "daemon/config_file.hpp"
#include "frame_properties.hpp"
#include "policyd/config.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using extmail::daemon::ConfigError;
using extmail::policyd::Config;
using extmail::policyd::Limit;
using extmail::policyd::read_config;
using extmail::tests::require;

namespace {

/// A file in memory, to be opened by its path.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {
    require(fd_ >= 0 && fchmod(fd_, S_IRUSR | S_IWUSR) == 0);
  }
  void write(std::string_view text) const {
    require(ftruncate(fd_, 0) == 0);
    require(pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  const int fd_;
};

bool is_one_line(std::string_view text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void check_limit(const Limit& limit) {
  constexpr std::uint64_t kMostCounted = std::uint64_t{1} << 50U;
  const auto is_sane = [](const extmail::policyd::Window& window) {
    return window.limit >= 1 && window.limit <= kMostCounted && window.period.count() >= 1 &&
           window.period <= std::chrono::hours(31 * 24);
  };
  require(is_sane(limit.window) && is_one_line(limit.name) && is_one_line(limit.action));
  require(!limit.burst || (is_sane(*limit.burst) && limit.burst->period < limit.window.period));
  require(limit.prefixes.ipv4 <= 32 && limit.prefixes.ipv6 <= 128);
}

void check(const Config& config) {
  std::set<std::string> names;
  for (const auto& limit : config.limits.limits) {
    check_limit(limit);
    require(names.insert(limit.name).second);
  }
  require(names.size() <= extmail::policyd::LimitsSettings::kMaxLimits);
  require(config.greylist.delay.count() >= 1 && config.greylist.delay < config.greylist.window);
  require(config.greylist.prefixes.ipv4 <= 32 && config.greylist.prefixes.ipv6 <= 128);
  require(config.has_policy_table || !(config.lists.enabled || config.closed_groups.enabled));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file("extmail.toml");
  static const MemoryFile password("password");
  static const std::string head = [] {
    password.write("secret\n");
    return "[policyd]\ndatabase_user = \"u\"\ndatabase_password_file = \"" + password.path() +
           "\"\nlisten = [{ path = \"/run/policy\" }]\n";
  }();
  file.write(head + std::string(reinterpret_cast<const char*>(data), size));
  try {
    check(read_config(file.path()));
  } catch (const ConfigError& error) {
    std::string_view rest = error.what();
    require(!rest.empty());
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      require(rest.starts_with(file.path()) && is_one_line(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return 0;
}
