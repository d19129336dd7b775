# SPDX-License-Identifier: MIT
"""Peers that say half a thing or nothing, or take no answer: cut off in time, while nobody else waits for them.

All wait at once, so that we need not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from support import saslauthd
from support.accounts import LONG_GOTO, Accounts, Mailbox
from support.auth_protocol import VERSION, AuthClient, message
from support.authdaemond import ask, fields, login
from support.log_watch import LogWatch
from support.site import Site
from support.socketmap import Socketmap, request
from support.stream import Stream

DOMAIN = "slow-peers.test"
# net/protocol.hpp; saslauthd_protocol.cpp and authdaemond_protocol.cpp, for who says nothing
FRAME_SECONDS, IDLE_SECONDS, WRITE_SECONDS = 10, 10, 30
SLACK_SECONDS = 20  # for a machine that has other things to do
SILENT = 1000


@dataclass(frozen=True)
class Half:
    """What is sent of a request, to whom."""

    protocol: str
    octets: bytes


# The name of its socket among the demo's, and the daemon that serves it.
PROTOCOLS = {
    "socketmap": ("MAPS_SOCKETMAP", "mapd"),
    "auth": ("AUTHD_SOCKET", "authd"),
    "saslauthd": ("SASLAUTHD_SOCKET", "authd"),
    "authdaemond": ("AUTHDAEMOND_SOCKET", "authd"),
}
HALVES = {
    "socketmap, a length": Half("socketmap", b"2"),
    "socketmap, a colon": Half("socketmap", b"20:"),
    "socketmap, most of it": Half("socketmap", request("virtual_alias_maps", f"joe@{DOMAIN}")[:-1]),
    "auth, most of it": Half("auth", message("hello", 1, version=str(VERSION))[:-1]),
    "saslauthd, half a length": Half("saslauthd", b"\0"),
    "saslauthd, most of it": Half("saslauthd", saslauthd.request("a", "b", "smtp", "r")[:-1]),
    "authdaemond, half a line": Half("authdaemond", b"PRE . im"),
    "authdaemond, a variable": Half("authdaemond", b"TCPREMOTEIP=192.0.2.1\n"),
    "authdaemond, half a body": Half("authdaemond", b"AUTH 16\nimap\n"),
}


@pytest.fixture(scope="module", autouse=True)
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    accounts.alias(f"long@{DOMAIN}", LONG_GOTO)
    return accounts.mailbox(f"joe@{DOMAIN}", scheme="$6$")


class TestSlowPeers:
    """Those who may be silent come last: by then all the times are over."""

    @pytest.fixture(scope="class")
    def logs(self, site: Site) -> dict[str, LogWatch]:
        return {daemon: site.log(daemon) for daemon in ("mapd", "authd")}

    @pytest.fixture(scope="class")
    def halves(self, site: Site, logs: dict[str, LogWatch]) -> Iterator[dict[str, Stream]]:
        streams: dict[str, Stream] = {}
        for name, half in HALVES.items():
            streams[name] = Stream(site.env[PROTOCOLS[half.protocol][0]], FRAME_SECONDS + SLACK_SECONDS)
            streams[name].send(half.octets)
        yield streams
        for stream in streams.values():
            stream.close()

    @pytest.fixture(scope="class")
    def silent(self, site: Site) -> Iterator[dict[str, Stream]]:
        streams = {
            protocol: Stream(site.env[PROTOCOLS[protocol][0]], IDLE_SECONDS + SLACK_SECONDS)
            for protocol in ("saslauthd", "authdaemond")
        }
        yield streams
        for stream in streams.values():
            stream.close()

    @pytest.fixture(scope="class")
    def greedy(self, site: Site, joe: Mailbox) -> Iterator[Socketmap]:
        """It asks for more than sockets hold, and takes nothing of it."""
        with site.maps() as client:
            client.send(request("virtual_alias_maps", f"long@{DOMAIN}") * 40)
            yield client

    @pytest.fixture(scope="class")
    def postfix(self, site: Site) -> Iterator[Socketmap]:
        """An idle connection of the sort that it keeps for 10 s, so we have to keep it longer."""
        with site.maps() as client:
            client.send(request("virtual_mailbox_domains", DOMAIN))
            yield client

    @pytest.fixture(scope="class")
    def plugin(self, site: Site) -> Iterator[AuthClient]:
        """It may be silent for as long as it lives."""
        with site.auth() as client:
            yield client

    @pytest.fixture(scope="class", autouse=True)
    def all_at_once(
        self,
        halves: dict[str, Stream],
        silent: dict[str, Stream],
        greedy: Socketmap,
        postfix: Socketmap,
        plugin: AuthClient,
    ) -> None:
        """Begins to wait with all of them."""

    def test_others_are_served_meanwhile(self, maps: Socketmap, auth: AuthClient, joe: Mailbox) -> None:
        assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
        assert auth.verify(joe.address, joe.password).status == "ok"

    @pytest.mark.parametrize("name", HALVES)
    def test_half_a_request(self, logs: dict[str, LogWatch], halves: dict[str, Stream], name: str) -> None:
        assert halves[name].receive_all() == b""
        protocol = HALVES[name].protocol
        logs[PROTOCOLS[protocol][1]].wait_for(
            f"warning: peer_too_slow: {protocol} peer pid", "does not finish its request; closing"
        )

    @pytest.mark.parametrize("protocol", ["saslauthd", "authdaemond"])
    def test_a_silent_client_of_one_question(self, silent: dict[str, Stream], protocol: str) -> None:
        assert silent[protocol].receive_all() == b""

    def test_answers_that_nobody_takes(self, logs: dict[str, LogWatch], greedy: Socketmap) -> None:
        logs["mapd"].wait_for("peer_too_slow", "does not take its answer; closing", seconds=WRITE_SECONDS + 5)
        greedy.socket.settimeout(5)
        assert len(greedy.receive_all()) < 40 * len(LONG_GOTO)

    def test_a_peer_that_is_only_idle_stays(self, postfix: Socketmap) -> None:
        assert postfix.reply() == f"OK {DOMAIN}"
        assert postfix.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"

    def test_a_plugin_may_be_silent_for_as_long_as_it_lives(self, plugin: AuthClient) -> None:
        assert plugin.user(f"nobody@{DOMAIN}").status == "unknown"


class TestAThousandThatSendNothing:
    def test_keep_nobody_of_saslauthd_waiting(self, site: Site, joe: Mailbox) -> None:
        with crowd(site.env["SASLAUTHD_SOCKET"]):
            for _ in range(20):
                assert site.saslauthd("joe", joe.password, "smtp", DOMAIN) == "OK"
            with site.submission() as smtp:
                assert smtp.auth_plain(joe.address, joe.password).startswith("235 ")

    def test_keep_nobody_of_authdaemond_waiting(self, site: Site, joe: Mailbox, auth: AuthClient) -> None:
        """ExtMail's preferences page opens a connection for nothing, each time."""
        socket = site.env["AUTHDAEMOND_SOCKET"]
        with crowd(socket):
            for _ in range(20):
                assert fields(ask(socket, login(joe.address, joe.password)))["ADDRESS"] == joe.address
            assert auth.verify(joe.address, joe.password).status == "ok"


@contextmanager
def crowd(socket: str) -> Iterator[None]:
    """They are there meanwhile, and closed by the server in the end."""
    silent = [Stream(socket, IDLE_SECONDS + SLACK_SECONDS) for _ in range(SILENT)]
    try:
        yield
        assert {stream.receive_all() for stream in silent} == {b""}
    finally:
        for stream in silent:
            stream.close()
