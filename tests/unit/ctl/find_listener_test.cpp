// SPDX-License-Identifier: MIT
#include "ctl/find_listener.hpp"

#include "daemon/config_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace extmail;
using ctl::find_listener;
using ctl::kAuth;
using ctl::kAuthdaemond;
using ctl::kControl;
using ctl::kSocketmap;
using daemon::ConfigError;
using tests::contains_text;

TEST_CASE("A listener is the one of the configuration") {
  tests::TemporaryFolder folder;
  const std::string config =
      folder.write("extmail.toml",
                   "[mapd]\nanything = 1\n"
                   "[[authd.listen]]\npath = \"/run/auth\"\n"
                   "[[authd.listen]]\nprotocol = \"authdaemond\"\npath = \"/run/first\"\nmode = \"0600\"\n"
                   "[[authd.listen]]\nprotocol = \"authdaemond\"\npath = \"/run/second\"\n"
                   "[[policyd.listen]]\nprotocol = \"policy\"\npath = \"/run/policy\"\n"
                   "[[policyd.listen]]\nprotocol = \"control\"\npath = \"/run/held\"\n");
  CHECK(find_listener(kAuthdaemond, config, true) == "/run/first");
  CHECK(find_listener(kAuthdaemond, config, false) == "/run/first");
  CHECK(find_listener(kControl, config, false) == "/run/held");
  CHECK(find_listener(kAuth, config, false) == "/run/auth");  // its default
}

TEST_CASE("A configuration without that socket is an error that names it") {
  tests::TemporaryFolder folder;
  for (const char* text :
       {"", "[authd]\n", "authd = 1\n", "[authd]\nlisten = 1\n", "[[authd.listen]]\npath = \"/run/auth\"\n",
        "[[authd.listen]]\nprotocol = \"authdaemond\"\n", "[[authd.listen]]\nprotocol = 1\npath = 2\n"}) {
    INFO(text);
    const std::string config = folder.write("extmail.toml", text);
    CHECK_THROWS_WITH(find_listener(kAuthdaemond, config, true),
                      contains_text(config + ": no [[authd.listen]] has protocol = \"authdaemond\""));
  }
  // Only who has an option for it is told of it.
  const std::string empty = folder.write("empty.toml", "");
  CHECK_THROWS_WITH(find_listener(kControl, empty, false), contains_text("--socket"));
  CHECK_THROWS_WITH(
      find_listener(kSocketmap, empty, false),
      empty + ": no [[mapd.listen]] has protocol = \"socketmap\" and a path: add one as in extmail.toml(5)");
  const std::string broken = folder.write("broken.toml", "[authd\n");
  CHECK_THROWS_WITH(find_listener(kAuthdaemond, broken, true), contains_text(broken + ":1: "));
  CHECK_THROWS_AS(find_listener(kAuthdaemond, folder.path(), true), ConfigError);
}

TEST_CASE("Without a configuration the socket is where it is deployed, unless the file was named") {
  tests::TemporaryFolder folder;
  const std::string missing = folder.path() + "/extmail.toml";
  CHECK(find_listener(kAuthdaemond, missing, true) == "/run/extmail/authdaemond");
  CHECK(find_listener(kControl, missing, true) == "/run/extmail-policyd/control");
  CHECK_THROWS_WITH(find_listener(kAuthdaemond, missing, false), contains_text(missing));
}
