# SPDX-License-Identifier: MIT
"""Each smtpd.conf of deploy/sasl in a real smtpd, chrooted and not: the original guide's test, refusals, and outages."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.outages import Outage, stands_still
from support.passwords import new_password
from support.site import POSTMASTER, Site
from support.smtp import Smtp, base64_text
from support.smtp import log_in as log_in_by_any
from support.smtpd_service import EVERY_MECHANISM, SmtpdServices
from support.stream import Stream

DOMAIN = "smtpd-conf.test"
RECOVERY_SECONDS = 20
REFUSED = "535 5.7.8 Error: authentication failed: "

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Way:
    """A file of deploy/sasl, and whether smtpd is chrooted."""

    file: str
    chroot: str  # as in master.cf
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")

    def __str__(self) -> str:
        return f"{self.file} {'chrooted' if self.chroot == 'y' else 'not chrooted'}"


WAYS = (
    Way("smtpd.conf", "y", ("PLAIN", "LOGIN", "CRAM-MD5")),
    Way("smtpd.conf", "n", ("PLAIN", "LOGIN", "CRAM-MD5")),
    Way("smtpd-saslauthd.conf", "y"),
    Way("smtpd-saslauthd.conf", "n"),
    Way("smtpd-authdaemond.conf", "n"),
)

CHALLENGES = ("CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")

CLOSED: dict[str, Columns] = {
    "inactive": {"active": 0},
    "no smtpd": {"disablesmtpd": 1},
    "expired": {"expiredate": "2010-01-01"},
}


@pytest.fixture(scope="module")
def ports(site: Site) -> Iterator[dict[Way, int]]:
    """A service of Postfix's for each way."""
    with SmtpdServices(site) as services:
        found = {way: services.open(site.demo.layout.shipped(f"sasl/{way.file}"), way.chroot) for way in WAYS}
        services.start()
        yield found


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


@pytest.fixture
def port(way: Way, ports: dict[Way, int]) -> int:
    return ports[way]


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def clear(accounts: Accounts, domain: None) -> Mailbox:
    """With a clear password, so that every mechanism works."""
    return accounts.mailbox(f"clear@{DOMAIN}", scheme="{PLAIN}")


@pytest.fixture(scope="module")
def hashed(accounts: Accounts, domain: None) -> Mailbox:
    return accounts.mailbox(f"hashed@{DOMAIN}", scheme="$1$")


def log_in(port: int, mechanism: str, user: str, password: str) -> str:
    with Smtp(port) as smtp:
        return smtp.auth(mechanism, user, password)


def await_logins(ports: Mapping[Way | str, int], user: Mailbox) -> None:
    def is_well(port: int) -> bool:
        return log_in(port, "PLAIN", user.address, user.password).startswith("235 ")

    for way, port in ports.items():
        wait_until(partial(is_well, port), f"logins with {way}", timeout=RECOVERY_SECONDS)


def test_the_guide_word_for_word(port: int) -> None:
    """`telnet localhost 25`, and what it says to type."""
    with Stream(port) as telnet:
        assert telnet.receive_until(b"\r\n").startswith(b"220 ")
        telnet.send(b"ehlo demo.domain.tld\r\n")
        extensions = telnet.receive_until(b"\r\n250 ") + telnet.receive_until(b"\r\n")
        assert b"\r\n250-AUTH PLAIN LOGIN" in extensions
        for line, answer in (
            ("auth login", "334 VXNlcm5hbWU6"),
            (base64_text(POSTMASTER), "334 UGFzc3dvcmQ6"),
            (base64_text("extmail"), "235 2.7.0 Authentication successful"),
        ):
            telnet.send(line.encode() + b"\r\n")
            assert telnet.receive_until(b"\r\n") == answer.encode() + b"\r\n"


def test_right_and_wrong(way: Way, port: int, clear: Mailbox, hashed: Mailbox) -> None:
    for mechanism in way.mechanisms:
        assert log_in(port, mechanism, clear.address, clear.password).startswith("235 ")
        assert log_in(port, mechanism, clear.address, new_password()).startswith(REFUSED)
        assert log_in(port, mechanism, f"nobody{next(_numbers)}@{DOMAIN}", "x").startswith(REFUSED)
    for mechanism in ("PLAIN", "LOGIN"):
        assert log_in(port, mechanism, hashed.address, hashed.password).startswith("235 ")


