// SPDX-License-Identifier: MIT
#include "authd/password_change_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using authd::PeerRights;
using daemon::ConfigError;
using daemon::ConfigFile;

namespace {

struct Read {
  std::optional<authd::NewPasswordRules> rules;
  PeerRights rights;
};

Read read(const std::string& text) {
  tests::TemporaryFolder folder;
  ConfigFile file(folder.write("extmail.toml", text));
  auto authd = file.table("authd");
  Read settings;
  settings.rules = authd::read_password_change(authd, settings.rights);
  file.finish();
  return settings;
}

std::string complaint(const std::string& keys) {
  try {
    (void)read("[authd.password_change]\n" + keys + '\n');
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Passwords are changed only where that is switched on, and nobody has a right to it else") {
  for (const char* text : {"", "[authd]\n", "[authd.password_change]\n",
                           "[authd.password_change]\nusers = [\"4711\"]\nreset_users = [\"4712\"]\n",
                           "[authd.password_change]\nenabled = false\nscheme = \"bcrypt\"\n"}) {
    INFO(text);
    const auto settings = read(text);
    CHECK_FALSE(settings.rules);
    CHECK(settings.rights.password_changes.empty());
    CHECK(settings.rights.password_resets.empty());
  }
}

TEST_CASE(
    "Switched on, root may change passwords that it knows, and hashes are those that ExtMail verifies") {
  const auto settings = read("[authd.password_change]\nenabled = true\n");
  REQUIRE(settings.rules);
  CHECK(settings.rules->hash == NewHash::Sha512Crypt);
  CHECK(settings.rules->min_characters == 8);
  CHECK(settings.rules->keeps_clear);
  CHECK(settings.rights.password_changes == std::set<uid_t>{0});
  CHECK(settings.rights.password_resets.empty());
}

TEST_CASE("Every key of password changes can be set") {
  const auto settings = read(
      "[authd.password_change]\nenabled = true\nscheme = \"yescrypt\"\nmin_length = 12\nclearpwd = "
      "\"erase\"\n"
      "users = [\"root\", \"4711\"]\nreset_users = [\"4712\"]\n");
  REQUIRE(settings.rules);
  CHECK(settings.rules->hash == NewHash::Yescrypt);
  CHECK(settings.rules->min_characters == 12);
  CHECK_FALSE(settings.rules->keeps_clear);
  CHECK(settings.rights.password_changes == std::set<uid_t>{0, 4711});
  CHECK(settings.rights.password_resets == std::set<uid_t>{4712});
}

TEST_CASE("What can't be meant is said, with its key, before it is switched on too") {
  struct Case {
    const char* keys;
    const char* key;
  };
  const std::vector<Case> cases{
      {"scheme = \"md5-crypt\"", "scheme"},
      {"min_length = 0", "min_length"},
      {"min_length = 65", "min_length"},
      {"clearpwd = \"keep\"", "clearpwd"},
      {"users = [\"no-such-user-here\"]", "users"},
      {"reset_users = [\"no-such-user-here\"]", "reset_users"},
      {"users = \"root\"", "users"},
      {"enabled = 1", "enabled"},
      {"min_lenght = 8", "min_lenght"},
  };
  for (const auto& c : cases) {
    INFO(c.keys);
    CHECK_THAT(complaint(c.keys), tests::contains_text(c.key));
  }
  CHECK(complaint("min_length = 64") == "none");
}
