# SPDX-License-Identifier: MIT
"""extmail-policyd's rules about who may send what to whom, by rows as an administrator writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.site import Site
from support.smtp import Smtp
from support.smtpd_service import SmtpdServices

DOMAIN = "access-policy.test"
ALIAS_DOMAIN = "alias-access-policy.test"
RULES = "[policyd.senders]\nenabled = true\n[policyd.forged_senders]\nenabled = true\ntrusted_networks = []\n"
SASL = """\
pwcheck_method: auxprop saslauthd
auxprop_plugin: extmail
mech_list: PLAIN
extmail_socket: extmail/auth
saslauthd_path: extmail/saslauthd
"""

UNWANTED_SENDER = "REJECT 5.7.1 this recipient takes no mail from this sender"
UNWANTED_CLIENT = "REJECT 5.7.1 this recipient takes no mail from your network"
FORGED = "REJECT 5.7.1 senders of this domain have to authenticate"
CLOSED = "REJECT 5.7.2 you may not write to this list"
KEPT_IN = "REJECT 5.7.1 you may only send to users of this server"
KEPT_OUT = "REJECT 5.7.1 this recipient takes mail from users of this server only"

ROWS = (
    (f"@{DOMAIN}", "deny-sender", "bulk.example.net"),
    (f"@{DOMAIN}", "deny-client", "198.51.100.0/24"),
    (f"jane@{DOMAIN}", "allow-sender", "bulk.example.net"),
    (f"jane@{DOMAIN}", "allow-client", "198.51.100.7"),
    (f"joe@{DOMAIN}", "send-as", f"office@{DOMAIN}"),
    (f"team@{DOMAIN}", "list-access", "members"),
    (f"kid@{DOMAIN}", "inside-only", "both"),
)


def not_owned(name: str) -> str:
    return f"REJECT 5.7.1 sender address not owned by user {name}@{DOMAIN}"


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    accounts.domain(ALIAS_DOMAIN)
    for name in ("jane", "kid", "office", "changing"):
        accounts.mailbox(f"{name}@{DOMAIN}")
    accounts.alias(f"team@{DOMAIN}", f"joe@{DOMAIN},jane@{DOMAIN}")
    accounts.alias(f"@{ALIAS_DOMAIN}", f"@{DOMAIN}")
    return accounts.mailbox(f"joe@{DOMAIN}")


@pytest.fixture(scope="module", autouse=True)
def administrator(site: Site, joe: Mailbox) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    for row in ROWS:
        assert not database.run(f"INSERT INTO extmail_policy (subject, kind, value) VALUES {row}").error
    yield database
    assert not database.run(f"DELETE FROM extmail_policy WHERE subject LIKE '%{DOMAIN}'").error


@pytest.fixture
def policyd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    daemon = extra_daemon("policyd")
    daemon.change("database_user =", "policy_table = true\ndatabase_user =")
    daemon.config += RULES
    daemon.start()
    return daemon


@pytest.fixture
def policy(policyd: ExtraDaemon) -> Iterator[PolicyClient]:
    with PolicyClient(str(policyd.socket)) as client:
        yield client


@pytest.mark.parametrize(
    ("login", "sender", "recipient", "client", "action"),
    [
        ("", "a@bulk.example.net", "joe", "192.0.2.7", UNWANTED_SENDER),
        ("", "a@sub.bulk.example.net", "Joe+tag", "192.0.2.7", UNWANTED_SENDER),
        ("", "a@bulk.example.net", "jane", "192.0.2.7", "DUNNO"),
        ("", "a@example.net", "joe", "198.51.100.7", UNWANTED_CLIENT),
        ("", "a@example.net", "joe", "198.51.101.7", "DUNNO"),
        ("", f"joe@{DOMAIN}", "joe", "192.0.2.7", FORGED),
        ("", f"joe@{DOMAIN}", "jane", "198.51.100.7", "DUNNO"),  # allowed, and so spared
        ("joe", f"joe+x@{DOMAIN}", "jane", "198.51.100.9", "DUNNO"),
        ("joe", f"joe@{ALIAS_DOMAIN}", "jane", "192.0.2.7", "DUNNO"),
        ("joe", f"team@{DOMAIN}", "jane", "192.0.2.7", "DUNNO"),
        ("joe", f"office@{DOMAIN}", "jane", "192.0.2.7", "DUNNO"),
        ("joe", "", "jane", "192.0.2.7", "DUNNO"),
        ("joe", f"jane@{DOMAIN}", "jane", "192.0.2.7", not_owned("joe")),
        ("joe", "ceo@example.org", "jane", "192.0.2.7", not_owned("joe")),
        ("jane", f"office@{DOMAIN}", "joe", "192.0.2.7", not_owned("jane")),
        ("jane", f"jane@{DOMAIN}", "team", "192.0.2.7", "DUNNO"),
        ("kid", f"kid@{DOMAIN}", "team", "192.0.2.7", CLOSED),
        ("", "a@example.net", "team+x", "192.0.2.7", CLOSED),
        ("", "a@example.net", "kid", "192.0.2.7", KEPT_OUT),
        ("joe", f"joe@{DOMAIN}", "kid", "192.0.2.7", "DUNNO"),
        ("kid", f"kid@{DOMAIN}", "joe", "192.0.2.7", "DUNNO"),
        ("kid", f"kid@{DOMAIN}", "a@example.net", "192.0.2.7", KEPT_IN),
    ],
)
def test_who_may_write_to_whom(
    policy: PolicyClient, login: str, sender: str, recipient: str, client: str, action: str
) -> None:
    asked = policy.ask(
        sasl_username=f"{login}@{DOMAIN}" if login else "",
        sender=sender,
        recipient=recipient if "@" in recipient else f"{recipient}@{DOMAIN}",
        client_address=client,
    )
    assert asked == action


@pytest.mark.parametrize(("name", "action"), [("joe", UNWANTED_SENDER), ("team", CLOSED), ("kid", KEPT_OUT)])
def test_a_domain_alias_leads_around_nothing(policy: PolicyClient, name: str, action: str) -> None:
    sender = "a@bulk.example.net" if name == "joe" else "a@example.net"
    assert policy.ask(sender=sender, recipient=f"{name}@{ALIAS_DOMAIN}") == action


def test_rows_that_change_show_in_the_middle_of_a_connection(
    policyd: ExtraDaemon, policy: PolicyClient, administrator: Database
) -> None:
    def is_answered(action: str) -> None:
        wait_until(
            lambda: policy.ask(sender="a@news.example", recipient=f"Changing@{DOMAIN}") == action,
            action,
            policyd.log.file,
        )

    subject = f"changing@{DOMAIN}"
    is_answered("DUNNO")
    row = f"('{subject.upper()}', 'deny-sender', 'News.example')"
    for statement, action in (
        (f"INSERT INTO extmail_policy (subject, kind, value) VALUES {row}", UNWANTED_SENDER),
        (f"UPDATE extmail_policy SET active = 0 WHERE subject = '{subject}'", "DUNNO"),
        (f"UPDATE extmail_policy SET active = 1 WHERE subject = '{subject}'", UNWANTED_SENDER),
        (f"UPDATE extmail_policy SET value = '*@news.example' WHERE subject = '{subject}'", "DUNNO"),
        (f"UPDATE extmail_policy SET value = '@news.example' WHERE subject = '{subject}'", UNWANTED_SENDER),
        (f"DELETE FROM extmail_policy WHERE subject = '{subject}'", "DUNNO"),
    ):
        assert not administrator.run(statement).error
        is_answered(action)
    policyd.log.wait_for("error: rule_failed: lists: ", f"deny-sender of changing@{DOMAIN} is \"*@news.example\", not ")
    policyd.log.wait_for(
        "info: refused: ", "rule=lists: ", f"(deny-sender News.example of changing@{DOMAIN})"
    )


def test_without_the_table_nothing_is_decided_by_it(extra_daemon: Callable[[str], ExtraDaemon]) -> None:
    daemon = extra_daemon("policyd")
    daemon.start()
    with PolicyClient(str(daemon.socket)) as policy:
        assert policy.ask(sender="a@bulk.example.net", recipient=f"joe@{DOMAIN}") == "DUNNO"
        assert policy.ask(recipient=f"kid@{DOMAIN}") == "DUNNO"


def test_postfix_tells_the_sender(policyd: ExtraDaemon, site: Site, joe: Mailbox) -> None:
    ask = f"check_policy_service,unix:{policyd.socket}"  # postconf -P takes no blanks
    with SmtpdServices(site) as services:
        port = services.open(
            SASL,
            "n",
            smtpd_sender_restrictions="",  # reject_sender_login_mismatch knows nothing of send-as
            smtpd_recipient_restrictions=f"{ask},permit_sasl_authenticated,reject_unauth_destination",
            smtpd_relay_restrictions="permit_sasl_authenticated,reject_unauth_destination",
        )
        services.start()

        def reply_to(smtp: Smtp, sender: str, recipient: str) -> str:
            assert smtp.command("RSET").startswith("250 ")
            assert smtp.mail(sender).startswith("250 ")
            return smtp.rcpt(recipient)

        with Smtp(port) as smtp:
            refused = f"554 5.7.1 <jane@{DOMAIN}>: Recipient address rejected: "
            reply = reply_to(smtp, f"joe@{DOMAIN}", f"jane@{DOMAIN}")
            assert reply == refused + "senders of this domain have to authenticate"
            assert reply_to(smtp, "a@example.net", f"jane@{DOMAIN}").startswith("250 ")
            reply = reply_to(smtp, "a@example.net", f"team@{DOMAIN}")
            assert reply == f"554 5.7.2 <team@{DOMAIN}>: Recipient address rejected: you may not write to this list"
            assert smtp.command("RSET").startswith("250 ")
            assert smtp.auth_plain(joe.address, joe.password).startswith("235 ")
            assert reply_to(smtp, joe.address, f"team@{DOMAIN}").startswith("250 ")
            assert reply_to(smtp, f"office@{DOMAIN}", f"jane@{DOMAIN}").startswith("250 ")
            reply = reply_to(smtp, f"jane@{DOMAIN}", f"jane@{DOMAIN}")
            assert reply == refused + f"sender address not owned by user {joe.address}"
