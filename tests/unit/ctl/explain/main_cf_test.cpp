// SPDX-License-Identifier: MIT
#include "ctl/explain/main_cf.hpp"

#include "daemon/config_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <string>

using namespace extmail;
using ctl::MainCf;

TEST_CASE("main.cf says which maps are asked") {
  const MainCf main_cf(
      "# virtual_mailbox_maps = socketmap:unix:extmail/maps:virtual_mailbox_maps\n"
      "virtual_alias_maps = hash:/etc/aliases,\n"
      "  # a comment in between\n"
      "\tproxy:socketmap:unix:extmail/maps:virtual_alias_maps\n"
      "relay_domains=socketmap:unix:extmail/maps:relay_domains\n"
      "smtpd_recipient_restrictions = { check_policy_service unix:extmail/policy }\n"
      "no equals sign\n"
      "virtual_transport = smtp:[x]\nvirtual_transport = lmtp:unix:y");
  CHECK(main_cf.is_read());
  CHECK(main_cf.asks("virtual_alias_maps"));
  CHECK(main_cf.asks("relay_domains"));
  CHECK_FALSE(main_cf.asks("virtual_mailbox_maps"));
  CHECK_FALSE(main_cf.asks("alias_maps"));
  CHECK(main_cf.has("check_policy_service"));
  CHECK_FALSE(main_cf.has("check_policy"));
  CHECK(main_cf.value("virtual_transport", "") == "lmtp:unix:y");  // the last one counts
  CHECK(main_cf.value("none", "fallback") == "fallback");
  CHECK(MainCf("transport_maps = tcp:127.0.0.1:1234").asks("transport_maps"));
}

TEST_CASE("Without a main.cf everything is asked; one that can't be read is an error") {
  const tests::TemporaryFolder folder;
  const auto none = MainCf::read(folder.path() + "/main.cf");
  CHECK_FALSE(none.is_read());
  CHECK(none.asks("virtual_alias_maps"));
  CHECK_THROWS_AS(MainCf::read(folder.path()), daemon::ConfigError);
  std::ofstream(folder.path() + "/main.cf") << "a = b\n";
  CHECK(MainCf::read(folder.path() + "/main.cf").value("a", "") == "b");
  std::ofstream(folder.path() + "/main.cf") << std::string((1U << 20U) + 1, '#');
  CHECK_THROWS_AS(MainCf::read(folder.path() + "/main.cf"), daemon::ConfigError);
}
