# SPDX-License-Identifier: MIT
"""What Dovecot is told of a user: ids, places, quota, and the administrator's own fields."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.dovecot import ExtraDovecot
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.messages import STRANGER, mails_in, new_message
from support.site import Site, imap_login

DOMAIN = "dovecot-fields.test"
MAIL_UID = 2525
SEEN_SECONDS = 10
NOT_OURS = 61299  # a uid and gid of nobody

# A row's columns, and the folder below the mail base where its mail is.
PLACES: dict[str, tuple[Columns, str]] = {
    "relative": ({}, f"{DOMAIN}/relative/Maildir"),
    "no-slash": ({"maildir": f"{DOMAIN}/no-slash/Maildir"}, f"{DOMAIN}/no-slash/Maildir"),
    "isp": (
        {"maildir": f"{DOMAIN}/BD/98/isp/Maildir/", "homedir": f"{DOMAIN}/BD/98/isp"},
        f"{DOMAIN}/BD/98/isp/Maildir",
    ),
    "blank": (
        {"maildir": f"{DOMAIN}/a b/Maildir/", "homedir": f"{DOMAIN}/a b"},
        f"{DOMAIN}/a b/Maildir",
    ),
    "variable": (
        {"maildir": f"{DOMAIN}/x%{{user}}/Maildir/", "homedir": f"{DOMAIN}/x%{{user}}"},
        f"{DOMAIN}/x%{{user}}/Maildir",
    ),
    "percent": (
        {"maildir": f"{DOMAIN}/%u/Maildir/", "homedir": f"{DOMAIN}/%u"},
        f"{DOMAIN}/%u/Maildir",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def authd(site: Site, extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    """Without uid and gid in its configuration: the columns decide. Not started yet."""
    return extra_daemon("authd")


@pytest.fixture
def dovecot(authd: ExtraDaemon, extra_dovecot: Callable[[], ExtraDovecot]) -> ExtraDovecot:
    """It asks that daemon. Not started yet."""
    dovecot = extra_dovecot()
    dovecot.ask(authd.socket)
    return dovecot


class TestPlaces:
    @pytest.mark.parametrize("name", PLACES)
    def test_mail_lies_where_the_columns_say(self, site: Site, accounts: Accounts, name: str) -> None:
        columns, place = PLACES[name]
        user = accounts.mailbox(f"{name}@{DOMAIN}", **columns)
        message = new_message()
        with site.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, message.text).startswith("250 ")
        assert message.id in mails_in(Path(site.env["MAIL_BASE"], place))
        imap = site.imap()
        imap_login(imap, user.address, user.password)
        assert imap.select() == ("OK", [b"1"])
        imap.logout()

    def test_absolute_columns_are_taken_as_they_are(self, site: Site, accounts: Accounts) -> None:
        base = f"{site.env['MAIL_BASE']}/{DOMAIN}/absolute"
        user = accounts.mailbox(f"absolute@{DOMAIN}", maildir=f"{base}/Maildir/", homedir=base)
        message = new_message()
        with site.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, message.text).startswith("250 ")
        assert message.id in mails_in(Path(base, "Maildir"))


class TestIds:
    def test_the_columns_decide_where_nothing_is_configured(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, accounts: Accounts
    ) -> None:
        authd.start()
        dovecot.after += "last_valid_uid = 0\n"
        dovecot.start()
        user = accounts.mailbox(f"ids@{DOMAIN}", uidnumber=NOT_OURS, gidnumber=NOT_OURS)
        done = dovecot.run_doveadm("user", user.address)
        assert done.status == 0, done.all
        fields = dict(line.split("\t", 1) for line in done.output.splitlines() if "\t" in line)
        assert (fields["uid"], fields["gid"]) == (str(NOT_OURS), str(NOT_OURS))

    @pytest.mark.parametrize("columns", [{"uidnumber": 0}, {"gidnumber": 0}, {"uidnumber": 33}], ids=str)
    def test_ids_below_the_minimum_are_the_administrators_fault(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, accounts: Accounts, columns: Columns
    ) -> None:
        """Put off, never served as root."""
        authd.start()
        dovecot.start()
        user = accounts.mailbox(f"low-{next(iter(columns.items()))}@{DOMAIN}".replace("'", ""), **columns)
        assert "[UNAVAILABLE]" in dovecot.imap_refusal(user.address, user.password)
        authd.log.wait_for("error: account_unusable: ", user.address)


class TestPrefetch:
    def test_a_login_brings_all_that_imap_needs(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, accounts: Accounts, site: Site
    ) -> None:
        """With nothing but the prefetch userdb, quota and all."""
        authd.change('expiry = "enforce"', f'expiry = "enforce"\nuid = {MAIL_UID}\ngid = {MAIL_UID}')
        authd.start()
        dovecot.use_prefetch_only()
        dovecot.start()
        user = accounts.mailbox(f"prefetch@{DOMAIN}", quota="1048576S,100C")
        imap = dovecot.imap()
        imap_login(imap, user.address, user.password)
        assert imap.select()[0] == "OK"
        assert quota(imap) == {"STORAGE": 1024, "MESSAGE": 100}
        imap.logout()
        assert user.maildir.is_dir()
        # The lookup without a login has no passdb to bring anything along.
        assert dovecot.run_doveadm("user", user.address).status != 0


class TestFieldsOfTheAdministrator:
    @pytest.fixture
    def add(self, site: Site, authd: ExtraDaemon, dovecot: ExtraDovecot) -> Iterator[Callable[[Mailbox, str, str], None]]:
        """Adds a field to a user of a running Dovecot."""
        authd.change("[authd]\n", "[authd]\nuser_fields = true\n")
        authd.change('expiry = "enforce"', f'expiry = "enforce"\nuid = {MAIL_UID}\ngid = {MAIL_UID}')
        authd.start()
        dovecot.start()

        def insert(user: Mailbox, name: str, value: str) -> None:
            statement = "INSERT INTO extmail_user_field (username, name, value) VALUES (?, ?, ?)"
            site.demo.sql(statement, user.address, name, value)

        yield insert

    def test_allow_nets_decides_where_one_may_log_in_from(
        self, dovecot: ExtraDovecot, accounts: Accounts, add: Callable[[Mailbox, str, str], None]
    ) -> None:
        here, elsewhere = accounts.mailbox(f"here@{DOMAIN}"), accounts.mailbox(f"elsewhere@{DOMAIN}")
        add(here, "allow_nets", "192.0.2.0/24,127.0.0.0/8")
        add(elsewhere, "allow_nets", "192.0.2.0/24")
        assert dovecot.imap_refusal(here.address, here.password) == ""
        said = dovecot.imap_refusal(elsewhere.address, elsewhere.password)
        assert said and "UNAVAILABLE" not in said

    def test_a_user_with_nologin_is_told_the_reason(
        self, dovecot: ExtraDovecot, accounts: Accounts, add: Callable[[Mailbox, str, str], None]
    ) -> None:
        user = accounts.mailbox(f"nologin@{DOMAIN}")
        add(user, "nologin", "y")
        add(user, "reason", "We are moving your mail until noon.")
        assert "We are moving your mail until noon." in dovecot.imap_refusal(user.address, user.password)

    def test_a_field_of_the_userdb_wins_over_ours(
        self, dovecot: ExtraDovecot, accounts: Accounts, add: Callable[[Mailbox, str, str], None]
    ) -> None:
        user = accounts.mailbox(f"quota@{DOMAIN}", quota="104857600S")
        name, value = {
            "2.3": ("userdb_quota_rule", "*:storage=2048"),
            "2.4": ("userdb_quota_storage_size", "2M"),
        }[dovecot.version]
        add(user, name, value)
        imap = dovecot.imap()
        imap_login(imap, user.address, user.password)
        assert quota(imap) == {"STORAGE": 2048}
        imap.logout()

    def test_a_changed_field_is_seen_without_a_restart(
        self, dovecot: ExtraDovecot, accounts: Accounts, add: Callable[[Mailbox, str, str], None]
    ) -> None:
        user = accounts.mailbox(f"later@{DOMAIN}")
        assert dovecot.imap_refusal(user.address, user.password) == ""
        add(user, "allow_nets", "192.0.2.0/24")
        wait_until(
            lambda: dovecot.imap_refusal(user.address, user.password), "the field to be seen", timeout=SEEN_SECONDS
        )

    @pytest.mark.parametrize("name", ["nopassword", "user", "userdb_uid", "userdb_system_groups_user"])
    def test_a_field_that_could_open_an_account_opens_none(
        self, dovecot: ExtraDovecot, accounts: Accounts, add: Callable[[Mailbox, str, str], None], name: str
    ) -> None:
        user = accounts.mailbox(f"danger-{name}@{DOMAIN}")
        add(user, name, "0" if name == "userdb_uid" else "root")
        log = LogWatch(dovecot.log_file)
        assert "[UNAVAILABLE]" in dovecot.imap_refusal(user.address, user.password)
        log.wait_for("Error: ", name)


def quota(imap: imaplib.IMAP4) -> dict[str, int]:
    """The limits of the inbox, storage in kB."""
    status, (_, limits) = imap.getquotaroot("INBOX")
    assert status == "OK"
    text = limits[0].decode() if limits[0] else ""
    return {name: int(limit) for name, limit in re.findall(r"(STORAGE|MESSAGE) \d+ (\d+)", text)}
