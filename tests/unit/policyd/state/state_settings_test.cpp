// SPDX-License-Identifier: MIT
#include "policyd/state/state_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>

using namespace extmail;
using policyd::StateSettings;

namespace {

StateSettings read(const std::string& text) {
  tests::TemporaryFolder folder;
  daemon::ConfigFile file(folder.write("extmail.toml", text));
  auto table = file.table("policyd");
  auto settings = policyd::read_state(table);
  file.finish();
  return settings;
}

}  // namespace

TEST_CASE("Without a table for it, the state is in memory and in a file") {
  for (const char* text : {"", "[policyd]\n", "[policyd.state]\n"}) {
    INFO(text);
    const auto settings = read(text);
    CHECK(settings.backend == StateSettings::Backend::Sqlite);
    CHECK(settings.file == "/var/lib/extmail-policyd/state.sqlite");
    CHECK(settings.max_bytes == std::size_t{64} * 1024 * 1024);
  }
}

TEST_CASE("The state's settings are read") {
  const auto sqlite = read("[policyd.state]\nfile = \"/srv/p.sqlite\"\nmax_mebibytes = 1\n");
  CHECK(sqlite.file == "/srv/p.sqlite");
  CHECK(sqlite.max_bytes == std::size_t{1024} * 1024);
  CHECK(read("[policyd.state]\nbackend = \"memory\"\n").backend == StateSettings::Backend::Memory);
}

TEST_CASE("What is wrong with the state's settings is said, with the key") {
  struct Line {
    const char* text;
    const char* complaint;
  };
  for (const auto& line : {Line{"backend = \"mysql\"", "backend"}, Line{"file = \"p.sqlite\"", "file"},
                           Line{"backend = \"memory\"\nfile = \"/p\"", "file"},
                           Line{"max_mebibytes = 0", "max_mebibytes"}, Line{"size = 5", "size"}}) {
    INFO(line.text);
    CHECK_THROWS_WITH(read(std::string("[policyd.state]\n") + line.text + '\n'),
                      tests::contains_text(line.complaint));
  }
}
