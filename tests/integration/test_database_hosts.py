# SPDX-License-Identifier: MIT
"""Several database servers, of which some are away, hung, or greet and do not serve: the best one is asked."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable

import pytest
from extmail_demo import wait_until
from support.auth_protocol import AuthClient
from support.changes import await_changes
from support.extra_daemon import ExtraDaemon
from support.private_database import PrivateDatabase
from support.relay import Relay
from support.socketmap import Socketmap, request
from support.two_databases import (
    DOMAIN,
    FIRST,
    RECOVERY_SECONDS,
    SECOND,
    ask_known,
    ask_new,
    await_server,
    host,
    new_address,
    not_temporary,
)

CONNECT_SECONDS = 2  # the daemons' defaults
READ_SECONDS = 5
SLACK_SECONDS = 10  # for a machine that has other things to do
FRESH_SECONDS = 1
CHANGES = 5

_numbers = itertools.count(1)


@pytest.fixture
def pair(mapd: ExtraDaemon, first: PrivateDatabase, second: PrivateDatabase) -> ExtraDaemon:
    """A daemon that asks both, and has found the first."""
    mapd.ask_hosts(host(first), host(second))
    mapd.start()
    await_changes(mapd, first.client())
    with Socketmap(str(mapd.socket)) as maps:
        assert ask_new(maps) == FIRST
        assert ask_known(maps) == FIRST
    return mapd


def set_target(database: PrivateDatabase, address: str, target: str) -> None:
    database.sql(
        "REPLACE INTO alias (address, goto, domain, active) VALUES "
        f"('{address}', '{target}@example.org', '{DOMAIN}', 1)"
    )


def seconds_to_show(maps: Socketmap, database: PrivateDatabase, address: str) -> float:
    target = f"change{next(_numbers)}"
    maps.ask("virtual_alias_maps", address)
    set_target(database, address, target)
    began = time.monotonic()
    wait_until(lambda: maps.ask("virtual_alias_maps", address) == f"OK {target}@example.org", "the change to show")
    return time.monotonic() - began


class TestFailOver:
    def test_the_second_server_is_asked_until_the_first_is_back(
        self, pair: ExtraDaemon, first: PrivateDatabase, second: PrivateDatabase
    ) -> None:
        address = new_address()
        with Socketmap(str(pair.socket)) as maps:
            first.kill()
            assert not_temporary(await_server(maps, SECOND), FIRST) == []
            # What the first one said of this row is not believed any more.
            wait_until(lambda: ask_known(maps) == SECOND, "the known row to be read again")
            times = [seconds_to_show(maps, second, address) for _ in range(CHANGES)]
            assert statistics.median(times) < FRESH_SECONDS

            first.start()
            assert not_temporary(await_server(maps, FIRST), SECOND) == []
            wait_until(lambda: ask_known(maps) == FIRST, "the known row to be read again")
            times = [seconds_to_show(maps, first, address) for _ in range(CHANGES)]
            assert statistics.median(times) < FRESH_SECONDS
        wait_until(lambda: second.connections_of("mapd") == 0, "the second server to be left")
        switched = pair.log.matching(" database_switched: ")
        assert len(switched) == 2
        assert f" warning: database_switched: {host(second)} is asked now, until {host(first)} is back: " in switched[0]
        assert f" notice: database_switched: {host(first)} is asked now, for it comes before {host(second)}" in switched[1]
        assert pair.log.matching(" database_(down|up): ") == []

    def test_a_hung_server_is_left_in_time_and_taken_up_again(
        self, pair: ExtraDaemon, first: PrivateDatabase, second: PrivateDatabase
    ) -> None:
        with Socketmap(str(pair.socket)) as maps, Socketmap(str(pair.socket)) as knowing:
            first.hang()
            began = time.monotonic()
            maps.send(request("virtual_alias_maps", new_address()))
            assert ask_known(knowing) == FIRST
            assert maps.reply() in (FIRST, SECOND)  # the catch-all is known from before
            assert time.monotonic() - began < READ_SECONDS + CONNECT_SECONDS + SLACK_SECONDS
            assert not_temporary(await_server(maps, SECOND), FIRST) == []
            first.go_on()
            assert not_temporary(await_server(maps, FIRST), SECOND) == []
        assert pair.log.matching(" warning: database_switched: ")

    def test_when_all_are_away_the_first_that_is_back_is_asked(
        self, pair: ExtraDaemon, first: PrivateDatabase, second: PrivateDatabase
    ) -> None:
        with Socketmap(str(pair.socket)) as maps:
            first.kill()
            second.kill()
            wait_until(lambda: ask_new(maps).startswith("TEMP "), "the loss of both to be noticed")
            for _ in range(5):
                assert ask_new(maps).startswith("TEMP database: ")
                assert ask_known(maps) == FIRST
            second.start()
            # The catch-all is known from before, and said until the follower has found the other server.
            assert not_temporary(await_server(maps, SECOND), FIRST) == []
            first.start()
            assert not_temporary(await_server(maps, FIRST), SECOND) == []
        down = pair.log.matching(" error: database_down: ")
        assert len(down) == 1
        assert host(first) in down[0] and host(second) in down[0]
        assert len(pair.log.matching(" notice: database_up: ")) == 1

    def test_a_good_password_is_not_called_wrong_meanwhile(
        self, extra_daemon: Callable[[str], ExtraDaemon], first: PrivateDatabase, second: PrivateDatabase
    ) -> None:
        user = f"user{next(_numbers)}@{DOMAIN}"
        for database in (first, second):
            database.sql(
                "INSERT INTO mailbox (username, domain, password, maildir, homedir, uidnumber, gidnumber, active) "
                f"VALUES ('{user}', '{DOMAIN}', '{{PLAIN}}right', '', '', 1000, 1000, 1)"
            )
        authd = extra_daemon("authd")
        authd.ask_hosts(host(first), host(second))
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            assert auth.verify(user, "right").status == "ok"
            first.kill()
            said = [auth.verify(user, "right").status for _ in range(20)]
            assert set(said) <= {"ok", "temporary"} and said[-1] == "ok"
            assert auth.verify(user, "wrong").status == "mismatch"
            first.start()

            def is_back() -> bool:
                """Who is known needs no database, and so no look at which one is there."""
                assert auth.verify(f"nobody{next(_numbers)}@{DOMAIN}", "right").status in ("unknown", "temporary")
                return first.connections_of("authd") > 0

            wait_until(is_back, "the first server to be asked again", timeout=RECOVERY_SECONDS)
            assert auth.verify(user, "right").status == "ok"
            assert auth.verify(user, "wrong").status == "mismatch"


class TestAServerThatGreetsAndDoesNotServe:
    NOT_IN_ITS_CLUSTER = 1047

    def test_is_not_taken(self, mapd: ExtraDaemon, relay: Relay, second: PrivateDatabase) -> None:
        """As a Galera node outside of its cluster: it lets everybody in and reads no table."""
        mapd.ask_hosts(f"tcp:127.0.0.1:{relay.port}", host(second))
        relay.answer_with(self.NOT_IN_ITS_CLUSTER, always=True)
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert not_temporary(await_server(maps, SECOND), FIRST) == []
            before = relay.accepted
            wait_until(
                lambda: ask_new(maps) == SECOND and relay.accepted > before, "it to be tried", timeout=RECOVERY_SECONDS
            )
            relay.flow()
            assert not_temporary(await_server(maps, FIRST), SECOND) == []
        wait_until(lambda: second.connections_of("mapd") == 0, "the second server to be left")
        switched = mapd.log.matching(" database_switched: ")
        assert len(switched) == 2
        assert "if this is a Galera node, it is not part of its cluster" in switched[0]

    def test_is_waited_for_by_one_query_at_a_time(
        self, mapd: ExtraDaemon, relay: Relay, second: PrivateDatabase
    ) -> None:
        relay.stall()
        mapd.ask_hosts(f"tcp:127.0.0.1:{relay.port}", host(second))
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            await_server(maps, SECOND)
        wait_until(lambda: relay.connections == 0, "those who looked at the start to give up")
        before = relay.accepted
        relay.forget_peak()
        slow: list[int] = []
        wrong: list[str] = []
        is_over = threading.Event()

        def client(number: int) -> None:
            with Socketmap(str(mapd.socket)) as maps:
                while not is_over.is_set():
                    began = time.monotonic()
                    wrong.extend({ask_new(maps)} - {SECOND})
                    if time.monotonic() - began > CONNECT_SECONDS * 0.9:
                        slow.append(number)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
        for thread in clients:
            thread.start()
        try:
            wait_until(lambda: relay.accepted >= before + 2, "it to be tried twice", timeout=RECOVERY_SECONDS)
        finally:
            is_over.set()
            for thread in clients:
                thread.join()
        assert wrong == []
        assert relay.peak == 1
        assert max(map(slow.count, range(4))) <= relay.accepted - before

    def test_no_more_connections_are_made_in_a_switch_than_allowed(
        self, mapd: ExtraDaemon, relay: Relay, second: PrivateDatabase
    ) -> None:
        allowed = 2
        mapd.ask_hosts(f"tcp:127.0.0.1:{relay.port}", host(second))
        mapd.change("[mapd]", f"[mapd]\ndatabase_connections = {allowed}")
        mapd.start()
        most_on_second = 0
        clients = [Socketmap(str(mapd.socket)) for _ in range(30)]
        try:
            for change, expected in ((None, FIRST), (relay.cut, SECOND), (relay.restore, FIRST), (relay.cut, SECOND)):
                if change:
                    change()
                await_server(clients[0], expected)
                for client in clients:
                    client.send(request("virtual_alias_maps", new_address()))
                most_on_second = max(most_on_second, second.connections_of("mapd"))
                assert {client.reply() for client in clients} <= {FIRST, SECOND}
        finally:
            for client in clients:
                client.close()
        # One more follows the changes, and one may be closing.
        assert relay.peak <= allowed + 2
        assert most_on_second <= allowed + 2
