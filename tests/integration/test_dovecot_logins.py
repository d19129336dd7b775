# SPDX-License-Identifier: MIT
"""Logins by everything that Dovecot serves, and what is said to those who may not."""

from __future__ import annotations

import poplib
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.dovecot import ExtraDovecot
from support.dovecot_auth import OK, WRONG
from support.log_watch import LogWatch
from support.messages import STRANGER, mails_in, new_message
from support.passwords import new_password
from support.site import Site

DOMAIN = "dovecot-logins.test"
FRESH_SECONDS = 1
SLACK_SECONDS = 4  # for a machine that has much else to do
SCRIPT = 'require "fileinto";\nkeep;\n'

# The mailbox's and the domain's columns, and the reason that is given.
CLOSED: dict[str, tuple[Columns, Columns, str]] = {
    "inactive": ({"active": 0}, {}, "the mailbox is inactive"),
    "expired": ({"expiredate": "2010-01-01"}, {}, "the mailbox has expired"),
    "domain-inactive": ({}, {"active": 0}, "its domain is missing, inactive or expired"),
    "domain-expired": ({}, {"expiredate": "2010-01-01"}, "its domain is missing, inactive or expired"),
}

# The column that switches a service off. ManageSieve has none; doveadm asks for imap here.
SWITCHES = {"imap": "disableimap", "pop3": "disablepop3", "sieve": "", "doveadm": "disableimap"}


@pytest.fixture(scope="module")
def dovecot(site: Site) -> Iterator[ExtraDovecot]:
    dovecot = ExtraDovecot(site)
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"joe@{DOMAIN}")


def imap(dovecot: ExtraDovecot, user: str, password: str) -> str:
    return dovecot.imap_refusal(user, password)


def pop3(dovecot: ExtraDovecot, user: str, password: str) -> str:
    client = dovecot.pop3()
    try:
        client.user(user)
        client.pass_(password)
    except poplib.error_proto as error:
        return str(error)
    finally:
        client.quit()
    return ""


def sieve(dovecot: ExtraDovecot, user: str, password: str) -> str:
    with dovecot.sieve() as client:
        reply = client.log_in(user, password)
        return "" if reply.startswith("OK") else reply


def doveadm(dovecot: ExtraDovecot, user: str, password: str) -> str:
    done = dovecot.run_doveadm("auth", "test", "-x", "service=imap", user, password)
    return "" if done.status == 0 else done.all


# Each gives what is said against a login; nothing if there is nothing against it.
LOGINS: dict[str, Callable[[ExtraDovecot, str, str], str]] = {
    "imap": imap,
    "pop3": pop3,
    "sieve": sieve,
    "doveadm": doveadm,
}


@pytest.mark.parametrize("service", LOGINS)
class TestEveryService:
    def test_takes_the_right_password(self, dovecot: ExtraDovecot, joe: Mailbox, service: str) -> None:
        assert LOGINS[service](dovecot, joe.address, joe.password) == ""

    def test_refuses_a_wrong_one(self, dovecot: ExtraDovecot, joe: Mailbox, service: str) -> None:
        said = LOGINS[service](dovecot, joe.address, new_password())
        assert said and "UNAVAILABLE" not in said and "SYS/TEMP" not in said and "temp_fail" not in said

    @pytest.mark.parametrize("name", CLOSED)
    def test_tells_why_an_account_is_closed(
        self,
        dovecot: ExtraDovecot,
        accounts: Accounts,
        log: Callable[[str], LogWatch],
        service: str,
        name: str,
    ) -> None:
        """To who has the right password, and to the log; a wrong one learns nothing."""
        columns, of_domain, reason = CLOSED[name]
        domain = accounts.domain(f"{service}-{name}.test", **of_domain)
        user = accounts.mailbox(f"user@{domain}", **columns)
        said = LOGINS[service](dovecot, user.address, user.password)
        assert reason in said and "UNAVAILABLE" not in said and "SYS/TEMP" not in said
        log("authd").wait_for(" notice: login_refused: ", user.address, reason)
        assert reason not in (LOGINS[service](dovecot, user.address, new_password()) or reason)

    def test_is_switched_off_by_its_own_column(
        self, dovecot: ExtraDovecot, accounts: Accounts, joe: Mailbox, service: str
    ) -> None:
        column = SWITCHES[service]
        user = accounts.mailbox(f"without-{service}@{DOMAIN}", **({column: 1} if column else {}))
        said = {name: login(dovecot, user.address, user.password) for name, login in LOGINS.items()}
        refused = {name for name, refusal in said.items() if "the mailbox has this service disabled" in refusal}
        assert refused == {name for name, its_own in SWITCHES.items() if column and its_own == column}
        assert all(not refusal for name, refusal in said.items() if name not in refused)


class TestManageSieve:
    def test_a_script_is_kept_in_the_users_home(self, dovecot: ExtraDovecot, accounts: Accounts, joe: Mailbox) -> None:
        user = accounts.mailbox(f"filter@{DOMAIN}")
        with dovecot.sieve() as client:
            assert client.log_in(user.address, user.password).startswith("OK")
            assert client.put_script("mine", SCRIPT).startswith("OK")
        assert (user.maildir.parent / "sieve/mine.sieve").read_text() == SCRIPT


class TestLmtp:
    def test_delivers(self, dovecot: ExtraDovecot, joe: Mailbox) -> None:
        message = new_message()
        with dovecot.lmtp() as client:
            assert client.transact(STRANGER, joe.address, message.text).startswith("250 ")
        assert message.id in mails_in(joe.maildir)


class TestFreshness:
    def test_a_closed_account_is_refused_at_the_next_login_on_every_path(
        self, dovecot: ExtraDovecot, accounts: Accounts, joe: Mailbox
    ) -> None:
        """However often the password was seen before."""
        user = accounts.mailbox(f"closing@{DOMAIN}")
        for _ in range(2):
            for login in LOGINS.values():
                assert login(dovecot, user.address, user.password) == ""
            with dovecot.lmtp() as lmtp:
                lmtp.mail(STRANGER)
                assert lmtp.rcpt(user.address).startswith("250 ")
        with dovecot.auth() as auth:
            assert auth.log_in(user.address, user.password) == OK
            accounts.change(user, active=0)
            wait_until(
                lambda: auth.log_in(user.address, user.password) == WRONG,
                "the change to be seen",
                timeout=FRESH_SECONDS + SLACK_SECONDS,
            )
        for login in LOGINS.values():
            assert "the mailbox is inactive" in login(dovecot, user.address, user.password)
        with dovecot.lmtp() as lmtp:
            lmtp.mail(STRANGER)
            assert lmtp.rcpt(user.address).startswith("550 5.1.1 ")

    def test_a_changed_password_is_the_only_right_one(
        self, dovecot: ExtraDovecot, accounts: Accounts, joe: Mailbox
    ) -> None:
        user, other = accounts.mailbox(f"changing@{DOMAIN}"), accounts.mailbox(f"other@{DOMAIN}")
        with dovecot.auth() as auth:
            for _ in range(2):
                assert auth.log_in(user.address, user.password) == OK
            accounts.change(user, password=accounts.stored_password(other))
            wait_until(
                lambda: auth.log_in(user.address, other.password) == OK,
                "the change to be seen",
                timeout=FRESH_SECONDS + SLACK_SECONDS,
            )
            assert auth.log_in(user.address, user.password) == WRONG
