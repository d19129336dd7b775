# SPDX-License-Identifier: MIT
"""Several database servers, of which some are away, ill, hung or slow, and what a server can answer besides rows."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.auth_protocol import AuthClient
from support.changes import await_changes
from support.extra_daemon import ExtraDaemon
from support.private_database import PrivateDatabase
from support.relay import Relay
from support.site import Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.transaction import Transaction

DOMAIN = "hosts.test"
CONNECT_SECONDS = 2  # the daemons' defaults
READ_SECONDS = 5
SLACK_SECONDS = 10  # for a machine that has other things to do
RECOVERY_SECONDS = 60
FRESH_SECONDS = 1
CHANGES = 5

_numbers = itertools.count(1)


def fill(database: PrivateDatabase, name: str) -> None:
    """Rows that tell one server from the other."""
    database.sql(
        f"INSERT INTO domain (domain, active) VALUES ('{DOMAIN}', 1)",
        "INSERT INTO alias (address, goto, domain, active) VALUES "
        f"('@{DOMAIN}', '{name}@example.org', '{DOMAIN}', 1), "
        f"('known@{DOMAIN}', '{name}@example.org', '{DOMAIN}', 1)",
    )


@pytest.fixture(scope="module")
def servers(site: Site) -> Iterator[tuple[PrivateDatabase, PrivateDatabase]]:
    made: list[PrivateDatabase] = []
    try:
        for name in ("first", "second"):
            made.append(PrivateDatabase(site))
            fill(made[-1], name)
        yield made[0], made[1]
    finally:
        for database in made:
            database.close()


@pytest.fixture
def first(servers: tuple[PrivateDatabase, PrivateDatabase]) -> Iterator[PrivateDatabase]:
    yield from well_before_and_after(servers[0])


@pytest.fixture
def second(servers: tuple[PrivateDatabase, PrivateDatabase]) -> Iterator[PrivateDatabase]:
    yield from well_before_and_after(servers[1])


def well_before_and_after(database: PrivateDatabase) -> Iterator[PrivateDatabase]:
    yield database
    if database.is_running():
        database.go_on()
    else:
        database.start()


@pytest.fixture
def relay(first: PrivateDatabase) -> Iterator[Relay]:
    """To the first server."""
    with Relay(str(first.socket)) as relay:
        yield relay


@pytest.fixture
def mapd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    return extra_daemon("mapd")


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


def host(database: PrivateDatabase) -> str:
    return f"unix:{database.socket}"


FIRST, SECOND = "OK first@example.org", "OK second@example.org"


def new_address() -> str:
    return f"new{next(_numbers)}@{DOMAIN}"


def ask_new(maps: Socketmap) -> str:
    """A key that nobody knows yet, which its domain's catch-all answers."""
    return maps.ask("virtual_alias_maps", new_address())


def ask_known(maps: Socketmap) -> str:
    return maps.ask("virtual_alias_maps", f"known@{DOMAIN}")


def await_server(maps: Socketmap, server: str) -> list[str]:
    """Asks until this server answers; what was said before."""
    said: list[str] = []

    def answers() -> bool:
        said.append(ask_new(maps))
        return said[-1] == server

    wait_until(answers, f"the answer {server}", timeout=RECOVERY_SECONDS)
    return said[:-1]


def not_temporary(said: list[str], *servers: str) -> list[str]:
    return [answer for answer in said if not answer.startswith("TEMP database: ") and answer not in servers]


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


