# SPDX-License-Identifier: MIT
"""Every mechanism of Cyrus SASL in a real smtpd, against each form that a password is stored in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.accounts import Accounts, Mailbox
from support.log_watch import LogWatch
from support.passwords import new_password, remember
from support.sasl import MECHANISMS, DigestMd5
from support.site import Site
from support.smtp import Smtp
from support.smtpd_service import SmtpdServices
from support.tools import run

DOMAIN = "smtpd-mechanisms.test"
SEND_THE_PASSWORD = ("PLAIN", "LOGIN")
ALL = tuple(MECHANISMS)
CONFIGURATION = f"""\
pwcheck_method: auxprop saslauthd
auxprop_plugin: extmail
mech_list: {" ".join(ALL)}
extmail_socket: extmail/auth
saslauthd_path: extmail/saslauthd
"""

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


class SmtpDigestMd5(DigestMd5):
    service = "smtp"


@pytest.fixture(scope="module", params=["y", "n"], ids=["chrooted", "not chrooted"])
def port(site: Site, request: pytest.FixtureRequest) -> Iterator[int]:
    with SmtpdServices(site) as services:
        service = services.open(CONFIGURATION, request.param)
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


def log_in(port: int, mechanism: str, user: str, password: str) -> str:
    kind = SmtpDigestMd5 if mechanism == "DIGEST-MD5" else MECHANISMS[mechanism]
    client = kind(user, password)
    with Smtp(port) as smtp:
        reply = smtp.exchange(client)
    assert client.is_complete or not reply.startswith("235 ")  # the server has proven itself, where it has to
    return reply


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
