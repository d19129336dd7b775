# SPDX-License-Identifier: MIT
"""extmail-mapd while its database, its peers, or itself fare badly: what is known is said, and the rest waits."""

from __future__ import annotations

import resource
import select
import statistics
import time
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.changes import await_changes
from support.extra_daemon import ExtraDaemon
from support.private_database import PrivateDatabase
from support.site import Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.stream import Closed, Stream

DOMAIN = "outages.test"
USER, CLOSED, ALIAS = f"user@{DOMAIN}", f"closed@{DOMAIN}", f"alias@{DOMAIN}"
CONNECTIONS = 2000
FRAME_SECONDS = 10  # for a request, from its first byte to its last
FRESH_SECONDS = 1
CHANGES = 5

# Of every map: a key that is found, how its answer begins, and two keys that are not.
ANSWERS = {
    "virtual_mailbox_domains": (DOMAIN, DOMAIN, ("known.test", "new.test")),
    "virtual_mailbox_maps": (USER, f"{DOMAIN}/user/Maildir/", (f"nobody@{DOMAIN}", f"new1@{DOMAIN}")),
    "virtual_alias_maps": (ALIAS, USER, (f"nobody@{DOMAIN}", f"new2@{DOMAIN}")),
    "smtpd_sender_login_maps": (USER, USER, (f"nobody@{DOMAIN}", f"new3@{DOMAIN}")),
    "transport_maps": (USER, "lmtp:inet:[store.test]:24", (f"nobody@{DOMAIN}", f"new4@{DOMAIN}")),
    "relay_domains": ("relayed.test", "relayed.test", ("known.test", "new5.test")),
    "relay_recipient_maps": ("user@relayed.test", "user@relayed.test", ("nobody@relayed.test", "new6@relayed.test")),
    "virtual_mailbox_limit_maps": (USER, "104857600", (f"nobody@{DOMAIN}", f"new7@{DOMAIN}")),
    "virtual_uid_maps": (USER, "2525", (f"nobody@{DOMAIN}", f"new8@{DOMAIN}")),
    "virtual_gid_maps": (USER, "2526", (f"nobody@{DOMAIN}", f"new9@{DOMAIN}")),
    "recipient_access": (CLOSED, "550 5.2.1 ", (USER, f"new10@{DOMAIN}")),
    "sender_access": (CLOSED, "5", (USER, f"new11@{DOMAIN}")),
}


@pytest.fixture(scope="module")
def database(site: Site) -> Iterator[PrivateDatabase]:
    database = PrivateDatabase(site)
    try:
        database.sql(
            "INSERT INTO domain (domain, transport, active) VALUES "
            f"('{DOMAIN}', '', 1), ('relayed.test', 'relay:[192.0.2.1]', 1)",
            "INSERT INTO mailbox (username, domain, maildir, homedir, mailhost, quota, uidnumber, gidnumber, active) VALUES "
            f"('{USER}', '{DOMAIN}', '{DOMAIN}/user/Maildir/', '{DOMAIN}/user', 'store.test', '104857600S', 2525, 2526, 1), "
            "('user@relayed.test', 'relayed.test', '', '', '', '0S', 2525, 2526, 1), "
            f"('{CLOSED}', '{DOMAIN}', '', '', '', '0S', 2525, 2526, 0)",
            f"INSERT INTO alias (address, goto, domain, active) VALUES ('{ALIAS}', '{USER}', '{DOMAIN}', 1)",
        )
        yield database
    finally:
        database.close()


@pytest.fixture
def mapd(
    extra_daemon: Callable[[str], ExtraDaemon], database: PrivateDatabase, site: Site
) -> Iterator[ExtraDaemon]:
    """Not started; the database is put right afterwards."""
    daemon = extra_daemon("mapd")
    daemon.ask_hosts(f"unix:{database.socket}")
    daemon.change(
        'expiry = "enforce"',
        'expiry = "enforce"\nmailhost_transport = "lmtp:inet:[%h]:24"\nrelay_transports = ["relay"]',
    )
    yield daemon
    database.mend()


def start(mapd: ExtraDaemon, database: PrivateDatabase) -> None:
    mapd.start()
    await_changes(mapd, database.client())


