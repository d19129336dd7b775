# SPDX-License-Identifier: MIT
"""Who guesses passwords in a real smtpd with Cyrus SASL: seen with his address, slowed down, and nobody else is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.accounts import Accounts, Mailbox
from support.log_watch import LogWatch
from support.passwords import new_password
from support.site import Site
from support.smtp import Smtp
from support.smtpd_service import SmtpdServices
from support.tools import run

DOMAIN = "smtpd-guesses.test"
FILTER = Path(__file__).resolve().parents[2] / "deploy" / "fail2ban" / "extmail-authd.conf"
STORED = {"a hash": "$6$", "a clear password": "{PLAIN}"}
# Five are free; with delays of 1, 2 and 4 s the next ones come to more than anybody is held back.
ENOUGH_GUESSES = 20

_addresses = itertools.count(1)


@pytest.fixture(scope="module", params=["y", "n"], ids=["chrooted", "not chrooted"])
def port(site: Site, request: pytest.FixtureRequest) -> Iterator[int]:
    with SmtpdServices(site) as services:
        service = services.open(
            site.demo.layout.shipped("sasl/smtpd.conf"), request.param, smtpd_authorized_xclient_hosts="127.0.0.1"
        )
        services.start()
        yield service


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def address() -> str:
    """Of a client, of a network of its own: counts of other tests do not touch it."""
    return f"198.18.{next(_addresses)}.7"


@pytest.fixture
def user(accounts: Accounts, address: str) -> Callable[[str], Mailbox]:
    return lambda stored: accounts.mailbox(f"user-{address}@{DOMAIN}", scheme=STORED[stored])


def log_in(port: int, client: str, mechanism: str, user: str, password: str) -> str:
    with Smtp(port) as smtp:
        assert smtp.command(f"XCLIENT ADDR={client} NAME=[UNAVAILABLE]").startswith("220 ")
        assert smtp.command("EHLO client.example.org").startswith("250-")
        return smtp.auth(mechanism, user, password)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("stored", STORED)
def test_a_guess_is_logged_with_its_address(
    port: int,
    log: Callable[[str], LogWatch],
    user: Callable[[str], Mailbox],
    address: str,
    stored: str,
    mechanism: str,
    tmp_path: Path,
) -> None:
    whom = user(stored)
    assert log_in(port, address, mechanism, whom.address, new_password()).startswith("535 ")
    line = f"notice: login_refused: user={whom.address} service=smtp remote={address}: wrong password"
    log("authd").wait_for(line)
    found = tmp_path / "log"
    found.write_text(log("authd").text)
    assert address in run(["fail2ban-regex", "-o", "ip", found, FILTER]).output.split()


# What the person types as a name, and the one that is then judged: libsasl2 takes blanks off, and the realm from behind
# the last `@` before it asks saslauthd.
SPELLINGS = {
    "nothing behind a last @": ("{0}@", "{0}"),
    "twice nothing": ("{0}@@", "{0}@"),
    "blanks": (" {0} ", "{0}"),
    "a blank before the last @": ("{0} @", '"{0} "'),
}


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_name_hides_the_address(
    port: int,
    log: Callable[[str], LogWatch],
    user: Callable[[str], Mailbox],
    address: str,
    spelling: str,
    mechanism: str,
) -> None:
    whom = user("a hash")
    typed, judged = (form.format(whom.address) for form in SPELLINGS[spelling])
    assert log_in(port, address, mechanism, typed, new_password()).startswith("535 ")
    log("authd").wait_for(f"login_refused: user={judged} service=smtp remote={address}: ")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_upper_case_hides_nothing(
    port: int, log: Callable[[str], LogWatch], user: Callable[[str], Mailbox], address: str, mechanism: str
) -> None:
    typed = user("a hash").address.upper()
    assert log_in(port, address, mechanism, typed, new_password()).startswith("535 ")
    log("authd").wait_for(f"login_refused: user={typed} service=smtp remote={address}: wrong password")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("stored", STORED)
def test_a_login_and_a_stranger_too(
    port: int,
    log: Callable[[str], LogWatch],
    user: Callable[[str], Mailbox],
    address: str,
    stored: str,
    mechanism: str,
) -> None:
    whom, nobody = user(stored), f"nobody-{address}@{DOMAIN}"
    assert log_in(port, address, mechanism, whom.address, whom.password).startswith("235 ")
    log("authd").wait_for(f"login_ok: user={whom.address} service=smtp remote={address}")
    assert log_in(port, address, mechanism, nobody, new_password()).startswith("535 ")
    log("authd").wait_for(f"login_refused: user={nobody} service=smtp remote={address}: ")


def test_who_guesses_on_is_told_to_come_back_and_the_owner_logs_in(
    port: int, log: Callable[[str], LogWatch], user: Callable[[str], Mailbox], address: str
) -> None:
    whom = user("a hash")
    answers = []
    for _ in range(ENOUGH_GUESSES):
        answers.append(log_in(port, address, "PLAIN", whom.address, new_password())[:4])
        if answers[-1] == "454 ":
            break
    assert answers[-1] == "454 " and set(answers[:-1]) == {"535 "}
    log("authd").wait_for(f"login_throttled: user={whom.address} service=smtp remote={address}: ")
    # Not even with the right password: its answer would tell.
    assert log_in(port, address, "PLAIN", whom.address, whom.password).startswith("454 ")
    assert log_in(port, address, "PLAIN", f"{whom.address}@", whom.password).startswith("454 ")
    elsewhere = f"198.19.{next(_addresses)}.7"
    assert log_in(port, elsewhere, "PLAIN", whom.address, whom.password).startswith("235 ")


@pytest.mark.parametrize("stored", STORED)
def test_who_has_logged_in_from_a_network_is_not_slowed_down_by_guesses_there(
    port: int, user: Callable[[str], Mailbox], address: str, stored: str
) -> None:
    whom = user(stored)
    assert log_in(port, address, "PLAIN", whom.address, whom.password).startswith("235 ")
    for number in itertools.count(1):
        answer = log_in(port, address, "PLAIN", f"nobody{number}-{address}@{DOMAIN}", new_password())
        if answer.startswith("454 "):
            break
        assert answer.startswith("535 ") and number < ENOUGH_GUESSES
    for _ in range(3):
        assert log_in(port, address, "PLAIN", whom.address, whom.password).startswith("235 ")


def test_the_next_client_of_an_smtpd_is_not_taken_for_the_one_before(
    port: int, log: Callable[[str], LogWatch], user: Callable[[str], Mailbox], address: str
) -> None:
    """smtpd serves one after the other with one process."""
    whom = user("a hash")
    other = f"198.19.{next(_addresses)}.7"
    for client in (address, other, address):
        assert log_in(port, client, "PLAIN", whom.address, new_password()).startswith("535 ")
        log("authd").wait_for(f"login_refused: user={whom.address} service=smtp remote={client}: ")
