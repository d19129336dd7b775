// SPDX-License-Identifier: MIT
#include "ctl/authdaemond_socket.hpp"

#include "daemon/config_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace extmail;
using ctl::find_authdaemond_socket;
using daemon::ConfigError;
using tests::contains_text;

TEST_CASE("The socket for authdaemond is the one of the configuration") {
  tests::TemporaryFolder folder;
  const std::string config =
      folder.write("extmail.toml",
                   "[mapd]\nanything = 1\n"
                   "[[authd.listen]]\npath = \"/run/auth\"\n"
                   "[[authd.listen]]\nprotocol = \"authdaemond\"\npath = \"/run/first\"\nmode = \"0600\"\n"
                   "[[authd.listen]]\nprotocol = \"authdaemond\"\npath = \"/run/second\"\n");
  CHECK(find_authdaemond_socket(config, true) == "/run/first");
  CHECK(find_authdaemond_socket(config, false) == "/run/first");
}

TEST_CASE("A configuration without that socket is an error that names it") {
  tests::TemporaryFolder folder;
  for (const char* text :
       {"", "[authd]\n", "authd = 1\n", "[authd]\nlisten = 1\n", "[[authd.listen]]\npath = \"/run/auth\"\n",
        "[[authd.listen]]\nprotocol = \"authdaemond\"\n", "[[authd.listen]]\nprotocol = 1\npath = 2\n"}) {
    INFO(text);
    const std::string config = folder.write("extmail.toml", text);
    CHECK_THROWS_WITH(find_authdaemond_socket(config, true),
                      contains_text(config + ": no [[authd.listen]] has protocol = \"authdaemond\""));
  }
  const std::string broken = folder.write("broken.toml", "[authd\n");
  CHECK_THROWS_WITH(find_authdaemond_socket(broken, true), contains_text(broken + ":1: "));
  CHECK_THROWS_AS(find_authdaemond_socket(folder.path(), true), ConfigError);
}

TEST_CASE("Without a configuration the socket is where it is deployed, unless the file was named") {
  tests::TemporaryFolder folder;
  const std::string missing = folder.path() + "/extmail.toml";
  CHECK(find_authdaemond_socket(missing, true) == "/run/extmail/authdaemond");
  CHECK_THROWS_WITH(find_authdaemond_socket(missing, false), contains_text(missing));
}
