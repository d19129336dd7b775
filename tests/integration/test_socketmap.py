# SPDX-License-Identifier: MIT
"""extmail-mapd's socket: maps that it does not know, frames good and bad, many connections and strangers."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support.accounts import LONG_GOTO, Accounts
from support.log_watch import LogWatch
from support.netstring import netstring
from support.peers import acting_as
from support.site import Site
from support.socketmap import MAPS, NOT_FOUND, Socketmap, request

DOMAIN = "socketmap.test"
MAX_REQUEST = 16384  # wire/socketmap.hpp


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.mailbox(f"joe@{DOMAIN}")
    accounts.alias(f"info@{DOMAIN}", f"joe@{DOMAIN}")
    accounts.alias(f"long@{DOMAIN}", LONG_GOTO)


class TestUnknownMaps:
    @pytest.mark.parametrize("table", ["nonsense", "", "VIRTUAL_ALIAS_MAPS", "virtual_alias_map", "x" * 5000])
    def test_are_a_permanent_failure_that_names_the_known(
        self, maps: Socketmap, log: Callable[[str], LogWatch], table: str
    ) -> None:
        reply = maps.ask(table, f"joe@{DOMAIN}")
        assert reply.startswith(f"PERM unknown map {table[:100]}; known are ")
        assert [name for name in MAPS if name not in reply] == []
        assert len(reply) < 1100
        log("mapd").wait_for("warning: bad_request: unknown map")
        assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"

    def test_postmap_tells_the_administrator(self, site: Site) -> None:
        done = site.postmap("virtual_alias_map", f"joe@{DOMAIN}")
        assert done.status == 1
        assert "known are virtual_mailbox_domains" in done.errors


class TestFrames:
    @pytest.mark.parametrize(
        "octets",
        [
            b"hello\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01",
            b":virtual_alias_maps x,",
            b"-5:abcde,",
            b" 5:abcde,",
            b"+5:abcde,",
            b"5 :abcde,",
            b"05:abcde,",
            b"5:abcdef,",
            b"5:abcde;",
            b"99999999999999999999:",
            b"1000000000:",
            b"16385:",
            b"100000:" + b"x" * 100000,
            netstring(b"virtual_alias_maps x") + b"garbage",
        ],
        ids=lambda octets: repr(octets[:30]),
    )
    def test_what_is_no_netstring_closes_the_connection(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        with site.maps() as maps:
            try:
                maps.send(octets)
            except BrokenPipeError:
                pass  # it closed before it had everything
            assert maps.receive_all() in (b"", netstring(b"NOTFOUND "))
        log("mapd").wait_for(
            "warning: protocol_error: socketmap peer pid", f"pid {os.getpid()} ", "; closing"
        )

    def test_the_largest_request_is_answered_and_a_larger_one_is_not(
        self, site: Site, maps: Socketmap
    ) -> None:
        largest = "x" * (MAX_REQUEST - len("virtual_alias_maps "))
        assert maps.ask("virtual_alias_maps", largest) == NOT_FOUND
        maps.send(request("virtual_alias_maps", largest + "x"))
        assert maps.receive_all() == b""

    def test_a_request_without_a_space_is_a_permanent_failure(
        self, maps: Socketmap, log: Callable[[str], LogWatch]
    ) -> None:
        maps.send(netstring(b"virtual_alias_maps"))
        assert maps.reply() == "PERM request without a space between map and key"
        log("mapd").wait_for("warning: bad_request")
        assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"

    def test_many_in_one_write_are_answered_in_their_order(self, maps: Socketmap) -> None:
        keys = [DOMAIN, "unknown-socketmap.test"] * 500
        maps.send(b"".join(request("virtual_mailbox_domains", key) for key in keys))
        expected = [f"OK {DOMAIN}", NOT_FOUND] * 500
        assert [maps.reply() for _ in keys] == expected

    def test_one_byte_at_a_time(self, maps: Socketmap) -> None:
        for byte in request("virtual_mailbox_domains", DOMAIN):
            maps.send(bytes([byte]))
        assert maps.reply() == f"OK {DOMAIN}"

    def test_a_client_that_stops_sending_still_gets_its_answers(self, maps: Socketmap) -> None:
        maps.send(request("virtual_mailbox_domains", DOMAIN) * 50)
        maps.end_sending()
        assert maps.receive_all() == netstring(f"OK {DOMAIN}".encode()) * 50

    def test_a_client_that_leaves_in_the_middle_does_no_harm(self, site: Site, maps: Socketmap) -> None:
        for octets in (b"", b"5", b"30:virtual", request("virtual_alias_maps", f"long@{DOMAIN}") * 50):
            with site.maps() as leaver:
                leaver.send(octets)
        assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"


class TestConnections:
    def test_three_hundred_at_once_are_all_answered(self, site: Site) -> None:
        clients = [site.maps() for _ in range(300)]
        try:
            for client in clients:
                client.send(request("virtual_mailbox_domains", DOMAIN))
            assert {client.reply() for client in clients} == {f"OK {DOMAIN}"}
            # and again, on connections that are open by now
            for client in reversed(clients):
                client.send(request("virtual_alias_maps", f"info@{DOMAIN}"))
            assert {client.reply() for client in clients} == {f"OK joe@{DOMAIN}"}
        finally:
            for client in clients:
                client.close()

    def test_strangers_can_not_connect(self, site: Site) -> None:
        with acting_as(65534, 65534), pytest.raises(PermissionError):
            site.maps()