class TestWhileTheDatabaseIsAway:
    def test_every_map_is_in_the_table(self, mapd: ExtraDaemon) -> None:
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            known = maps.ask("unknown", "key").partition("known are ")[2].split()
        assert sorted(known) == sorted(ANSWERS)

    @pytest.mark.parametrize("how", [PrivateDatabase.stop, PrivateDatabase.kill, PrivateDatabase.hang])
    def test_what_is_known_is_said_in_every_map_and_the_rest_is_put_off(
        self, mapd: ExtraDaemon, database: PrivateDatabase, how: Callable[[PrivateDatabase], None]
    ) -> None:
        start(mapd, database)
        with Socketmap(str(mapd.socket)) as maps:

            def check_known() -> None:
                for name, (found, answer, (unfound, _)) in ANSWERS.items():
                    assert maps.ask(name, found).startswith(f"OK {answer}"), name
                    assert maps.ask(name, unfound) == NOT_FOUND, name

            check_known()
            how(database)
            wait_until(lambda: maps.ask("virtual_mailbox_domains", "gone.test").startswith("TEMP "), "the loss to be noticed")
            check_known()
            for name, (_, _, (_, new)) in ANSWERS.items():
                assert maps.ask(name, new).startswith("TEMP database: "), name

            def says_so() -> bool:
                check_known()
                return bool(mapd.log.matching(" warning: serving_stale: "))

            wait_until(says_so, "the log to tell that rows may be stale")
            check_known()
            assert len(mapd.log.matching(" error: database_down: ")) == 1

            database.go_on() if database.is_running() else database.start()
            for name, (_, _, (_, new)) in ANSWERS.items():
                wait_until(lambda: maps.ask(name, new) == NOT_FOUND, f"{name} to answer again")  # noqa: B023
            check_known()

    def test_what_changes_meanwhile_shows_when_it_is_back(self, mapd: ExtraDaemon, database: PrivateDatabase) -> None:
        """The daemon's connection is cut off, so that the log can't tell it what changed."""
        start(mapd, database)
        with Socketmap(str(mapd.socket)) as maps:
            domain = lambda: maps.ask("virtual_mailbox_domains", "flapping.test")  # noqa: E731
            for expected in (NOT_FOUND, "OK flapping.test"):
                wait_until(lambda: domain() == expected, "the row as it is")  # noqa: B023
                database.sql("RENAME USER 'extmail_mapd'@'localhost' TO 'away'@'localhost'", "KILL USER 'extmail_mapd'@'localhost'")
                mapd_is_cut_off = lambda: maps.ask("virtual_mailbox_domains", "cold.test").startswith("PERM ")  # noqa: E731
                wait_until(mapd_is_cut_off, "the daemon to be refused")
                if expected == NOT_FOUND:
                    database.sql("INSERT INTO domain (domain, active) VALUES ('flapping.test', 1)")
                else:
                    database.sql("DELETE FROM domain WHERE domain = 'flapping.test'")
                assert domain() == expected
                database.sql("RENAME USER 'away'@'localhost' TO 'extmail_mapd'@'localhost'")
                wait_until(lambda: domain() != expected, "the change")  # noqa: B023


class TestAKilledDaemon:
    def test_takes_up_the_rows_that_it_saved_before(self, mapd: ExtraDaemon, database: PrivateDatabase) -> None:
        mapd.change("[mapd]", f'[mapd]\nsnapshot = "{mapd.folder / "rows"}"')
        start(mapd, database)
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_maps", USER).startswith("OK ")
        assert mapd.stop() == 0
        mapd.start()
        mapd.kill()
        database.stop()
        mapd.start()
        mapd.log.wait_for("snapshot_loaded: ")
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_maps", USER).startswith("OK ")
            assert maps.ask("virtual_mailbox_maps", f"stranger@{DOMAIN}").startswith("TEMP database: ")
            # Rows of an earlier process are known, not right: the database is asked as soon as it answers.
            database.start()
            database.sql(f"UPDATE mailbox SET maildir = '{DOMAIN}/moved/Maildir/' WHERE username = '{USER}'")
            try:
                moved = f"OK {DOMAIN}/moved/Maildir/"
                wait_until(lambda: maps.ask("virtual_mailbox_maps", USER) == moved, "the row as it is now")
            finally:
                database.sql(f"UPDATE mailbox SET maildir = '{DOMAIN}/user/Maildir/' WHERE username = '{USER}'")


