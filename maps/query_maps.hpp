// SPDX-License-Identifier: MIT
#pragma once

#include "core/query_map.hpp"
#include "daemon/config_file.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::maps {

/// The administrator's own maps by their names.
using QueryMaps = std::map<std::string, QueryMap, std::less<>>;

/// Bounds what a connection has to keep prepared.
inline constexpr std::size_t kMaxQueryMaps = 100;
inline constexpr std::size_t kMaxStatementBytes = 8192;
inline constexpr std::size_t kMaxParameters = 16;
inline constexpr std::size_t kMaxMapNameBytes = 64;

/// Reads `[maps.query.NAME]`. What is wrong is noted in the file: a name that is no word or a built-in map's, a statement
/// that is not one SELECT, parameters that are unknown or not as many as the statement's placeholders.
[[nodiscard]] QueryMaps read_query_maps(daemon::ConfigFile& file);

/// The names of the built-in maps and of these.
[[nodiscard]] std::vector<std::string> map_names(const QueryMaps& queries);

/// The same, separated by spaces.
[[nodiscard]] std::string known_maps(const QueryMaps& queries);

/// Whether there is a map of this name, built-in or not.
[[nodiscard]] bool is_known_map(std::string_view name, const QueryMaps& queries);

}  // namespace extmail::maps
