// SPDX-License-Identifier: MIT
#include "ctl/doctor/postfix_checks.hpp"
#include "ctl/doctor/sasl_checks.hpp"
#include "support/catch.hpp"
#include "unit/ctl/doctor/fixtures.hpp"

using namespace extmail::ctl;

namespace {

/// What postconf prints of the snippets that deploy/ ships.
constexpr const char* kParameters =
    "inet_interfaces = all\n"
    "local_recipient_maps = proxy:unix:passwd.byname\n"
    "mail_owner = postfix\n"
    "mydestination = mail.example.com, localhost\n"
    "queue_directory = /var/spool/postfix\n"
    "recipient_delimiter = +\n"
    "smtpd_policy_service_default_action = 451 4.3.5 try again\n"
    "smtpd_recipient_restrictions = check_policy_service unix:extmail/policy\n"
    "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination\n"
    "smtpd_sasl_auth_enable = yes\n"
    "smtpd_sasl_type = cyrus\n"
    "smtpd_sender_login_maps = socketmap:unix:extmail/maps:smtpd_sender_login_maps\n"
    "smtpd_sender_restrictions = reject_authenticated_sender_login_mismatch\n"
    "smtpd_tls_auth_only = yes\n"
    "virtual_alias_domains = \n"
    "virtual_alias_maps = socketmap:unix:extmail/maps:virtual_alias_maps\n"
    "virtual_mailbox_domains = socketmap:unix:extmail/maps:virtual_mailbox_domains\n"
    "virtual_mailbox_maps = socketmap:unix:extmail/maps:virtual_mailbox_maps\n"
    "virtual_transport = lmtp:unix:private/dovecot-lmtp\n";
constexpr const char* kServices =
    "smtp       inet  n       -       y       -       -       smtpd\n"
    "submission inet  n       -       y       -       -       smtpd -o smtpd_tls_security_level=encrypt\n"
    "virtual    unix  -       n       n       -       -       virtual\n"
    "lmtp       unix  -       -       y       -       -       lmtp\n";
constexpr const char* kOptions =
    "submission/inet/smtpd_tls_security_level = encrypt\n"
    "submission/inet/smtpd_sender_restrictions = reject_sender_login_mismatch\n";

PostfixConfig shipped() {
  return {parse_parameters(kParameters), parse_services(kServices, kOptions)};
}

}  // namespace

TEST_CASE("postconf is read") {
  const auto postfix = shipped();
  CHECK(postfix.value("virtual_alias_domains").empty());
  CHECK(postfix.value("nothing").empty());
  REQUIRE(postfix.services.size() == 4);
  const auto& submission = postfix.services[1];
  CHECK(submission.is_chrooted);
  CHECK(submission.command == "smtpd");
  CHECK(postfix.value("smtpd_sender_restrictions", submission) == "reject_sender_login_mismatch");
  CHECK(postfix.value("smtpd_tls_auth_only", submission) == "yes");
  CHECK(postfix.smtpds().size() == 2);
}

TEST_CASE("options go to their service, whatever its name has in it") {
  const auto services =
      parse_services("127.0.0.1:25 inet n - n - - smtpd\nprivate/x unix - - n - - pipe\nbad line\n",
                     "127.0.0.1:25/inet/a = b = c\nprivate/x/unix/d = e\nx/unix/d = f\nnonsense\n/ = g\n");
  REQUIRE(services.size() == 2);
  CHECK(services[0].options == std::map<std::string, std::string>{{"a", "b = c"}});
  CHECK(services[1].options == std::map<std::string, std::string>{{"d", "e"}});
}

TEST_CASE("lists and maps are read as Postfix reads them") {
  CHECK(split_list(" a, b\tc,,{ d, e } ") == std::vector<std::string>{"a", "b", "c", "{ d, e }"});
  CHECK(split_list("").empty());
  CHECK(parse_map("proxy:mysql:/etc/x.cf").type == "mysql");
  CHECK(parse_map("proxy:mysql:/etc/x.cf").is_proxied);
  CHECK(parse_map("example.com").type.empty());
  CHECK(unix_path("unix:extmail/maps:name") == "extmail/maps");
  CHECK(unix_path("inet:127.0.0.1:10").empty());
}

TEST_CASE("what deploy ships has no findings") {
  auto findings = all_findings();
  check_postfix(shipped(), shipped_site(), "", findings);
  CHECK(found_in(findings).empty());
}

