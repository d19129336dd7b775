# SPDX-License-Identifier: MIT
"""Dovecot with our plugin: reading by IMAP and POP3, delivery by LMTP, and what doveadm says."""

from __future__ import annotations

import imaplib
import poplib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.accounts import Accounts, Columns, Mailbox
from support.log_watch import LogWatch
from support.messages import STRANGER, Message, mails_in, new_message
from support.passwords import new_password, remember
from support.site import Site, imap_login

DOMAIN = "mailboxes.test"
MAIL_UID = 2525
SAVED = "250 2.0.0"
NO_USER, TEMPORARY, AUTH_FAILED = 67, 75, 77  # exit statuses of doveadm

# What is off, and what IMAP and POP3 then say; where nothing is said, the login works.
SWITCHES: list[tuple[str, Columns, str, str]] = [
    ("nothing", {}, "", ""),
    ("imap", {"disableimap": 1}, "the mailbox has this service disabled", ""),
    ("pop3", {"disablepop3": 1}, "", "the mailbox has this service disabled"),
    ("sending", {"disablesmtpd": 1}, "", ""),
    ("receiving", {"disablesmtp": 1}, "", ""),
    ("all", {"active": 0}, "the mailbox is inactive", "the mailbox is inactive"),
    ("time", {"expiredate": "2010-01-01"}, "the mailbox has expired", "the mailbox has expired"),
]
SWITCH_NAMES = [name for name, _, _, _ in SWITCHES]

# The column, and what GETQUOTAROOT makes of it (storage in kB).
QUOTAS = {
    "104857600S": {"STORAGE": 102400},
    "1048576S,100C": {"STORAGE": 1024, "MESSAGE": 100},
    "100C": {"MESSAGE": 100},
    "1048576": {"STORAGE": 1024},
    "5368709120S": {"STORAGE": 5242880},
    "0S": {},
    "0": {},
    "": {},
    "nonsense": {},
}


# How each Dovecot is told of a maildir, and of 1 MiB and 7 messages.
WORDS: dict[str, Callable[[str], dict[str, str]]] = {
    "2.3": lambda maildir: {"mail": f"maildir:{maildir}", "quota_rule": "*:bytes=1048576:messages=7"},
    "2.4": lambda maildir: {
        "mail_driver": "maildir",
        "mail_path": maildir,
        "mail_inbox_path": ".",
        "quota_storage_size": "1048576B",
        "quota_message_count": "7",
    },
}


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.alias(f"alias-of-joe@{DOMAIN}", f"joe@{DOMAIN}")
    return accounts.mailbox(f"joe@{DOMAIN}")


def deliver(site: Site, recipient: str, message: Message) -> str:
    """By LMTP, as Postfix does; the answer, without the words that are about this one mail."""
    with site.lmtp() as lmtp:
        return lmtp.transact(STRANGER, recipient, message.text).partition(" <")[0]


def imap_refusal(site: Site, user: str, password: str) -> str:
    """What IMAP says against this login; nothing if it has nothing against it."""
    imap = site.imap()
    try:
        imap_login(imap, user, password)
    except imaplib.IMAP4.error as error:
        return str(error)
    finally:
        imap.logout()
    return ""


def pop3_refusal(site: Site, user: str, password: str) -> str:
    pop3 = site.pop3()
    try:
        pop3.user(user)
        pop3.pass_(password)
    except poplib.error_proto as error:
        return str(error)
    finally:
        pop3.quit()
    return ""


