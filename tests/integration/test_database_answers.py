# SPDX-License-Identifier: MIT
"""What a database server can answer besides rows, and what can change in it while a daemon is connected."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.changes import await_changes
from support.extra_daemon import ExtraDaemon
from support.private_database import SQL, PrivateDatabase
from support.relay import Relay
from support.site import Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.transaction import Transaction
from support.two_databases import DOMAIN, FIRST, SECOND, ask_known, ask_new, host, new_address

CONNECT_SECONDS = 2  # the daemons' defaults
READ_SECONDS = 5
SLACK_SECONDS = 10  # for a machine that has other things to do


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

    def test_a_table_that_is_restored_with_its_triggers(
        self, asked: Socketmap, first: PrivateDatabase, tmp_path: Path
    ) -> None:
        """None of which noted the rows that came with it."""
        alias = f"restored@{DOMAIN}"
        insert = f"INSERT INTO alias (address, goto, domain, active) VALUES ('{alias}', 'old@example.org', '{DOMAIN}', 1)"
        first.sql(insert)
        wait_until(lambda: asked.ask("virtual_alias_maps", alias) == "OK old@example.org", "the row of before")
        triggers = tmp_path / "triggers.sql"
        made = re.findall(r"CREATE TRIGGER `extmail_alias_.*?//\n", (SQL / "change_log.sql").read_text(), re.DOTALL)
        triggers.write_text("DELIMITER //\n" + "".join(made))
        first.sql(
            "CREATE TABLE restored LIKE alias",
            "INSERT INTO restored SELECT * FROM alias",
            f"UPDATE restored SET goto = 'new@example.org' WHERE address = '{alias}'",
            "DROP TABLE alias",
            "RENAME TABLE restored TO alias",
        )
        assert not first.client().source(triggers).error
        wait_until(lambda: asked.ask("virtual_alias_maps", alias) == "OK new@example.org", "the row of after")

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

    def follower_of(self, database: PrivateDatabase) -> str:
        """The connection that asks five times a second; the other one's last question lies longer back."""
        connections = "FROM information_schema.PROCESSLIST WHERE USER = 'extmail_mapd'"
        is_quiet = lambda: database.sql(f"SELECT COUNT(*) {connections} AND TIME_MS > 1000") == (("1",),)  # noqa: E731
        wait_until(is_quiet, "one connection to idle")
        ((connection,),) = database.sql(f"SELECT ID {connections} ORDER BY TIME_MS LIMIT 1")
        return connection

    def test_no_room_for_the_connection_that_follows_changes(
        self, mapd: ExtraDaemon, first: PrivateDatabase
    ) -> None:
        """The other one answers: what it says is not old, and nobody is unknown for longer than cache_ttl."""
        user = f"room@{DOMAIN}"
        limit = "ALTER USER 'extmail_mapd'@'localhost' WITH MAX_USER_CONNECTIONS"
        first.sql(f"{limit} 2")  # from before they are made, else they do not count
        try:
            mapd.ask_hosts(host(first))
            mapd.start()
            await_changes(mapd, first.client())
            with Socketmap(str(mapd.socket)) as maps:
                assert maps.ask("virtual_mailbox_maps", user) == NOT_FOUND
                first.sql(f"{limit} 1", f"KILL {self.follower_of(first)}")
                mapd.log.wait_for("change_log_missing: ", "max_user_connections")
                assert maps.ask("virtual_mailbox_maps", user) == NOT_FOUND
                first.sql(
                    "INSERT INTO mailbox (username, domain, maildir, homedir, active) "
                    f"VALUES ('{user}', '{DOMAIN}', '', '', 1)"
                )
                wait_until(lambda: maps.ask("virtual_mailbox_maps", user).startswith("OK "), "the new mailbox")
                assert mapd.log.matching("serving_stale: ") == []
        finally:
            first.sql(f"{limit} 0")

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
