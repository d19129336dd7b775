// SPDX-License-Identifier: MIT
#include "settings_2_4.hpp"

#include "dovecot.hpp"
#include "guard.hpp"

#include <cstddef>
#include <iterator>

namespace extmail::dovecot {
namespace {

/// As Dovecot fills it in.
struct HostSettings {
  pool_t pool;
  const char* socket_path;
  unsigned int timeout_seconds;
};

constexpr HostSettings kDefaults{nullptr, kDefaultSocketPath, kDefaultTimeout.count()};

// Dovecot's macros for this are C.
constexpr setting_define define(setting_type type, const char* key, std::size_t offset = 0) {
  setting_define definition{};
  definition.type = type;
  definition.key = key;
  definition.offset = offset;
  return definition;
}

constexpr setting_define kDefines[] = {
    define(SET_FILTER_NAME, "passdb_extmail"),
    define(SET_FILTER_NAME, "userdb_extmail"),
    define(SET_STR, "extmail_socket_path", offsetof(HostSettings, socket_path)),
    define(SET_TIME, "extmail_timeout", offsetof(HostSettings, timeout_seconds)),
    {},
};

Answer<Settings> checked(const HostSettings& host) {
  Settings settings;
  std::string error = set_socket_path(settings, host.socket_path);
  if (!error.empty()) return Answer<Settings>::permanent_failure("extmail_socket_path " + error);
  error = set_timeout(settings, std::chrono::seconds(host.timeout_seconds));
  if (!error.empty()) return Answer<Settings>::permanent_failure("extmail_timeout " + error);
  return Answer<Settings>::found(std::move(settings));
}

/// Called by whoever reads the configuration, doveconf included, so that a wrong value is found when it is
/// written.
bool check(void* set, pool_t /*pool*/, const char** error_r) {
  return guarded([&] {
    const auto settings = checked(*static_cast<const HostSettings*>(set));
    if (!settings.is_found()) *error_r = t_strdup(settings.reason().c_str());
    return settings.is_found();
  });
}

constexpr setting_parser_info describe() {
  setting_parser_info info{};
  info.name = "extmail";
  info.defines = kDefines;
  info.defaults = &kDefaults;
  info.struct_size = sizeof(HostSettings);
  info.pool_offset1 = 1 + offsetof(HostSettings, pool);
  info.check_func = check;
  return info;
}

}  // namespace

constinit const setting_parser_info settings_info = describe();

Answer<Settings> read_settings(event* event) {
  const HostSettings* host = nullptr;
  const char* error = nullptr;
  // In parentheses, because the macro of this name is C.
  if ((settings_get)(event, &settings_info, static_cast<settings_get_flags>(0), __FILE__, __LINE__,
                     reinterpret_cast<const void**>(&host), &error) < 0) {
    return Answer<Settings>::permanent_failure(error);
  }
  auto settings = checked(*host);
  settings_free(host);
  return settings;
}

}  // namespace extmail::dovecot