TEST_CASE("traps of main.cf are found") {
  struct Case {
    std::string ids;
    std::vector<std::pair<std::string, std::string>> settings;
  };
  const auto& [ids, settings] = GENERATE(values<Case>({
      {"postfix-mailbox-domains", {{"virtual_mailbox_domains", ""}}},
      {"postfix-mailbox-domains",
       {{"virtual_mailbox_domains", "socketmap:unix:extmail/maps:virtual_mailbox_maps"}}},
      {"", {{"virtual_mailbox_domains", "proxy:mysql:/etc/postfix/d.cf"}}},
      {"postfix-no-proxy", {{"virtual_mailbox_domains", "mysql:/etc/postfix/d.cf"}}},
      {"postfix-mailbox-maps", {{"virtual_mailbox_maps", " "}}},
      {"postfix-alias-maps", {{"virtual_alias_maps", "hash:/etc/postfix/virtual"}}},
      {"postfix-alias-domains",
       {{"virtual_alias_domains", "socketmap:unix:extmail/maps:virtual_alias_maps"}}},
      {"", {{"virtual_alias_domains", "lists.example.com"}}},
      {"postfix-virtual-socketmap", {{"virtual_transport", "virtual"}}},
      {"", {{"virtual_transport", "virtual"}, {"virtual_mailbox_maps", "proxy:mysql:/etc/postfix/m.cf"}}},
      {"postfix-local-recipients", {{"local_recipient_maps", ""}}},
      {"", {{"local_recipient_maps", ""}, {"mydestination", ""}}},
      {"postfix-delimiter", {{"recipient_delimiter", ""}}},
      {"postfix-delimiter", {{"recipient_delimiter", "+-"}}},
      {"postfix-sender-login-maps", {{"smtpd_sender_login_maps", ""}}},
      {"postfix-sasl-clear", {{"smtpd_tls_auth_only", "no"}}},
      {"", {{"smtpd_tls_auth_only", "no"}, {"inet_interfaces", "loopback-only"}}},
      {"", {{"smtpd_tls_auth_only", "no"}, {"inet_interfaces", "127.0.0.1, [::1]"}}},
      {"postfix-sasl-clear", {{"smtpd_tls_auth_only", "no"}, {"inet_interfaces", "127.0.0.1, 192.0.2.1"}}},
      {"postfix-sasl-off", {{"smtpd_sasl_auth_enable", "no"}}},
      {"postfix-policy-missing",
       {{"smtpd_recipient_restrictions", "check_policy_service inet:127.0.0.1:10023"}}},
      {"postfix-policy-missing", {{"smtpd_recipient_restrictions", "check_policy_service"}}},
      {"postfix-policy-missing", {{"smtpd_recipient_restrictions", "check_policy_service {"}}},
      {"",
       {{"smtpd_recipient_restrictions",
         "check_policy_service { unix:extmail/policy, timeout=9s }, permit"}}},
      {"postfix-policy-late",
       {{"smtpd_recipient_restrictions", "permit_mynetworks check_policy_service unix:extmail/policy"}}},
      {"postfix-policy-action", {{"smtpd_policy_service_default_action", "REJECT"}}},
      {"", {{"smtpd_policy_service_default_action", "DUNNO"}}},
  }));
  auto postfix = shipped();
  for (const auto& [name, value] : settings)
    postfix.parameters[name] = value;
  CAPTURE(settings.front().first, settings.front().second);
  auto findings = all_findings();
  check_postfix(postfix, shipped_site(), "/etc/postfix", findings);
  CHECK(ids_in(findings) == ids);
}

TEST_CASE("who has logged in sends as anybody where nothing compares") {
  auto postfix = shipped();
  postfix.parameters["smtpd_sender_restrictions"] = "";
  postfix.services[1].options.erase("smtpd_sender_restrictions");
  auto findings = all_findings();
  auto site = shipped_site();
  check_postfix(postfix, site, "", findings);
  CHECK(ids_in(findings) == "postfix-sender-login");
  site.checks_senders = true;  // by extmail-policyd
  auto others = all_findings();
  check_postfix(postfix, site, "", others);
  CHECK(ids_in(others).empty());
}

TEST_CASE("a domain has one class") {
  auto postfix = shipped();
  postfix.parameters["mydestination"] = "localhost, D.test, xn--bcher-kva.test";
  postfix.parameters["relay_domains"] = "e.test";
  auto findings = all_findings();
  check_domain_classes(postfix, {"d.test", "e.test", "f.test", "bücher.test"}, "", findings);
  CHECK(found_in(findings) == std::vector<std::string>{"postfix-domain-class domain d.test",
                                                       "postfix-domain-class domain bücher.test",
                                                       "postfix-domain-class domain e.test"});
}

TEST_CASE("sockets are found wherever main.cf and master.cf name them") {
  auto postfix = shipped();
  postfix.services[1].options["smtpd_client_restrictions"] =
      "check_client_access socketmap:unix:/abs/maps:sender_access, check_policy_service { unix:other/policy, "
      "x=y }";
  std::vector<std::string> found;
  for (const auto& use : sockets_of(postfix))
    found.push_back(use.path + ' ' + use.map);
  CHECK(found ==
        std::vector<std::string>{"extmail/maps virtual_mailbox_domains", "extmail/maps virtual_mailbox_maps",
                                 "extmail/maps virtual_alias_maps", "extmail/maps smtpd_sender_login_maps",
                                 "/abs/maps sender_access", "other/policy ", "extmail/policy "});
  CHECK(full_path(postfix, "extmail/maps") == "/var/spool/postfix/extmail/maps");
  CHECK(full_path(postfix, "/abs") == "/abs");
}

TEST_CASE("smtpd.conf asks somebody of ours") {
  struct Case {
    std::string ids;
    std::string text;
  };
  const auto& [ids, text] = GENERATE(values<Case>({
      {"", "pwcheck_method: auxprop saslauthd\nauxprop_plugin: extmail\nmech_list: PLAIN LOGIN CRAM-MD5\n"},
      {"", "# comment\n PWCHECK_METHOD :saslauthd \nmech_list: PLAIN LOGIN"},
      {"", "pwcheck_method: authdaemond\nmech_list: PLAIN"},
      {"sasl-config sasl-mechanisms", ""},
      {"sasl-config", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n"},
      {"sasl-mechanisms", "pwcheck_method: saslauthd\nmech_list: PLAIN CRAM-MD5"},
      {"sasl-mechanisms", "pwcheck_method: saslauthd\nmech_list:"},
  }));
  CAPTURE(text);
  auto findings = all_findings();
  check_sasl(parse_sasl(text), "smtpd.conf", findings);
  CHECK(ids_in(findings) == ids);
}

TEST_CASE("the sockets of smtpd.conf are those that it asks") {
  const auto uses = sockets_of(
      parse_sasl("pwcheck_method: saslauthd\nextmail_socket: a\nsaslauthd_path: b\nauthdaemond_path: c"),
      "f");
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].path == "b");
}