@pytest.mark.parametrize("why", CLOSED)
def test_closed_accounts_are_refused(port: int, accounts: Accounts, why: str) -> None:
    user = accounts.mailbox(f"closed{next(_numbers)}@{DOMAIN}", **CLOSED[why])
    assert log_in(port, "PLAIN", user.address, user.password).startswith(REFUSED)


@pytest.mark.parametrize("scheme", ["{PLAIN}", "$1$"])
def test_an_account_that_is_switched_off_is_refused_however_often_it_logged_in(
    ports: dict[Way, int], accounts: Accounts, scheme: str
) -> None:
    user = accounts.mailbox(f"closed{next(_numbers)}@{DOMAIN}", scheme=scheme)

    def answers() -> set[str]:
        return {
            log_in(port, mechanism, user.address, user.password)[:4]
            for way, port in ports.items()
            for mechanism in (way.mechanisms if scheme == "{PLAIN}" else ("PLAIN",))
        }

    assert answers() == answers() == {"235 "}
    accounts.change(user, active=0)
    wait_until(lambda: answers() == {"535 "}, "the refusal on each way")


@pytest.mark.parametrize("fault", ["authd stopped", "authd killed", "MariaDB stopped", "MariaDB hung"])
def test_nobody_is_refused_or_let_in_while_nobody_can_tell(
    site: Site, ports: dict[Way, int], clear: Mailbox, hashed: Mailbox, fault: str
) -> None:
    """Neither 535, upon which a mail client asks for another password, nor 235."""
    outage = Outage(site.demo, fault)
    try:
        for way, port in ports.items():
            for mechanism in way.mechanisms:
                users = [(f"nobody{next(_numbers)}@{DOMAIN}", "x")]
                if fault.startswith("authd"):  # while the database is away it knows whom it knew
                    users += [(clear.address, clear.password), (hashed.address, new_password())]
                answers = {user: log_in(port, mechanism, user, password)[:4] for user, password in users}
                assert answers == dict.fromkeys(answers, "454 "), f"{way}, {mechanism}"
    finally:
        outage.end()
    await_logins(ports, hashed)


@pytest.mark.parametrize("chroot", ["y", "n"], ids=["chrooted", "not chrooted"])
def test_the_plugin_waits_for_a_hung_authd_no_longer_than_it_is_told(site: Site, clear: Mailbox, chroot: str) -> None:
    pid = site.demo.services["authd"].pid()
    assert pid
    with SmtpdServices(site) as services:
        port = services.open(EVERY_MECHANISM + "extmail_timeout: 1\n", chroot)
        services.start()
        await_logins({chroot: port}, clear)
        outage = Outage(site.demo, "authd hung")
        try:
            for mechanism in CHALLENGES:
                assert log_in_by_any(port, mechanism, clear.address, clear.password).startswith("454 "), mechanism
            assert stands_still(pid)  # nobody ended it, or woke it up
        finally:
            outage.end()
        await_logins({chroot: port}, clear)


def test_a_hung_authd_is_no_wrong_password(site: Site, ports: dict[Way, int], clear: Mailbox, hashed: Mailbox) -> None:
    """Cyrus SASL waits for saslauthd without end: for as long as it takes systemd's watchdog to kill it."""
    pid = site.demo.services["authd"].pid()
    assert pid
    os.kill(pid, signal.SIGSTOP)
    with ExitStack() as opened:
        sessions = {way: opened.enter_context(Smtp(port)) for way, port in ports.items()}
        login = "AUTH PLAIN " + base64_text("\0".join(["", clear.address, clear.password]))
        for smtp in sessions.values():
            smtp.send(login.encode() + b"\r\n")
        outage = Outage(site.demo, "authd killed")
        try:
            assert {way: smtp.reply()[:4] for way, smtp in sessions.items()} == dict.fromkeys(sessions, "454 ")
        finally:
            outage.end()
    await_logins(ports, hashed)