class TestPostfixSeesChanges:
    """Through a client of its own, with rows in memory, whoever wrote them."""

    @pytest.fixture(scope="class", autouse=True)
    def domain(self, accounts: Accounts) -> None:
        accounts.domain(DOMAIN)

    def seconds_until(self, site: Site, table: str, key: str, expected: str) -> float:
        began = time.monotonic()
        wait_until(lambda: site.postmap(table, key).output == expected, f"{table} to answer {expected!r} for {key}")
        return time.monotonic() - began

    def test_within_a_second(self, site: Site, accounts: Accounts) -> None:
        administrator = site.database()
        mailbox = accounts.mailbox(f"changing@{DOMAIN}").address
        found = f"{DOMAIN}/changing/Maildir/\n"
        self.seconds_until(site, "virtual_mailbox_maps", mailbox, found)
        alias = f"made@{DOMAIN}"
        insert = f"INSERT INTO alias (address, goto, domain, active) VALUES ('{alias}', '{mailbox}', '{DOMAIN}', 1)"
        times = []
        for _ in range(CHANGES):
            for statement, table, key, expected in (
                (f"UPDATE mailbox SET active = 0 WHERE username = '{mailbox}'", "virtual_mailbox_maps", mailbox, ""),
                (f"UPDATE mailbox SET active = 1 WHERE username = '{mailbox}'", "virtual_mailbox_maps", mailbox, found),
                (insert, "virtual_alias_maps", alias, f"{mailbox}\n"),
                (f"DELETE FROM alias WHERE address = '{alias}'", "virtual_alias_maps", alias, ""),
                (f"UPDATE domain SET active = 0 WHERE domain = '{DOMAIN}'", "virtual_mailbox_domains", DOMAIN, ""),
                (f"UPDATE domain SET active = 1 WHERE domain = '{DOMAIN}'", "virtual_mailbox_domains", DOMAIN, f"{DOMAIN}\n"),
            ):
                assert not administrator.run(statement).error
                times.append(self.seconds_until(site, table, key, expected))
        assert statistics.median(times) < FRESH_SECONDS

    def test_a_transaction_shows_as_a_whole_soon_after_its_end(self, site: Site, accounts: Accounts) -> None:
        users = [f"many{number}@{DOMAIN}" for number in range(300)]
        with site.maps() as maps:
            for user in users:
                assert maps.ask("virtual_mailbox_maps", user) == NOT_FOUND
            rows = ", ".join(f"('{user}', '{DOMAIN}', '', '', 1)" for user in users)
            outcome = site.database().run(
                "BEGIN", f"INSERT INTO mailbox (username, domain, maildir, homedir, active) VALUES {rows}", "COMMIT"
            )
            assert not outcome.error, outcome.message
            for user in users:
                wait_until(lambda: maps.ask("virtual_mailbox_maps", user).startswith("OK "), user)  # noqa: B023


@pytest.fixture
def many_files() -> Iterator[None]:
    """The daemons inherit what this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CONNECTIONS + 1000
    assert hard >= needed, f"this test needs a limit of {needed} open files"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class TestManyPeers:
    def test_two_thousand_at_once_are_all_answered(
        self, mapd: ExtraDaemon, database: PrivateDatabase, many_files: None
    ) -> None:
        """Several lookups each: of a row that is known, and of keys of their own that nobody knows yet."""
        clients: list[Socketmap] = []
        try:
            start(mapd, database)
            clients.extend(Socketmap(str(mapd.socket), timeout=60) for _ in range(CONNECTIONS))
            for number, client in enumerate(clients):
                client.send(request("virtual_alias_maps", ALIAS))
                client.send(request("virtual_mailbox_maps", f"crowd{number}@{DOMAIN}"))
                client.send(request("virtual_mailbox_maps", USER))
            for client in clients:
                assert client.reply() == f"OK {USER}"
                assert client.reply() == NOT_FOUND
                assert client.reply() == f"OK {DOMAIN}/user/Maildir/"
            # Again, on connections that are open by now, and the other way round.
            for client in reversed(clients):
                client.send(request("virtual_mailbox_domains", DOMAIN))
            assert {client.reply() for client in clients} == {f"OK {DOMAIN}"}
        finally:
            for client in clients:
                client.close()
        assert mapd.log.matching(" (warning|error): ") == []

    def test_too_many_are_turned_away_and_the_others_served(self, mapd: ExtraDaemon, database: PrivateDatabase) -> None:
        most = 50
        mapd.change("[mapd]", f"[mapd]\nmax_connections = {most}")
        start(mapd, database)
        clients = []
        try:
            wait_until(lambda: self.is_served(mapd), "the connection that looked whether it is there to be gone")
            for _ in range(most):
                clients.append(Socketmap(str(mapd.socket)))
                assert clients[-1].ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
            assert not any(self.is_served(mapd) for _ in range(10))
            mapd.log.wait_for(" warning: too_many_connections: ")
            for client in clients:
                assert client.ask("virtual_alias_maps", ALIAS) == f"OK {USER}"
            clients.pop().close()
            wait_until(lambda: self.is_served(mapd), "room for another one")
        finally:
            for client in clients:
                client.close()

    @staticmethod
    def is_served(mapd: ExtraDaemon) -> bool:
        try:
            with Socketmap(str(mapd.socket)) as maps:
                return maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
        except (Closed, BrokenPipeError, ConnectionResetError):
            return False

    def test_a_request_that_comes_drop_by_drop_is_cut_off(self, mapd: ExtraDaemon, database: PrivateDatabase) -> None:
        """However often something comes: it is the whole request that has a time."""
        start(mapd, database)
        drops = iter(request("virtual_mailbox_domains", "x" * 500))
        began = time.monotonic()
        with Stream(str(mapd.socket)) as slow, Socketmap(str(mapd.socket)) as quick:
            while not select.select([slow.socket], [], [], 0.1)[0]:
                slow.send(bytes([next(drops)]))
                assert quick.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
            assert slow.receive_all() == b""
        assert time.monotonic() - began >= FRAME_SECONDS
        mapd.log.wait_for("warning: peer_too_slow: socketmap peer pid", "does not finish its request; closing")
