# SPDX-License-Identifier: MIT
"""Every mechanism of Cyrus SASL in a real smtpd, against each form that a password is stored in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.accounts import Accounts, Mailbox
from support.passwords import new_password, remember
from support.sasl import MECHANISMS
from support.site import Site
from support.smtp import log_in
from support.smtpd_service import EVERY_MECHANISM, SmtpdServices
from support.tools import Done, run

DOMAIN = "smtpd-mechanisms.test"
SEND_THE_PASSWORD = ("PLAIN", "LOGIN")
ALL = tuple(MECHANISMS)
OF_SWAKS = ("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5")  # it knows no SCRAM
REFUSED_BY_SWAKS = 28  # its exit status when nothing got it logged in

# What is stored, and the mechanisms that it is enough for.
STORED: dict[str, tuple[str, ...]] = {
    "{PLAIN}": ALL,
    "clearpwd beside $1$": ALL,
    "$1$": SEND_THE_PASSWORD,
    "$6$": SEND_THE_PASSWORD,
    "{SCRAM-SHA-1}": (*SEND_THE_PASSWORD, "SCRAM-SHA-1"),
    "{SCRAM-SHA-256}": (*SEND_THE_PASSWORD, "SCRAM-SHA-256"),
    "{CRAM-MD5}": (*SEND_THE_PASSWORD, "CRAM-MD5"),
}


@pytest.fixture(scope="module", params=["y", "n"], ids=["chrooted", "not chrooted"])
def port(site: Site, request: pytest.FixtureRequest) -> Iterator[int]:
    with SmtpdServices(site) as services:
        service = services.open(EVERY_MECHANISM, request.param)
        services.start()
        yield service


@pytest.fixture(scope="module")
def users(accounts: Accounts) -> dict[str, Mailbox]:
    accounts.domain(DOMAIN)
    return {stored: make_user(accounts, f"user{number}@{DOMAIN}", stored) for number, stored in enumerate(STORED)}


def make_user(accounts: Accounts, address: str, stored: str) -> Mailbox:
    password = remember(new_password())
    if stored.startswith("clearpwd"):
        return accounts.mailbox(address, password, scheme=stored.rpartition(" ")[2], clearpwd=password)
    if stored == "{PLAIN}" or stored.startswith("$"):
        return accounts.mailbox(address, password, scheme=stored)
    made = run(["doveadm", "pw", "-s", stored.strip("{}"), "-p", password])
    assert made.status == 0 and made.output.startswith(stored), made.all
    return accounts.mailbox(address, password, stored=made.output.strip())


@pytest.mark.parametrize("mechanism", ALL)
@pytest.mark.parametrize("stored", STORED)
class TestEveryMechanism:
    def test_takes_what_is_stored_if_it_is_enough(
        self, site: Site, port: int, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        user, log = users[stored], site.log("postfix")
        reply = log_in(port, mechanism, user.address, user.password)
        if mechanism in STORED[stored]:
            assert reply == "235 2.7.0 Authentication successful"
        else:
            assert reply.startswith("535 ")
            log.wait_for(f"extmail: {user.address} stores no clear password, and {mechanism} can't work with ")

    def test_refuses_another_password(
        self, port: int, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        assert log_in(port, mechanism, users[stored].address, new_password()).startswith("535 ")


def swaks(port: int, mechanism: str, user: str, password: str) -> Done:
    command = ["swaks", "--server", "127.0.0.1", "--port", str(port), "--quit-after", "AUTH"]
    return run([*command, "--auth", mechanism, "--auth-user", user, "--auth-password", password])


@pytest.mark.parametrize("mechanism", OF_SWAKS)
@pytest.mark.parametrize("stored", STORED)
class TestSwaks:
    """What an administrator tries it with, and a second opinion on how mechanisms work."""

    def test_logs_in_if_what_is_stored_is_enough(
        self, site: Site, port: int, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        user, log = users[stored], site.log("postfix")
        done = swaks(port, mechanism, user.address, user.password)
        if mechanism in STORED[stored]:
            assert done.status == 0 and "<-  235 2.7.0 Authentication successful\n" in done.output, done.all
        else:
            assert done.status == REFUSED_BY_SWAKS and "<** 535 5.7.8 " in done.output, done.all
            log.wait_for(f"extmail: {user.address} stores no clear password, and {mechanism} can't work with ")

    def test_is_refused_with_another_password(
        self, port: int, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        done = swaks(port, mechanism, users[stored].address, new_password())
        assert done.status == REFUSED_BY_SWAKS and "<** 535 5.7.8 " in done.output, done.all
