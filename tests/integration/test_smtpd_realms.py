# SPDX-License-Identifier: MIT
"""User names with and without a domain in a real smtpd with Cyrus SASL, whose realm is smtpd_sasl_local_domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.accounts import Accounts, Mailbox
from support.log_watch import LogWatch
from support.passwords import new_password
from support.sasl import MECHANISMS
from support.site import Site
from support.smtp import log_in
from support.smtpd_service import EVERY_MECHANISM, SmtpdServices

DOMAIN = "smtpd-realms.test"
REALMS = {"none": "", "that of the user": DOMAIN, "another": "elsewhere.test"}
SEND_THE_PASSWORD = ("PLAIN", "LOGIN")


@pytest.fixture(scope="module")
def ports(site: Site) -> Iterator[dict[str, int]]:
    with SmtpdServices(site) as services:
        opened = {
            name: services.open(EVERY_MECHANISM, "y", smtpd_sasl_local_domain=realm) for name, realm in REALMS.items()
        }
        services.start()
        yield opened


@pytest.fixture(scope="module")
def clear(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"clear@{DOMAIN}", scheme="{PLAIN}")


@pytest.fixture(scope="module")
def hashed(accounts: Accounts, clear: Mailbox) -> Mailbox:
    return accounts.mailbox(f"hashed@{DOMAIN}", scheme="$6$")


@pytest.mark.parametrize("mechanism", MECHANISMS)
class TestClearPassword:
    @pytest.mark.parametrize("realm", REALMS)
    def test_a_whole_address_is_what_it_is(
        self, ports: dict[str, int], clear: Mailbox, realm: str, mechanism: str
    ) -> None:
        assert log_in(ports[realm], mechanism, clear.address, clear.password).startswith("235 ")
        assert log_in(ports[realm], mechanism, clear.address, new_password()).startswith("535 ")

    @pytest.mark.parametrize("realm", REALMS)
    def test_a_bare_name_is_one_of_the_realm(
        self, ports: dict[str, int], clear: Mailbox, realm: str, mechanism: str
    ) -> None:
        expected = "235 " if REALMS[realm] == DOMAIN else "535 "
        assert log_in(ports[realm], mechanism, "clear", clear.password).startswith(expected)
        assert log_in(ports[realm], mechanism, "clear", new_password()).startswith("535 ")


@pytest.mark.parametrize("mechanism", SEND_THE_PASSWORD)
@pytest.mark.parametrize("realm", REALMS)
def test_a_hash_likewise(
    ports: dict[str, int], log: Callable[[str], LogWatch], hashed: Mailbox, realm: str, mechanism: str
) -> None:
    """By saslauthd's protocol, which has the realm apart."""
    expected = "235 " if REALMS[realm] == DOMAIN else "535 "
    assert log_in(ports[realm], mechanism, hashed.address, hashed.password).startswith("235 ")
    assert log_in(ports[realm], mechanism, "hashed", hashed.password).startswith(expected)
    assert log_in(ports[realm], mechanism, "hashed", new_password()).startswith("535 ")
    asked = "@".join(filter(None, ("hashed", REALMS[realm])))
    log("authd").wait_for(f"login_refused: user={asked} service=smtp remote=127.0.0.1: ")
