// SPDX-License-Identifier: MIT
#include "ctl/explain/main_cf.hpp"

#include "daemon/config_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>

using namespace extmail;
using ctl::MainCf;

TEST_CASE("main.cf says which maps are asked") {
  const MainCf main_cf(
      "virtual_alias_maps = hash:/etc/aliases, proxy:socketmap:unix:extmail/maps:virtual_alias_maps\n"
      "relay_domains = socketmap:unix:extmail/maps:relay_domains\n"
      "smtpd_recipient_restrictions = { check_policy_service unix:extmail/policy }\n"
      "virtual_transport = lmtp:unix:y\n");
  CHECK(main_cf.is_read());
  CHECK(main_cf.asks("virtual_alias_maps"));
  CHECK(main_cf.asks("relay_domains"));
  CHECK_FALSE(main_cf.asks("virtual_mailbox_maps"));
  CHECK_FALSE(main_cf.asks("alias_maps"));
  CHECK(main_cf.has("check_policy_service"));
  CHECK_FALSE(main_cf.has("check_policy"));
  CHECK(main_cf.value("virtual_transport", "") == "lmtp:unix:y");
  CHECK(main_cf.value("none", "fallback") == "fallback");
  CHECK(MainCf("transport_maps = tcp:127.0.0.1:1234").asks("transport_maps"));
}

TEST_CASE("Without a main.cf everything is asked; one that can't be read is an error") {
  tests::TemporaryFolder folder;
  const auto none = MainCf::read(folder.path());
  CHECK_FALSE(none.is_read());
  CHECK(none.asks("virtual_alias_maps"));
  std::filesystem::create_directory(folder.path() + "/main.cf");
  CHECK_THROWS_AS(MainCf::read(folder.path()), daemon::ConfigError);
  std::filesystem::remove(folder.path() + "/main.cf");
  folder.write("main.cf",
               "extmail = socketmap:unix:extmail/maps\n# a comment\nvirtual_alias_maps = hash:/etc/aliases,\n"
               "  # another\n  ${extmail}:virtual_alias_maps\n");
  const auto read = MainCf::read(folder.path());
  CHECK(read.asks("virtual_alias_maps"));
  CHECK_FALSE(read.asks("virtual_mailbox_maps"));
}
