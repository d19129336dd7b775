# SPDX-License-Identifier: MIT
"""extmail-policyd's quota rule: what mailboxes hold, read from their Maildir, decides."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.dovecot import ExtraDovecot
from support.extra_daemon import ExtraDaemon
from support.messages import STRANGER, mails_in, new_message
from support.policy import PolicyClient
from support.site import Site
from support.smtp import Lmtp, Smtp
from support.smtpd_service import SmtpdServices

DOMAIN = "quota-policy.test"
QUOTA = 10_000
FULL = "552 5.2.2 the mailbox is full"
LATER = "452 4.2.2 the mailbox is full, please try again later"
RULE = "[policyd.quota]\nenabled = true\n"

# As extmail-policy-rules(7) has them.
QUOTA_CLONE = """\
mail_plugins = quota_clone
plugin {{
  quota_clone_dict = proxy::extmail_usage
}}
dict {{
  extmail_usage = mysql:{file}
}}
service dict {{
  unix_listener dict {{
    mode = 0666
  }}
}}
"""
DICTIONARY = """\
connect = host={socket} dbname=extmail user={user} password={password}
map {{
  pattern = priv/quota/storage
  table = extmail_mail_usage
  username_field = username
  value_field = bytes
}}
map {{
  pattern = priv/quota/messages
  table = extmail_mail_usage
  username_field = username
  value_field = messages
}}
"""


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    for name in ("full", "roomy", "uncounted", "unreadable", "linked"):
        accounts.mailbox(f"{name}@{DOMAIN}", quota="1000S,10C")
    accounts.mailbox(f"unlimited@{DOMAIN}", quota="0S")
    accounts.alias(f"both@{DOMAIN}", f"full@{DOMAIN},roomy@{DOMAIN}")
    accounts.alias(f"one@{DOMAIN}", f"full@{DOMAIN}")


@pytest.fixture
def policyd(extra_daemon: Callable[[str], ExtraDaemon], site: Site) -> ExtraDaemon:
    """With a mail base of its own; not started yet."""
    daemon = extra_daemon("policyd")
    daemon.change(site.env["MAIL_BASE"], str(daemon.folder / "mail"))
    daemon.config += RULE
    count(daemon, "full", "1000S,10C\n900 9\n100 0\n")
    count(daemon, "roomy", "1000S\n100 1\n")
    count(daemon, "unlimited", "0S\n5000 50\n")
    return daemon


@pytest.fixture
def policy(policyd: ExtraDaemon) -> Iterator[PolicyClient]:
    policyd.start()
    with PolicyClient(str(policyd.socket)) as client:
        yield client


def maildir(daemon: ExtraDaemon, name: str) -> Path:
    folder = daemon.folder / "mail" / DOMAIN / name / "Maildir"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def count(daemon: ExtraDaemon, name: str, text: str) -> None:
    maildir(daemon, name).joinpath("maildirsize").write_text(text)


@pytest.mark.parametrize("state", ["RCPT", "END-OF-MESSAGE"])
@pytest.mark.parametrize(
    ("name", "size", "action"),
    [
        ("full", "1", FULL),
        ("full", "0", FULL),
        ("Full+tag", "1", FULL),
        ("one", "1", FULL),
        ("both", "500", "DUNNO"),
        ("both", "1001", FULL),
        ("roomy", "1000", "DUNNO"),  # within the grace
        ("roomy", "1001", FULL),
        ("uncounted", "1001", "DUNNO"),
        ("unlimited", "1001", "DUNNO"),
        ("nobody", "1001", "DUNNO"),
    ],
)
def test_who_gets_mail(policy: PolicyClient, state: str, name: str, size: str, action: str) -> None:
    assert policy.ask(protocol_state=state, recipient=f"{name}@{DOMAIN}", size=size) == action


def test_what_was_deleted_makes_room_at_once(policyd: ExtraDaemon, policy: PolicyClient) -> None:
    recipient = f"full@{DOMAIN}"
    assert policy.ask(recipient=recipient, size="100") == FULL
    policyd.log.wait_for(
        f"info: refused: stage=RCPT sender=someone@example.org recipient={recipient} ",
        f"rule=quota: {FULL} ({recipient} holds 1000 of 1000 bytes, 9 of 10 messages; the message has 100)",
    )
    with maildir(policyd, "full").joinpath("maildirsize").open("a") as file:
        file.write("-500 -4\n")
    assert policy.ask(recipient=recipient, size="100") == "DUNNO"


def test_what_may_not_be_read_is_a_failure_of_the_rule(policyd: ExtraDaemon) -> None:
    maildir(policyd, "unreadable").chmod(0o700)
    maildir(policyd, "linked").joinpath("maildirsize").symlink_to(maildir(policyd, "full") / "maildirsize")
    assert os.stat(maildir(policyd, "unreadable")).st_uid == 0
    policyd.config += 'on_failure = "defer"\n'
    policyd.start()
    with PolicyClient(str(policyd.socket)) as policy:
        assert policy.ask(recipient=f"unreadable@{DOMAIN}").startswith("DEFER 4.3.0 ")
        policyd.log.wait_for("error: rule_failed: quota: ", "unreadable/Maildir/maildirsize: Permission denied")
        assert policy.ask(recipient=f"linked@{DOMAIN}").startswith("DEFER 4.3.0 ")
        assert policy.ask(recipient=f"full@{DOMAIN}") == FULL


class TestTable:
    """Usage as Dovecot's quota_clone notes it."""

    @pytest.fixture(autouse=True)
    def usage(self, site: Site, policyd: ExtraDaemon) -> Iterator[None]:
        policyd.config += 'usage = "table"\n'
        self.database = site.database()
        for name, held in (("full", 0), ("roomy", 1000), ("unlimited", 5000), ("uncounted", -5)):
            self.note(name, held, 0)
        yield
        assert not self.database.run("DELETE FROM extmail_mail_usage").error

    def note(self, name: str, held: int, messages: int) -> None:
        """In the words of Dovecot's dict-sql."""
        for column, value in (("bytes", held), ("messages", messages)):
            outcome = self.database.run(
                f"INSERT INTO extmail_mail_usage ({column},username) VALUES ({value},'{name}@{DOMAIN}') "
                f"ON DUPLICATE KEY UPDATE {column}={value}"
            )
            assert not outcome.error, outcome.message

    def test_who_gets_mail(self, policy: PolicyClient) -> None:
        actions = {"full": "DUNNO", "roomy": FULL, "unlimited": "DUNNO", "uncounted": "DUNNO", "linked": "DUNNO"}
        assert {name: policy.ask(recipient=f"{name}@{DOMAIN}", size="1") for name in actions} == actions

    def test_what_changes_counts_at_once(self, policy: PolicyClient) -> None:
        recipient = f"full@{DOMAIN}"
        for messages, action in ((10, FULL), (9, "DUNNO"), (10, FULL)):
            self.note("full", 500, messages)
            assert policy.ask(recipient=recipient, size="1") == action

    def test_nobody_inherits_what_another_held(self, policy: PolicyClient, accounts: Accounts) -> None:
        for name in ("heir", "renamed"):
            mailbox = accounts.mailbox(f"{name}@{DOMAIN}", quota="1000S")
            self.note(name, 1000, 1)
            assert policy.ask(recipient=mailbox.address, size="1") == FULL
            if name == "heir":
                accounts.delete(mailbox)
            else:
                accounts.change(mailbox, username=f"new-{mailbox.address}")
                assert self.held(f"new-{name}") == (("1000",),)
            assert self.held(name) == ()

    def held(self, name: str) -> tuple[tuple[str, ...], ...]:
        return self.database.select(f"SELECT bytes FROM extmail_mail_usage WHERE username = '{name}@{DOMAIN}'")

    def test_policyd_may_only_read_it(self, site: Site) -> None:
        account = site.database("policyd")
        assert account.select(f"SELECT bytes FROM extmail_mail_usage WHERE username = 'roomy@{DOMAIN}'") == (("1000",),)
        assert account.run("DELETE FROM extmail_mail_usage").error == 1142


