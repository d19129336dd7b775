# SPDX-License-Identifier: MIT
"""extmail-authd in place of Courier's authdaemond: whom it refuses, and those who misuse it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from extmail_demo import wait_until
from support import authdaemond
from support.accounts import Accounts, Columns, Mailbox
from support.authdaemond import FAIL, ask, fields, login, passwd, pre
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.passwords import hash_password, new_password, remember
from support.peers import acting_as
from support.site import Site
from support.stream import Stream

DOMAIN = "refusals-authdaemond.test"
REMOTE = "198.51.100.63"
NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def alice(accounts: Accounts, domain: None) -> Mailbox:
    return accounts.mailbox(f"alice@{DOMAIN}")


@pytest.fixture
def socket(site: Site) -> str:
    return site.env["AUTHDAEMOND_SOCKET"]


class TestRefusals:
    @pytest.mark.parametrize(
        "request_of",
        [
            lambda user: login(user.address, new_password()),
            lambda user: login(user.address, ""),
            lambda user: login("", user.password),
            lambda user: login(f"nobody@{DOMAIN}", user.password),
            lambda user: login("no address", user.password),
            lambda user: login("' OR ''='", user.password),
            lambda user: authdaemond.auth("imap", "login", user.address),
            lambda user: authdaemond.auth("imap", "login"),
            lambda user: authdaemond.auth("imap", "kerberos", user.address, user.password),
            lambda user: authdaemond.auth("imap", "cram-md5", user.address, user.password),
            lambda user: authdaemond.auth("imap", "cram-md5"),
            lambda _: pre(f"nobody@{DOMAIN}"),
            lambda _: pre("no address"),
            lambda user: passwd(user.address, "", new_password()),
            lambda user: passwd(user.address, user.password, ""),
            lambda user: passwd(user.address, user.password, "a\x01b"),
        ],
    )
    def test_is_said(self, alice: Mailbox, socket: str, request_of: Callable[[Mailbox], bytes]) -> None:
        assert ask(socket, request_of(alice)) == FAIL

    @pytest.mark.parametrize(
        ("service", "column"),
        [
            ("imap", "disableimap"),
            ("pop3", "disablepop3"),
            ("extmail", "disablewebmail"),
            ("webmail", "disablewebmail"),
            ("smtp", "disablesmtpd"),
            ("esmtp", "disablesmtpd"),
        ],
    )
    def test_a_service_that_is_off(
        self, accounts: Accounts, socket: str, service: str, column: str, log: Callable[[str], LogWatch]
    ) -> None:
        user = accounts.mailbox(f"no-{service}@{DOMAIN}", **{column: 1})
        assert ask(socket, login(user.address, user.password, service)) == FAIL
        assert ask(socket, pre(user.address, service)) == FAIL
        assert fields(ask(socket, login(user.address, user.password, "login")))["ADDRESS"] == user.address
        log("authd").wait_for(f"login_refused: user={user.address}", "has this service disabled")

    @pytest.mark.parametrize("columns", [{"active": 0}, {"expiredate": "2010-01-01"}])
    def test_an_account_that_is_off(self, accounts: Accounts, socket: str, columns: Columns) -> None:
        user = accounts.mailbox(f"off-{next(iter(columns))}@{DOMAIN}", **columns)
        for service in ("imap", "extmail", "login"):
            assert ask(socket, login(user.address, user.password, service)) == FAIL
            assert ask(socket, pre(user.address, service)) == FAIL

    def test_a_row_that_is_broken_is_no_answer(
        self, accounts: Accounts, socket: str, log: Callable[[str], LogWatch]
    ) -> None:
        """Nobody can tell whether the password is right, so it must not be called wrong."""
        user = accounts.mailbox(f"broken@{DOMAIN}", stored="{MD5}xxx")
        assert ask(socket, login(user.address, new_password())) == b""
        log("authd").wait_for(f"account_unusable: user={user.address}")

    @pytest.mark.parametrize(
        "octets",
        [
            b"\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"auth 5\nimap\n",
            b"AUTH\n",
            b"AUTH x\n",
            b"AUTH -1\n",
            b"AUTH 8192\n",
            b"AUTH 99999999999999999999\n",
            b"x" * 8191,
            b"PRE . imap " + b"x" * 8192,
            b"A=b\n" * 5000,
            bytes(range(256)),
        ],
        ids=lambda octets: repr(octets[:20]),
    )
    def test_garbage_closes_the_connection(
        self, socket: str, octets: bytes, log: Callable[[str], LogWatch]
    ) -> None:
        assert ask(socket, octets) == b""
        log("authd").wait_for(f"protocol_error: authdaemond peer pid {os.getpid()} ", "; closing")

    @pytest.mark.parametrize("octets", [b"AUTH 0\n", b"AUTH 5\nimap\n", b"PRE . imap\n", b"PASSWD a\tb\tc\n"])
    def test_half_a_question_closes_the_connection(
        self, socket: str, octets: bytes, log: Callable[[str], LogWatch]
    ) -> None:
        assert ask(socket, octets) == b""
        log("authd").wait_for(f"bad_request: pid {os.getpid()} ", "; closing")

    def test_a_body_that_is_cut_short_is_not_answered(self, alice: Mailbox, socket: str) -> None:
        with Stream(socket) as stream:
            stream.send(login(alice.address, alice.password)[:-2])
            stream.end_sending()
            assert stream.receive_all() == b""

    def test_guessing_is_slowed_down_by_the_clients_address(
        self, accounts: Accounts, socket: str, log: Callable[[str], LogWatch]
    ) -> None:
        """And the temporary failure that it ends in is no answer."""
        user = accounts.mailbox(f"guessed@{DOMAIN}", scheme="{PLAIN}")
        remote = "198.51.100.62"
        answers = []
        while b"" not in answers:
            assert len(answers) < 200
            answers += ask_at_once(
                socket, [login(user.address, new_password(), remote=remote) for _ in range(20)]
            )
        assert set(answers) == {FAIL, b""}
        log("authd").wait_for("login_throttled: ", f"remote={remote}")
        assert fields(ask(socket, login(user.address, user.password, remote=REMOTE)))


def ask_at_once(socket: str, requests: list[bytes]) -> list[bytes]:
    """Each by a client of its own."""
    streams = [Stream(socket) for _ in requests]
    try:
        for stream, request in zip(streams, requests):
            stream.send(request)
        return [stream.receive_all() for stream in streams]
    finally:
        for stream in streams:
            stream.close()


class TestRights:
    def test_who_may_ask_for_hashes(
        self, accounts: Accounts, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        """Others are told where the mail is; who knows the password has the hash anyway."""
        user = accounts.mailbox(f"rights@{DOMAIN}")
        daemon = extra_daemon("authd")
        daemon.change('protocol = "auth"', 'protocol = "authdaemond"')
        daemon.start()
        socket = str(daemon.socket)
        stored = accounts.stored_password(user)
        assert fields(ask(socket, pre(user.address)))["PASSWD"] == stored
        with acting_as(NOBODY, NOBODY):
            answer = fields(ask(socket, pre(user.address)))
            assert answer["ADDRESS"] == user.address
            assert "PASSWD" not in answer
            assert fields(ask(socket, login(user.address, user.password)))["PASSWD"] == stored
            assert ask(socket, b"ENUMERATE\n") == b""
        daemon.log.wait_for(f"peer_not_allowed: user id {NOBODY} may not ask for the list of mailboxes")

    def test_an_app_password_does_not_earn_the_hash(self, site: Site, accounts: Accounts, socket: str) -> None:
        user = accounts.mailbox(f"apps@{DOMAIN}")
        app = remember(new_password())
        site.demo.sql(
            "INSERT INTO extmail_app_password (username, name, password, services) VALUES (?, 'phone', ?, 'imap')",
            user.address,
            hash_password(app, "$1$"),
        )
        wait_until(lambda: ask(socket, login(user.address, app)) != FAIL, "the app password to work")
        for password in (app, user.password):
            answer = fields(ask(socket, login(user.address, password)))
            assert answer["PASSWD2"] == password
            assert "PASSWD" not in answer
        assert ask(socket, login(user.address, app, service="pop3")) == FAIL

    def test_who_is_not_in_the_group_can_not_even_connect(self, socket: str) -> None:
        with acting_as(NOBODY, NOBODY), pytest.raises(PermissionError):
            Stream(socket)
