# SPDX-License-Identifier: MIT
"""extmail-authd: the frames of the protocol between the plugins and it, good and bad, and many at once."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support.accounts import Accounts
from support.auth_protocol import AuthClient, message
from support.log_watch import LogWatch
from support.netstring import netstring
from support.site import Site
from support.stream import Stream

DOMAIN = "auth-protocol.test"


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


class TestAuthFrames:
    def test_another_version_is_refused_with_what_to_do(
        self, site: Site, log: Callable[[str], LogWatch]
    ) -> None:
        with AuthClient(site.env["AUTHD_SOCKET"]) as client:
            reply = client.ask("hello", version="4", host="from-the-future")
            assert reply.status == "permanent"
            assert "protocol version 4 is not spoken here, but version 3" in reply.reason
        log("authd").wait_for("error: bad_version: from-the-future: protocol version 4")

    @pytest.mark.parametrize(
        "octets",
        [
            b"hello\n",
            b"EHLO there\r\n",
            b"99999999999:",
            b"65537:",
            b"007:1234567,",
            netstring(b""),
            netstring(b"verify"),
            netstring(netstring(b"verify")),
            netstring(netstring(b"steal") + netstring(b"1")),
            netstring(netstring(b"verify") + netstring(b"not a number")),
            netstring(netstring(b"verify") + netstring(b"-1")),
            netstring(netstring(b"verify") + netstring(b"99999999999999999999")),
            netstring(netstring(b"verify") + netstring(b"1") + netstring(b"no equals sign")),
            netstring(netstring(b"verify") + netstring(b"1") + b"junk"),
            netstring(netstring(b"verify") + netstring(b"1") + b"9:user=a@b"),
            message("hello", 1, version="one"),
            message("hello", 1, version="-1"),
            bytes(range(256)),
        ],
        ids=lambda octets: repr(octets[:40]),
    )
    def test_garbage_closes_the_connection(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        with Stream(site.env["AUTHD_SOCKET"]) as stream:
            stream.send(octets)
            assert stream.receive_all() == b""
        line = log("authd").wait_for("warning: ", f"pid {os.getpid()} ", "; closing")
        assert "protocol_error: auth peer" in line or "bad_request: " in line

    def test_unknown_fields_are_skipped(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"skipped@{DOMAIN}")
        assert auth.verify(user.address, user.password, from_a_newer_plugin="=\n=").status == "ok"

    def test_requests_that_are_pipelined_are_all_answered(self, accounts: Accounts, auth: AuthClient) -> None:
        """In any order; the tag tells which is which."""
        user = accounts.mailbox(f"pipelined@{DOMAIN}")
        fields = {"user": user.address, "service": "imap"}
        requests = {
            tag: ("ok", message("verify", tag, password=user.password, **fields))
            if tag % 3 == 0
            else ("mismatch", message("verify", tag, password="wrong", **fields))
            if tag % 3 == 1
            else ("unknown", message("user", tag, user=f"nobody{tag}@{DOMAIN}"))
            for tag in range(1000, 1600)
        }
        auth.send(b"".join(octets for _, octets in requests.values()))
        replies = {reply.tag: reply.status for reply in (auth.reply() for _ in requests)}
        assert replies == {tag: status for tag, (status, _) in requests.items()}

    def test_slow_hashes_do_not_hold_up_user_lookups(self, accounts: Accounts, auth: AuthClient) -> None:
        """Some hashes are made to take a second; mail for others must not wait for that."""
        slow = "$2y$12$phz1mRrjOlFb7nA0sCk3DuKSl4kPUzUPPVYc/hIu1oTzoXNNgqSGa"
        user = accounts.mailbox(f"slow@{DOMAIN}", stored=slow)
        auth.send(
            b"".join(message("verify", tag, user=user.address, password="wrong") for tag in range(1, 5))
        )
        auth.send(message("user", 9, user=user.address, service="lmtp"))
        assert (auth.reply().tag, [auth.reply().status for _ in range(4)]) == (9, ["mismatch"] * 4)

    def test_two_hundred_connections(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"crowd@{DOMAIN}")
        clients = [site.auth() for _ in range(200)]
        try:
            for client in clients:
                client.send(message("verify", 7, user=user.address, password=user.password))
            assert {client.reply().status for client in clients} == {"ok"}
        finally:
            for client in clients:
                client.close()