class TestDovecot:
    """What a real one counts; 2.3, the dictionaries of which are configured otherwise in 2.4."""

    @pytest.fixture
    def policyd(self, extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
        daemon = extra_daemon("policyd")
        daemon.config += RULE + "grace_percent = 0\n"
        return daemon

    def check(self, policyd: ExtraDaemon, mailbox: Mailbox, held: int) -> None:
        policyd.start()
        with PolicyClient(str(policyd.socket)) as policy:
            assert policy.ask(recipient=mailbox.address, size=str(QUOTA - held)) == "DUNNO"
            assert policy.ask(recipient=mailbox.address, size=str(QUOTA - held + 1)) == FULL

    def deliver(self, lmtp: Lmtp, mailbox: Mailbox) -> int:
        """A mail; how many bytes it has in the mailbox."""
        message = new_message(body="x" * 500)
        with lmtp:
            assert lmtp.transact(STRANGER, mailbox.address, message.text).startswith("250 ")
        return mails_in(mailbox.maildir)[message.id].stat().st_size

    def test_maildirsize(self, site: Site, accounts: Accounts, policyd: ExtraDaemon) -> None:
        mailbox = accounts.mailbox(f"counted@{DOMAIN}", quota=f"{QUOTA}S")
        held = sum(self.deliver(site.lmtp(), mailbox) for _ in range(3))
        file = mailbox.maildir / "maildirsize"
        file.chmod(0o644)
        for folder in file.parents:
            if folder.is_relative_to(site.env["MAIL_BASE"]):
                folder.chmod(folder.stat().st_mode | 0o711)
        self.check(policyd, mailbox, held)

    def test_quota_clone(
        self,
        site: Site,
        accounts: Accounts,
        policyd: ExtraDaemon,
        extra_dovecot: Callable[[], ExtraDovecot],
    ) -> None:
        dovecot = extra_dovecot()
        dictionary = policyd.folder / "extmail-usage.conf"
        account = f"dovecot-{secrets.token_hex(4)}"
        password = secrets.token_hex(8)
        dovecot.before += QUOTA_CLONE.format(file=dictionary)
        dictionary.write_text(DICTIONARY.format(socket=site.env["MYSQL_SOCKET"], user=account, password=password))
        created = site.database().run(
            f"CREATE USER '{account}'@'localhost' IDENTIFIED BY '{password}'",
            f"GRANT SELECT, INSERT, UPDATE ON extmail_mail_usage TO '{account}'@'localhost'",
        )
        assert not created.error, created.message
        dovecot.start()
        mailbox = accounts.mailbox(f"cloned@{DOMAIN}", quota=f"{QUOTA}S")
        held = sum(self.deliver(dovecot.lmtp(), mailbox) for _ in range(3))
        row = f"SELECT bytes, messages FROM extmail_mail_usage WHERE username = '{mailbox.address}'"
        wait_until(lambda: site.database().select(row) == ((str(held), "3"),), "Dovecot's count", dovecot.log_file)
        policyd.config += 'usage = "table"\n'
        self.check(policyd, mailbox, held)
        assert not site.database().run(f"DROP USER '{account}'@'localhost'").error


def test_a_reload_switches_the_rule(policyd: ExtraDaemon, policy: PolicyClient) -> None:
    recipient = f"full@{DOMAIN}"
    assert policy.ask(recipient=recipient) == FULL
    for old, new, action in (
        (RULE, RULE + 'when_full = "defer"\n', LATER),
        (RULE, RULE + 'mode = "log"\n', "DUNNO"),
        (RULE, "[policyd.quota]\nenabled = false\n", "DUNNO"),
    ):
        policyd.change(old, new)
        policyd.reload()
        wait_until(lambda: policy.ask(recipient=recipient) == action, action, policyd.log.file)
        policyd.change(new, old)
    policyd.log.wait_for("info: tried_out: ", "rule=quota")


def test_postfix_tells_the_sender(policyd: ExtraDaemon, site: Site) -> None:
    policyd.start()
    ask = f"check_policy_service,unix:{policyd.socket}"  # postconf -P takes no blanks
    with SmtpdServices(site) as services:
        port = services.open(
            "",
            "n",
            smtpd_recipient_restrictions=f"reject_unauth_destination,{ask}",
            smtpd_end_of_data_restrictions=ask,
        )
        services.start()
        with Smtp(port) as smtp:
            assert smtp.command("MAIL FROM:<someone@example.org> SIZE=1001").startswith("250 ")
            reply = smtp.command(f"RCPT TO:<roomy@{DOMAIN}>")
            assert reply == f"552 5.2.2 <roomy@{DOMAIN}>: Recipient address rejected: the mailbox is full"
            assert smtp.command("RSET").startswith("250 ")
            assert smtp.command("MAIL FROM:<someone@example.org>").startswith("250 ")
            assert smtp.command(f"RCPT TO:<roomy@{DOMAIN}>").startswith("250 ")
            assert smtp.command("DATA").startswith("354 ")
            reply = smtp.command("Subject: large\r\n\r\n" + "x" * 900 + "\r\n" + "x" * 900 + "\r\n.")
            assert reply == "552 5.2.2 <END-OF-MESSAGE>: End-of-data rejected: the mailbox is full"