class TestReading:
    def test_a_delivered_mail_is_read_by_imap_and_pop3(self, site: Site, joe: Mailbox) -> None:
        message = new_message(subject="Read me", body="Grüße, 你好")
        assert deliver(site, joe.address, message) == SAVED

        imap = site.imap()
        imap_login(imap, joe.address, joe.password)
        assert imap.select() == ("OK", [b"1"])
        assert imap.search(None, "HEADER", "Message-ID", message.id) == ("OK", [b"1"])
        _, fetched = imap.fetch("1", "(BODY[TEXT])")
        assert isinstance(fetched[0], tuple) and fetched[0][1].decode().strip() == "Grüße, 你好"
        imap.logout()

        pop3 = site.pop3()
        pop3.user(joe.address)
        pop3.pass_(joe.password)
        assert pop3.stat()[0] == 1
        assert f"Message-ID: {message.id}".encode() in pop3.retr(1)[1]
        pop3.dele(1)
        pop3.quit()
        assert mails_in(joe.maildir) == {}

    def test_folders_have_the_webmails_shape(self, site: Site, accounts: Accounts) -> None:
        """Maildir++: INBOX.Sent is .Sent beside cur, new and tmp."""
        user = accounts.mailbox(f"folders@{DOMAIN}")
        imap = site.imap()
        imap_login(imap, user.address, user.password)
        assert imap.create("Sent.2026")[0] == "OK"
        imap.logout()
        assert (user.maildir / ".Sent.2026/cur").is_dir()

    @pytest.mark.parametrize("scheme", ["$1$", "$5$", "$6$", "$2y$", "$y$", "{CRYPT}$6$", "{PLAIN}"])
    def test_every_scheme_logs_in(self, site: Site, accounts: Accounts, scheme: str) -> None:
        name = "".join(c for c in scheme.lower() if c.isalnum())
        user = accounts.mailbox(f"{name}@{DOMAIN}", scheme=scheme)
        assert imap_refusal(site, user.address, user.password) == ""
        assert pop3_refusal(site, user.address, user.password) == ""

    @pytest.mark.parametrize(
        "password", ["pass word", 'it\'s "quoted"', "pärolen密码", "{PLAIN}\\$1$", "a" * 200]
    )
    def test_any_password_logs_in(self, site: Site, accounts: Accounts, password: str) -> None:
        user = accounts.mailbox(f"any{len(password.encode())}@{DOMAIN}", remember(password + "-sesame"))
        assert imap_refusal(site, user.address, user.password) == ""

    def test_any_case_of_the_name_is_one_mailbox(self, site: Site, joe: Mailbox) -> None:
        message = new_message()
        deliver(site, "Joe@Mailboxes.Test", message)
        imap = site.imap()
        imap_login(imap, "JOE@MAILBOXES.TEST", joe.password)
        imap.select()
        assert imap.search(None, "HEADER", "Message-ID", message.id)[1] != [b""]
        imap.logout()
        assert not joe.maildir.parents[1].joinpath("JOE").exists()


class TestRefusing:
    def test_a_wrong_password(self, site: Site, joe: Mailbox) -> None:
        assert "[AUTHENTICATIONFAILED]" in imap_refusal(site, joe.address, new_password())
        assert "[AUTH]" in pop3_refusal(site, joe.address, new_password())

    @pytest.mark.parametrize(
        "name",
        [
            f"nobody@{DOMAIN}",
            f"joé@{DOMAIN}",
            f"alias-of-joe@{DOMAIN}",
            f"joe+tag@{DOMAIN}",
            "joe",
            f"' or ''='@{DOMAIN}",
            f"joe@{DOMAIN}.",
        ],
    )
    def test_other_names_are_as_wrong_as_a_password(self, site: Site, joe: Mailbox, name: str) -> None:
        """Nobody learns from the answer which accounts exist."""
        assert "[AUTHENTICATIONFAILED] Authentication failed." in imap_refusal(site, name, joe.password)

    @pytest.mark.parametrize(("name", "columns", "imap", "pop3"), SWITCHES, ids=SWITCH_NAMES)
    def test_what_is_switched_off(
        self, site: Site, accounts: Accounts, name: str, columns: Columns, imap: str, pop3: str
    ) -> None:
        user = accounts.mailbox(f"without-{name}@{DOMAIN}", **columns)
        for said, expected in (
            (imap_refusal(site, user.address, user.password), imap),
            (pop3_refusal(site, user.address, user.password), pop3),
        ):
            assert expected in said and bool(expected) == bool(said)
            assert "UNAVAILABLE" not in said and "SYS/TEMP" not in said

    def test_a_row_that_is_the_administrators_fault_is_a_temporary_failure(
        self, site: Site, accounts: Accounts, log: Callable[[str], LogWatch]
    ) -> None:
        """The password may be right: mail programs must not forget it."""
        user = accounts.mailbox(f"broken@{DOMAIN}", stored="{UNKNOWN}x")
        assert "[UNAVAILABLE]" in imap_refusal(site, user.address, user.password)
        assert "[SYS/TEMP]" in pop3_refusal(site, user.address, user.password)
        log("dovecot").wait_for(": Error: ", f"mailbox {user.address}: the column password")


