// SPDX-License-Identifier: MIT
#include "policyd/state/state_settings.hpp"

namespace extmail::policyd {

StateSettings read_state(daemon::ConfigFile::Table& policyd) {
  constexpr std::int64_t kMostMebibytes = 65'536;
  constexpr unsigned kMebibyteBits = 20;
  using Backend = StateSettings::Backend;

  StateSettings settings;
  auto table = policyd.optional_table("state");
  if (!table) return settings;
  const auto backend = table->choice("backend", {"sqlite", "memory"}, "sqlite");
  if (backend == "memory") settings.backend = Backend::Memory;

  const std::string file = table->text("file", "");
  if (!file.empty() && settings.backend != Backend::Sqlite) {
    table->complain("file", "is for backend = \"sqlite\" only");
  } else if (!file.empty() && file.front() != '/') {
    table->complain("file", "must be an absolute path");
  } else if (!file.empty()) {
    settings.file = file;
  }
  const auto mebibytes = table->optional_integer("max_mebibytes", 1, kMostMebibytes);
  if (mebibytes) settings.max_bytes = static_cast<std::size_t>(*mebibytes) << kMebibyteBits;
  return settings;
}

}  // namespace extmail::policyd