class TestWhatAServerAnswers:
    @pytest.fixture
    def asked(self, mapd: ExtraDaemon, relay: Relay, first: PrivateDatabase) -> Iterator[Socketmap]:
        """A daemon on the relay, whose pool has but one connection, which has been used."""
        mapd.ask_hosts(f"tcp:127.0.0.1:{relay.port}")
        mapd.change("[mapd]", "[mapd]\ndatabase_connections = 1")
        mapd.start()
        await_changes(mapd, first.client())
        with Socketmap(str(mapd.socket)) as maps:
            assert ask_new(maps) == FIRST
            yield maps

    @pytest.mark.parametrize("error", [1053, 1243, 1615, 1927], ids=["shutdown", "other server", "prepare", "killed"])
    def test_a_lost_connection_is_replaced_unnoticed(
        self, mapd: ExtraDaemon, asked: Socketmap, relay: Relay, error: int
    ) -> None:
        before = relay.accepted
        relay.answer_with(error)
        assert ask_new(asked) == FIRST
        assert not relay.has_errors_left
        assert relay.accepted == before + 1
        assert mapd.log.matching(" error: ") == []

    @pytest.mark.parametrize("error", [1205, 1226, 1290, 1317], ids=["lock", "limit", "read-only", "interrupted"])
    def test_a_server_that_can_not_now_is_asked_again_on_the_same_connection(
        self, mapd: ExtraDaemon, asked: Socketmap, relay: Relay, error: int
    ) -> None:
        before = relay.accepted
        relay.answer_with(error)
        answer = ask_new(asked)
        assert answer.startswith("TEMP database: ") and f"(error {error})" in answer
        assert ask_new(asked) == FIRST
        assert relay.accepted == before
        mapd.log.wait_for(" error: query_failed: ", f"(error {error})")
        assert mapd.log.matching(" database_down: ") == []

    @pytest.mark.parametrize("error", [1054, 1142, 1146], ids=["column", "rights", "table"])
    def test_what_asking_again_will_not_help_is_permanent(self, asked: Socketmap, relay: Relay, error: int) -> None:
        before = relay.accepted
        relay.answer_with(error)
        assert ask_new(asked).startswith("PERM database: ")
        assert ask_new(asked) == FIRST
        assert relay.accepted == before

    def test_a_slow_server_is_waited_for(self, asked: Socketmap, relay: Relay) -> None:
        relay.delay(0.3)
        assert {ask_new(asked) for _ in range(3)} == {FIRST}

    def test_a_peer_that_takes_connections_and_says_nothing(
        self, mapd: ExtraDaemon, asked: Socketmap, relay: Relay
    ) -> None:
        """Neither the connections from before nor new ones keep a lookup for long."""
        assert ask_known(asked) == FIRST
        relay.stall()
        for seconds in (READ_SECONDS, CONNECT_SECONDS, CONNECT_SECONDS):
            began = time.monotonic()
            assert ask_new(asked).startswith("TEMP database: ")
            assert time.monotonic() - began < seconds + SLACK_SECONDS
            assert ask_known(asked) == FIRST
        relay.flow()
        wait_until(lambda: ask_new(asked) == FIRST, "the answers to come back")
        assert len(mapd.log.matching(" error: database_down: ")) == 1