class TestDelivery:
    def test_it_lies_in_the_columns_maildir_and_is_the_mail_users(
        self, site: Site, accounts: Accounts
    ) -> None:
        """Whatever uidnumber and gidnumber say, and nobody else may read it."""
        user = accounts.mailbox(
            f"placed@{DOMAIN}",
            maildir=f"{DOMAIN}/BD/98/5F/placed/Maildir/",
            homedir=f"{DOMAIN}/BD/98/5F/placed",
        )
        message = new_message()
        assert deliver(site, user.address, message) == SAVED
        file = mails_in(user.maildir)[message.id]
        assert file.parent == Path(site.env["MAIL_BASE"], DOMAIN, "BD/98/5F/placed/Maildir/new")
        for path in (file, *list(file.parents)[:7]):
            info = path.stat()
            assert (info.st_uid, info.st_gid, info.st_mode & 0o077) == (MAIL_UID, MAIL_UID, 0), path

    def test_an_extension_is_the_same_mailbox(self, site: Site, joe: Mailbox) -> None:
        message = new_message()
        assert deliver(site, f"joe+tag@{DOMAIN}", message) == SAVED
        assert message.id in mails_in(joe.maildir)

    @pytest.mark.parametrize(
        "local", ["o'brien", "a=b", "a&b", "x#y", "under_score", "d.o.t.s", "per%cent", "2026"]
    )
    def test_names_that_are_addresses_are_delivered_to(
        self, site: Site, accounts: Accounts, local: str
    ) -> None:
        """What Postfix was told to be a mailbox Dovecot must not call unknown: accepted mail would bounce."""
        user = accounts.mailbox(f"{local}@{DOMAIN}")
        message = new_message()
        assert deliver(site, user.address, message) == SAVED
        assert message.id in mails_in(user.maildir)

    def test_a_name_with_a_blank_is_delivered_to(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"john doe@{DOMAIN}")
        message = new_message()
        assert deliver(site, f'"john doe"@{DOMAIN}', message) == SAVED
        assert message.id in mails_in(user.maildir)

    @pytest.mark.parametrize(
        "recipient",
        [
            f"nobody@{DOMAIN}",
            "joe@elsewhere.test",
            f"nobody+tag@{DOMAIN}",
            f'"\'; drop table mailbox; --"@{DOMAIN}',
        ],
    )
    def test_the_unknown_are_refused_for_good(self, site: Site, recipient: str) -> None:
        assert deliver(site, recipient, new_message()) == "550 5.1.1"

    @pytest.mark.parametrize("name", ["receiving", "all", "time"])
    def test_who_may_not_receive_is_refused_for_good(self, site: Site, accounts: Accounts, name: str) -> None:
        columns = {switch: columns for switch, columns, _, _ in SWITCHES}[name]
        user = accounts.mailbox(f"closed-{name}@{DOMAIN}", **columns)
        assert deliver(site, user.address, new_message()) == "550 5.1.1"
        assert not user.maildir.exists()

    @pytest.mark.parametrize(
        "maildir", ["../../escaped/Maildir/", "/tmp/em-escaped/", f"{DOMAIN}/../../escaped/"]
    )
    def test_a_maildir_outside_of_the_mail_base_gets_nothing(
        self, site: Site, accounts: Accounts, log: Callable[[str], LogWatch], maildir: str
    ) -> None:
        """Deferred, because the administrator can mend it."""
        address = f"escaper{len(maildir)}@{DOMAIN}"
        user = accounts.mailbox(address, maildir=maildir)
        assert deliver(site, address, new_message()) == "451 4.3.0"
        log("authd").wait_for("error: account_unusable: ", f"mailbox {address}: maildir leaves the mail base")
        assert not user.maildir.resolve().exists()


