# SPDX-License-Identifier: MIT
"""SASL mechanisms against what is stored of a password: clear, beside a hash, or only what proves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.accounts import Accounts, Mailbox
from support.dovecot import ExtraDovecot
from support.dovecot_auth import OK
from support.log_watch import LogWatch
from support.passwords import new_password, store
from support.sasl import MECHANISMS
from support.site import Site

DOMAIN = "dovecot-mechanisms.test"
ALL = list(MECHANISMS)
SEND_THE_PASSWORD = ["PLAIN", "LOGIN"]

# What is stored, and the mechanisms that it is enough for. A verifier is made by Dovecot's own tool.
STORED: dict[str, list[str]] = {
    "clear": ALL,
    "clearpwd beside $1$": ALL,
    "clearpwd beside $6$": ALL,
    "$6$": SEND_THE_PASSWORD,
    "{SCRAM-SHA-1}": [*SEND_THE_PASSWORD, "SCRAM-SHA-1"],
    "{SCRAM-SHA-256}": [*SEND_THE_PASSWORD, "SCRAM-SHA-256"],
    "{CRAM-MD5}": [*SEND_THE_PASSWORD, "CRAM-MD5"],
}


@pytest.fixture(scope="module")
def dovecot(site: Site) -> Iterator[ExtraDovecot]:
    dovecot = ExtraDovecot(site)
    try:
        dovecot.after += f"auth_mechanisms = {' '.join(ALL).lower()}\n"
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()


@pytest.fixture(scope="module")
def users(accounts: Accounts, dovecot: ExtraDovecot) -> dict[str, Mailbox]:
    accounts.domain(DOMAIN)
    return {
        stored: make_user(accounts, dovecot, f"user{number}@{DOMAIN}", stored)
        for number, stored in enumerate(STORED)
    }


def make_user(accounts: Accounts, dovecot: ExtraDovecot, address: str, stored: str) -> Mailbox:
    password = new_password()
    if stored == "clear":
        return accounts.mailbox(address, password, scheme="{PLAIN}")
    if stored.startswith("clearpwd"):
        return accounts.mailbox(address, password, scheme=stored.rpartition(" ")[2], clearpwd=password)
    if stored.startswith("{"):
        made = dovecot.run_doveadm("pw", "-s", stored.strip("{}"), "-p", password)
        assert made.status == 0 and made.output.startswith(stored), made.all
        return accounts.mailbox(address, password, stored=made.output.strip())
    return accounts.mailbox(address, password, stored=store(password, stored))


@pytest.mark.parametrize("mechanism", ALL)
@pytest.mark.parametrize("stored", STORED)
class TestEveryMechanism:
    def test_takes_what_is_stored_if_it_is_enough(
        self, dovecot: ExtraDovecot, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        user = users[stored]
        said = dovecot.imap_refusal(user.address, user.password, mechanism)
        assert said == "" if mechanism in STORED[stored] else "[AUTHENTICATIONFAILED]" in said

    def test_refuses_another_password(
        self, dovecot: ExtraDovecot, users: dict[str, Mailbox], stored: str, mechanism: str
    ) -> None:
        said = dovecot.imap_refusal(users[stored].address, new_password(), mechanism)
        assert "[AUTHENTICATIONFAILED]" in said


@pytest.mark.parametrize("mechanism", [name for name in ALL if name not in SEND_THE_PASSWORD])
class TestProofs:
    def test_a_hash_is_not_enough_and_the_log_says_what_to_do(
        self, dovecot: ExtraDovecot, users: dict[str, Mailbox], mechanism: str
    ) -> None:
        user, log = users["$6$"], LogWatch(dovecot.log_file)
        assert dovecot.imap_refusal(user.address, user.password, mechanism)
        log.wait_for("Warning: ", user.address, f"No login by {mechanism}: ")

    def test_a_closed_account_is_refused_as_one_that_is_not_there(
        self, dovecot: ExtraDovecot, accounts: Accounts, users: dict[str, Mailbox], mechanism: str
    ) -> None:
        """The password itself may be right, but nobody knows that yet."""
        log = LogWatch(dovecot.log_file)
        user = accounts.mailbox(f"closed-{mechanism.lower()}@{DOMAIN}", scheme="{PLAIN}", active=0)
        said = dovecot.imap_refusal(user.address, user.password, mechanism)
        assert said == dovecot.imap_refusal(f"nobody@{DOMAIN}", user.password, mechanism) != ""
        log.wait_for(user.address, "Login refused: the mailbox is inactive")

    def test_a_clear_password_that_is_not_the_hashs_counts_for_nothing(
        self, dovecot: ExtraDovecot, accounts: Accounts, users: dict[str, Mailbox], mechanism: str
    ) -> None:
        """The webmail wrote it, and somebody else the hash."""
        old = new_password()
        user = accounts.mailbox(f"stale-{mechanism.lower()}@{DOMAIN}", scheme="$6$", clearpwd=old)
        assert dovecot.imap_refusal(user.address, old, mechanism)


class TestTheWeakHashOfTheOriginalGuide:
    def test_logs_in_with_default_settings(
        self, dovecot: ExtraDovecot, accounts: Accounts, users: dict[str, Mailbox]
    ) -> None:
        """2.4 itself refuses $1$, but it is not Dovecot that verifies it."""
        user = accounts.mailbox(f"guide@{DOMAIN}", scheme="$1$")
        with dovecot.auth() as auth:
            assert auth.log_in(user.address, user.password) == OK
