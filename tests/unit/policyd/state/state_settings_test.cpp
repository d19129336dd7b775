// SPDX-License-Identifier: MIT
#include "policyd/state/state_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <string>

#include <sys/stat.h>

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

TEST_CASE("A Redis is read, with the password that its file has") {
  const auto least =
      read("[policyd.state]\nbackend = \"redis\"\n[policyd.state.redis]\nserver = \"tcp:r.example.org\"\n");
  CHECK(least.backend == StateSettings::Backend::Redis);
  CHECK(least.redis.server.text() == "tcp:r.example.org:6379");
  CHECK(least.redis.password.empty());
  CHECK(least.redis.timeout == std::chrono::seconds(1));
  CHECK(least.redis_prefix == "extmail:policyd:");

  tests::TemporaryFolder folder;
  const auto file = folder.write("password", "hush\n");
  REQUIRE(chmod(file.c_str(), 0400) == 0);
  const auto all = read(
      "[policyd.state]\nbackend = \"redis\"\n[policyd.state.redis]\nserver = \"unix:/run/r\"\nuser = \"u\"\n"
      "password_file = \"" +
      file + "\"\ndatabase = 3\nprefix = \"p:\"\ntimeout = 2\n");
  CHECK(all.redis.server.socket == "/run/r");
  CHECK(all.redis.user == "u");
  CHECK(all.redis.password.view() == "hush");
  CHECK(all.redis.database == 3);
  CHECK(all.redis_prefix == "p:");
  CHECK(all.redis.timeout == std::chrono::seconds(2));
}

TEST_CASE("What is wrong with the state's settings is said, with the key") {
  struct Line {
    const char* text;
    const char* complaint;
  };
  for (const auto& line :
       {Line{"backend = \"mysql\"", "backend"}, Line{"file = \"p.sqlite\"", "file"},
        Line{"backend = \"memory\"\nfile = \"/p\"", "file"}, Line{"max_mebibytes = 0", "max_mebibytes"},
        Line{"size = 5", "size"}, Line{"backend = \"redis\"", "[policyd.state.redis]"},
        Line{"redis = { server = \"tcp:r\" }", "is for backend = \"redis\" only"},
        Line{"backend = \"redis\"\nredis = {}", "server"},
        Line{"backend = \"redis\"\nredis = { server = \"r:6379\" }", "tcp:name:port"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", user = \"u\" }", "password_file"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", password_file = \"/none\" }", "/none"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", prefix = \"\" }", "prefix"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", prefix = \"a b\" }", "prefix"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", timeout = 0 }", "timeout"},
        Line{"backend = \"redis\"\nredis = { server = \"tcp:r\", database = -1 }", "database"},
        Line{"backend = \"redis\"\nmax_mebibytes = 5\nredis = { server = \"tcp:r\" }", "maxmemory"}}) {
    INFO(line.text);
    CHECK_THROWS_WITH(read(std::string("[policyd.state]\n") + line.text + '\n'),
                      tests::contains_text(line.complaint));
  }
}