class TestAServerThatChanges:
    @pytest.fixture
    def asked(self, mapd: ExtraDaemon, first: PrivateDatabase) -> Iterator[Socketmap]:
        mapd.ask_hosts(host(first))
        mapd.start()
        await_changes(mapd, first.client())
        with Socketmap(str(mapd.socket)) as maps:
            assert ask_new(maps) == FIRST
            yield maps

    def test_statements_outlive_a_change_of_their_tables(self, asked: Socketmap, first: PrivateDatabase) -> None:
        try:
            for change in (
                "ALTER TABLE alias ADD COLUMN note varchar(10) FIRST",
                "ALTER TABLE alias MODIFY goto mediumtext",
                "ALTER TABLE alias MODIFY active varchar(5)",
                "ALTER TABLE alias ENGINE = InnoDB ROW_FORMAT = COMPRESSED",
            ):
                first.sql(change)
                assert ask_new(asked) == FIRST
        finally:
            first.sql(
                "ALTER TABLE alias DROP COLUMN IF EXISTS note, MODIFY goto text NOT NULL, "
                "MODIFY active tinyint(1) NOT NULL DEFAULT 1, ROW_FORMAT = DEFAULT"
            )

    def test_a_table_that_is_gone_is_permanent_for_who_needs_it(
        self, mapd: ExtraDaemon, asked: Socketmap, first: PrivateDatabase
    ) -> None:
        first.sql("RENAME TABLE alias TO alias_away")
        try:
            answer = ask_new(asked)
            assert answer.startswith("PERM database: ") and "(error 1146)" in answer
            assert asked.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
        finally:
            first.sql("RENAME TABLE alias_away TO alias")
        assert ask_new(asked) == FIRST

    def test_rights_that_are_taken_away(self, asked: Socketmap, first: PrivateDatabase) -> None:
        columns = "SELECT (address, goto, domain, active) ON alias"
        first.sql(f"REVOKE {columns} FROM 'extmail_mapd'@'localhost'")
        try:
            assert ask_new(asked).startswith("PERM database: ")
        finally:
            first.sql(f"GRANT {columns} TO 'extmail_mapd'@'localhost'")
        wait_until(lambda: ask_new(asked) == FIRST, "the right to be back")

    def test_connections_that_are_closed_while_they_idle(
        self, mapd: ExtraDaemon, asked: Socketmap, first: PrivateDatabase
    ) -> None:
        for _ in range(3):
            first.sql("KILL USER 'extmail_mapd'@'localhost'")
            assert ask_new(asked) == FIRST
        assert mapd.log.matching(" error: ") == []

    def test_a_password_that_changes(self, mapd: ExtraDaemon, site: Site, asked: Socketmap, first: PrivateDatabase) -> None:
        """Who is refused can still say what it knows."""
        assert ask_known(asked) == FIRST
        right = site.database_password("mapd")
        try:
            first.sql(
                "ALTER USER 'extmail_mapd'@'localhost' IDENTIFIED BY 'changed-51c2'",
                "KILL USER 'extmail_mapd'@'localhost'",
            )
            for _ in range(3):
                answer = ask_new(asked)
                assert answer.startswith("PERM database: ") and "(error 1045)" in answer
            wait_until(lambda: mapd.log.matching(" warning: serving_stale: ") or ask_known(asked) != FIRST, "stale rows")
            assert ask_known(asked) == FIRST
            assert mapd.log.matching("change_log_missing: ") == []
        finally:
            first.sql(f"ALTER USER 'extmail_mapd'@'localhost' IDENTIFIED BY '{right}'")
        wait_until(lambda: ask_new(asked) == FIRST, "the password to be right again")
        assert right not in mapd.log.text

    def test_an_account_with_fewer_connections_than_configured(
        self, mapd: ExtraDaemon, first: PrivateDatabase, relay: Relay
    ) -> None:
        """One follows the changes; the other one answers all."""
        relay.delay(0.02)  # so that more than one query is under way
        first.sql("ALTER USER 'extmail_mapd'@'localhost' WITH MAX_USER_CONNECTIONS 2")
        try:
            mapd.ask_hosts(f"tcp:127.0.0.1:{relay.port}")
            mapd.start()
            mapd.log.wait_for("change_log_followed: ")
            assert crowd(mapd) == {FIRST}
            mapd.log.wait_for(" error: query_failed: ", "max_user_connections", "lower database_connections")
            assert mapd.log.matching(" database_down: ") == []
        finally:
            first.sql("ALTER USER 'extmail_mapd'@'localhost' WITH MAX_USER_CONNECTIONS 0")

    def test_a_server_without_room(self, mapd: ExtraDaemon, first: PrivateDatabase) -> None:
        """Its last place is the administrator's; the daemon comes back by itself."""
        least = 10  # that the server takes as a limit
        first.sql(f"SET GLOBAL max_connections = {least}")
        mapd.ask_hosts(host(first))
        taken: list[Transaction] = []
        try:
            for _ in range(least):
                taken.append(Transaction(str(first.socket)))
            mapd.start()
            with Socketmap(str(mapd.socket)) as maps:
                answer = ask_new(maps)
                assert answer.startswith("TEMP database: ") and "(error 1040)" in answer
                mapd.log.wait_for(" error: database_down: ", "max_connections is reached: raise it")
                while taken:
                    taken.pop().end()
                wait_until(lambda: ask_new(maps) == FIRST, "room for the daemon")
        finally:
            for client in taken:
                client.end()
            first.sql("SET GLOBAL max_connections = 151")

    def test_a_locked_table(self, asked: Socketmap, first: PrivateDatabase) -> None:
        with Transaction(str(first.socket)) as admin:
            assert ask_known(asked) == FIRST
            admin.run("LOCK TABLES alias WRITE")
            began = time.monotonic()
            assert ask_new(asked).startswith("TEMP database: ")
            assert time.monotonic() - began < READ_SECONDS + CONNECT_SECONDS + SLACK_SECONDS
            assert ask_known(asked) == FIRST
            admin.run("UNLOCK TABLES")
            wait_until(lambda: ask_new(asked) == FIRST, "the table to be free")

    def test_other_data_behind_the_same_socket(
        self, mapd: ExtraDaemon, asked: Socketmap, first: PrivateDatabase, second: PrivateDatabase
    ) -> None:
        """Neither the rows of the old data nor what it lacked are believed."""
        gone, come = f"gone@{DOMAIN}", f"come@{DOMAIN}"
        for database, user in ((first, gone), (second, come)):
            database.sql(
                f"INSERT INTO mailbox (username, domain, maildir, homedir, active) VALUES ('{user}', '{DOMAIN}', '', '', 1)"
            )
        exists = lambda user: asked.ask("virtual_mailbox_maps", user)  # noqa: E731
        wait_until(lambda: exists(gone).startswith("OK ") and exists(come) == NOT_FOUND, "the rows of the first")
        assert ask_known(asked) == FIRST
        for how in (PrivateDatabase.stop, PrivateDatabase.kill):
            how(first)
            second.stop()
            first.exchange_data(second)
            first.start()
            second.start()
            if how is PrivateDatabase.stop:
                wait_until(lambda: ask_known(asked) == SECOND, "the other row")
                wait_until(lambda: exists(gone) == NOT_FOUND and exists(come).startswith("OK "), "the other mailboxes")
            else:
                wait_until(lambda: ask_known(asked) == FIRST, "the first row")
                wait_until(lambda: exists(come) == NOT_FOUND and exists(gone).startswith("OK "), "the first mailboxes")


def crowd(mapd: ExtraDaemon, clients: int = 30) -> set[str]:
    """Asks many new keys at once; what was said."""
    streams = [Socketmap(str(mapd.socket)) for _ in range(clients)]
    try:
        for stream in streams:
            for _ in range(3):
                stream.send(request("virtual_alias_maps", new_address()))
        return {stream.reply() for stream in streams for _ in range(3)}
    finally:
        for stream in streams:
            stream.close()