class TestQuota:
    @pytest.mark.parametrize("quota", QUOTAS)
    def test_is_the_columns(self, site: Site, accounts: Accounts, quota: str) -> None:
        user = accounts.mailbox(f"quota{list(QUOTAS).index(quota)}@{DOMAIN}", quota=quota)
        imap = site.imap()
        imap_login(imap, user.address, user.password)
        status, (_, limits) = imap.getquotaroot("INBOX")
        imap.logout()
        assert status == "OK"
        words = limits[0].decode().rpartition("(")[2].rstrip(")").split() if limits[0] else []
        assert {name: int(limit) for name, _, limit in zip(*[iter(words)] * 3, strict=True)} == QUOTAS[quota]

    def test_a_mail_over_it_is_refused_and_one_under_it_is_not(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"small@{DOMAIN}", quota="20480S")
        small, large = new_message(body="x" * 5000), new_message(body="x" * 70 + "\n" + "x" * 50000)
        assert deliver(site, user.address, small) == SAVED
        assert deliver(site, user.address, large) == "552 5.2.2"
        assert list(mails_in(user.maildir)) == [small.id]


class TestDoveadm:
    def test_auth_test_knows_the_right_password(self, site: Site, joe: Mailbox) -> None:
        done = site.doveadm("auth", "test", "-x", "service=imap", joe.address, joe.password)
        assert (done.status, f"passdb: {joe.address} auth succeeded" in done.output) == (0, True), done.all

    def test_auth_test_knows_a_wrong_one(self, site: Site, joe: Mailbox) -> None:
        done = site.doveadm("auth", "test", "-x", "service=imap", joe.address, new_password())
        assert (done.status, f"passdb: {joe.address} auth failed" in done.output) == (
            AUTH_FAILED,
            True,
        ), done.all

    def test_auth_test_says_why_an_account_is_refused(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"told@{DOMAIN}", active=0)
        done = site.doveadm("auth", "test", "-x", "service=imap", user.address, user.password)
        assert done.status == AUTH_FAILED
        assert "code=user_disabled" in done.output and "reason=the mailbox is inactive" in done.output

    def test_user_shows_what_we_told(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"shown@{DOMAIN}", quota="1048576S,7C")
        done = site.doveadm("user", user.address)
        fields = dict(line.split("\t", 1) for line in done.output.splitlines() if "\t" in line)
        home = f"{site.env['MAIL_BASE']}/{DOMAIN}/shown"
        assert fields == {
            "field": "value",
            "uid": str(MAIL_UID),
            "gid": str(MAIL_UID),
            "home": home,
            **WORDS[site.demo.dovecot.version](f"{home}/Maildir"),
        }

    def test_user_knows_who_is_unknown(self, site: Site) -> None:
        done = site.doveadm("user", f"nobody@{DOMAIN}")
        assert (done.status, "doesn't exist" in done.all) == (NO_USER, True), done.all

    def test_user_of_a_broken_row_is_a_failure_not_unknown(self, site: Site, accounts: Accounts) -> None:
        accounts.mailbox(f"broken-path@{DOMAIN}", maildir="../..")
        assert site.doveadm("user", f"broken-path@{DOMAIN}").status == TEMPORARY
