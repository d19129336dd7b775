# SPDX-License-Identifier: MIT
"""extmail-authd: the saslauthd protocol, as libsasl2 and others speak it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import saslauthd
from support.accounts import SWITCHED_OFF, Accounts
from support.log_watch import LogWatch
from support.passwords import new_password
from support.site import Site
from support.stream import Stream
from support.tools import run

DOMAIN = "saslauthd.test"


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


class TestSaslauthd:
    @pytest.fixture(scope="class")
    def user(self, accounts: Accounts) -> tuple[str, str]:
        mailbox = accounts.mailbox(f"sasl@{DOMAIN}", scheme="$6$")
        return mailbox.address.partition("@")[0], mailbox.password

    @pytest.mark.parametrize("realm", [DOMAIN, ""])
    @pytest.mark.parametrize("fifth", [(), ("192.0.2.7;51234",)])
    def test_yes_and_no(self, site: Site, user: tuple[str, str], realm: str, fifth: tuple[str, ...]) -> None:
        """With four strings as from older libraries, and with five; split at the last @, or whole."""
        name = user[0] if realm else f"{user[0]}@{DOMAIN}"
        assert site.saslauthd(name, user[1], "smtp", realm, *fifth).startswith("OK")
        assert site.saslauthd(name, new_password(), "smtp", realm, *fifth).startswith("NO")
        assert site.saslauthd("nobody", user[1], "smtp", realm, *fifth).startswith("NO")

    @pytest.mark.parametrize(("password", "status"), [("right", 0), ("wrong", 255)])
    def test_by_the_librarys_own_tool(
        self, site: Site, user: tuple[str, str], password: str, status: int
    ) -> None:
        typed = user[1] if password == "right" else new_password()
        socket = ["testsaslauthd", "-f", site.env["SASLAUTHD_SOCKET"], "-s", "smtp"]
        assert run([*socket, "-u", user[0], "-p", typed, "-r", DOMAIN]).status == status

    @pytest.mark.parametrize(
        "strings",
        [
            ("", "x", "smtp", DOMAIN),
            ("sasl", "", "smtp", DOMAIN),
            ("", "", "", ""),
            ("sasl", b"\0", "smtp", DOMAIN),
            (b"\xff\xfe", b"\xff", "smtp", DOMAIN),
            ("'; drop table mailbox; --", "x", "smtp", DOMAIN),
            ("s" * 256, "p" * 256, "s" * 256, "r" * 256),
        ],
        ids=lambda strings: repr(strings)[:50],
    )
    def test_odd_requests_are_a_no(self, site: Site, strings: tuple[str | bytes, ...]) -> None:
        assert site.saslauthd(*strings).startswith("NO")

    @pytest.mark.parametrize(
        "octets",
        [
            saslauthd.request("sasl" * 65, "x", "smtp", DOMAIN),
            saslauthd.request("sasl", "p" * 257, "smtp", DOMAIN),
            b"\xff\xff",
            b"GET / HTTP/1.1\r\n\r\n",
        ],
        ids=lambda octets: repr(octets[:30]),
    )
    def test_a_string_that_is_too_long_is_a_no(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        """Not a failure, which would be tried again for ever."""
        assert saslauthd.ask(site.env["SASLAUTHD_SOCKET"], octets).startswith("NO")
        log("authd").wait_for("warning: protocol_error: saslauthd peer pid", "longer than 256 bytes; closing")

    @pytest.mark.parametrize("name", SWITCHED_OFF)
    def test_a_disabled_account_is_a_no(self, site: Site, accounts: Accounts, name: str) -> None:
        columns, _ = SWITCHED_OFF[name]
        user = accounts.mailbox(f"sasl-{name}@{DOMAIN}", **columns)
        assert site.saslauthd(user.address, user.password, "smtp", "").startswith("NO")

    def test_a_broken_row_is_no_answer(self, site: Site, accounts: Accounts) -> None:
        """Nobody can tell whether the password is right, so it must not be called wrong."""
        accounts.mailbox(f"sasl-broken@{DOMAIN}", stored="{MD5}xxx")
        assert site.saslauthd("sasl-broken", new_password(), "smtp", DOMAIN) == ""

    def test_the_connection_ends_with_the_answer(self, site: Site, user: tuple[str, str]) -> None:
        question = saslauthd.request(user[0], user[1], "smtp", DOMAIN)
        with Stream(site.env["SASLAUTHD_SOCKET"]) as stream:
            stream.send(question * 3)
            assert stream.receive_all() == saslauthd.counted("OK")
