# SPDX-License-Identifier: MIT
"""Maps that an administrator defines by a statement: on a real table, through Postfix's own clients."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.outages import Outage
from support.ports import free_port
from support.query_maps import QUERY_MAPS, ROWS, await_answer, own_tables, put, statement
from support.site import POSTMASTER, Site
from support.socketmap import NOT_FOUND, Socketmap
from support.tools import Done, run

CONFIG = 78

ANSWERS = [
    ("own", "joe@own.test", "OK smtp:[a.example]"),
    ("own", "JOE@Own.Test", "OK smtp:[a.example]"),
    ("own", "jane@own.test", "OK two,columns,and,rows"),
    ("own", "nothing@own.test", NOT_FOUND),
    ("own", "nobody@own.test", NOT_FOUND),
    ("own", "own.test", "OK domain"),
    ("own", "joe+x@own.test", "OK extended"),
    ("own", "joe+y@own.test", NOT_FOUND),
    ("own", "*", "OK star"),
    ("own", "用户@own.test", "OK utf8"),
    ("own", "", NOT_FOUND),
    ("own", b"\xff\xfe@own.test", NOT_FOUND),
    ("own", "joe@own.test\0", NOT_FOUND),
    ("own", "joe@own.test\n", NOT_FOUND),
    ("own", "x" * 1021, NOT_FOUND),
    # A key is data.
    ("own", "' OR 1=1 -- ", NOT_FOUND),
    ("own", '" OR "" = "', NOT_FOUND),
    ("own", "\\' OR 1=1 #", NOT_FOUND),
    ("own", "joe@own.test' OR 'a'='a", NOT_FOUND),
    ("own", "%@own.test", NOT_FOUND),
    ("own", "?", NOT_FOUND),
    ("own", "o'brien@own.test", "OK quote"),
    ("own", "100%@own.test", "OK percent"),
    # The whole key stands as it came, quotes too; an address is without them.
    ("own", '"a b"@own.test', NOT_FOUND),
    ("own_address", '"a b"@own.test', "OK blank"),
    ("own_address", "joe+x@own.test", "OK extended"),
    ("own_address", "joe+y@own.test", "OK smtp:[a.example]"),
    ("own_address", "nobody@own.test", "OK everybody"),
    ("own_address", "nothing@own.test", "OK everybody"),
    ("own_address", "nobody@elsewhere.test", NOT_FOUND),
    ("own_address", "own.test", NOT_FOUND),
    ("own_address", "*", NOT_FOUND),
    ("own_domain", "own.test", "OK domain"),
    ("own_domain", "A.B.Own.Test", "OK domain"),
    ("own_domain", "joe@b.own.test", "OK domain"),
    ("own_domain", "elsewhere.test", NOT_FOUND),
    ("own_domain", "[192.0.2.1]", NOT_FOUND),
    ("own_parts", '"Joe+x"@Own.test', 'OK x|own.test|joe|joe+x@own.test|"joe+x"@own.test'),
    ("own_parts", "joe@own.test", NOT_FOUND),
    ("own_user", "joe+y@own.test", "OK smtp:[a.example]"),
    ("own_user", "own.test", NOT_FOUND),
]


@pytest.fixture(scope="module")
def administrator(site: Site) -> Database:
    return site.database()


@pytest.fixture(scope="module", autouse=True)
def own_rows(administrator: Database) -> Iterator[None]:
    with own_tables(administrator):
        yield


@pytest.fixture
def mapd(mapd: ExtraDaemon) -> ExtraDaemon:
    """With QUERY_MAPS; not yet started."""
    mapd.config += QUERY_MAPS
    return mapd


@pytest.fixture
def own(mapd: ExtraDaemon) -> Iterator[Socketmap]:
    mapd.start()
    with Socketmap(str(mapd.socket)) as maps:
        yield maps


class TestAnswers:
    @pytest.mark.parametrize(("table", "key", "answer"), ANSWERS)
    def test_each_twice_from_the_database_and_from_memory(
        self, own: Socketmap, table: str, key: str | bytes, answer: str
    ) -> None:
        assert own.ask(table, key) == answer
        assert own.ask(table, key) == answer

    def test_through_postfix(self, site: Site, own: Socketmap, mapd: ExtraDaemon) -> None:
        def postmap(key: str) -> Done:
            command = ["postmap", "-c", site.env["POSTFIX_CONFIG"], "-q", key]
            return run([*command, f"socketmap:unix:{mapd.socket}:own_address"])

        assert postmap("Jane+tag@own.test").output == "two,columns,and,rows\n"
        missing = postmap("nobody@elsewhere.test")
        assert (missing.status, missing.all) == (1, "")

    def test_an_unknown_name_is_told_the_known_ones(self, own: Socketmap) -> None:
        reply = own.ask("owm", "joe@own.test")
        assert reply.startswith("PERM unknown map owm; known are virtual_mailbox_domains ")
        assert reply.endswith(" sender_access own own_address own_domain own_parts own_user")

    def test_the_built_in_maps_are_as_ever(self, own: Socketmap) -> None:
        assert own.ask("relay_recipient_maps", POSTMASTER) == f"OK {POSTMASTER}"


class TestTcpTable:
    def test_a_listener_may_name_one(self, site: Site, mapd: ExtraDaemon) -> None:
        port = free_port()
        mapd.config += f'\n[[mapd.listen]]\nprotocol = "tcp_table"\nmap = "own"\naddress = "127.0.0.1:{port}"\n'
        mapd.start()

        def postmap(key: str) -> Done:
            return run(["postmap", "-c", site.env["POSTFIX_CONFIG"], "-q", key, f"tcp:127.0.0.1:{port}"])

        assert postmap("jane@own.test").output == "two,columns,and,rows\n"
        assert postmap("o'brien@own.test").output == "quote\n"
        missing = postmap("' OR 1=1 -- ")
        assert (missing.status, missing.all) == (1, "")

    def test_one_that_is_not_there_is_an_error(self, mapd: ExtraDaemon) -> None:
        mapd.config += '\n[[mapd.listen]]\nprotocol = "tcp_table"\nmap = "owm"\naddress = "127.0.0.1:10028"\n'
        checked = mapd.run("--check-config")
        assert checked.status == CONFIG
        assert re.search("names an unknown map, owm; known are .* own own_address ", checked.errors)


class TestAgainstMysqlTables:
    """What mysql_table(5) makes of the same statement is what we do, where it looks up the whole key."""

    @pytest.fixture
    def table(self, site: Site, tmp_path: Path) -> str:
        file = tmp_path / "own.cf"
        file.write_text(
            f"hosts = unix:{site.env['MYSQL_SOCKET']}\ndbname = extmail\nuser = extmail_mapd\n"
            f"password = {site.database_password('mapd')}\noption_group =\n"
            "query = SELECT result, more FROM own_rows WHERE name = '%s' ORDER BY place\n"
        )
        return f"mysql:{file}"

    def test_same_rows_same_key_same_answer(self, site: Site, own: Socketmap, mapd: ExtraDaemon, table: str) -> None:
        keys = {name for name, *_ in ROWS} | {"JOE@Own.Test", "' OR 1=1 -- ", "nobody@own.test", "own.test"}
        lines = "".join(f"{key}\n" for key in sorted(keys))
        config = site.env["POSTFIX_CONFIG"]
        theirs, ours = (
            run(["postmap", "-c", config, "-q", "-", each], text=lines)
            for each in (table, f"socketmap:unix:{mapd.socket}:own")
        )
        assert len(theirs.output.splitlines()) == len({name for name, *_ in ROWS}) - 1 + 1  # nothing; in capitals
        assert (ours.status, ours.output) == (theirs.status, theirs.output)


class TestFreshness:
    def test_a_row_is_read_again_after_ttl(self, own: Socketmap, administrator: Database) -> None:
        assert own.ask("own", "fresh@own.test") == NOT_FOUND
        put(administrator, "fresh@own.test", "'one'")
        await_answer(own, "own", "fresh@own.test", "OK one")
        put(administrator, "fresh@own.test", "'two'")
        await_answer(own, "own", "fresh@own.test", "OK two")

    def test_and_not_before(self, mapd: ExtraDaemon, administrator: Database) -> None:
        mapd.config += statement("slow", "SELECT result FROM own_rows WHERE name = ?", "ttl = 3600")
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            mapd.log.wait_for("change_log_followed: ")
            put(administrator, "slow@own.test", "'one'")
            assert maps.ask("slow", "slow@own.test") == "OK one"
            put(administrator, "slow@own.test", "'two'")
            # The other map reads it, after the change.
            assert maps.ask("own", "slow@own.test") == "OK two"
            assert maps.ask("slow", "slow@own.test") == "OK one"

    def test_while_the_database_is_away(self, site: Site, mapd: ExtraDaemon, own: Socketmap) -> None:
        assert own.ask("own", "joe@own.test") == "OK smtp:[a.example]"
        assert own.ask("own", "nobody@own.test") == NOT_FOUND
        outage = Outage(site.demo, "MariaDB killed")
        try:
            # Beyond its ttl of a second: it is stale that it is served.
            until = time.monotonic() + 1
            wait_until(
                lambda: own.ask("own", "joe@own.test") == "OK smtp:[a.example]" and time.monotonic() > until,
                "a stale answer",
            )
            mapd.log.wait_for("serving_stale: ")
            for key in ("nobody@own.test", "cold@own.test"):
                assert own.ask("own", key).startswith("TEMP database: ")
        finally:
            outage.end()
        await_answer(own, "own", "nobody@own.test", NOT_FOUND)

    def test_a_start_without_the_database(self, site: Site, mapd: ExtraDaemon) -> None:
        mapd.change("[mapd]", f'[mapd]\nsnapshot = "{mapd.folder / "rows"}"')
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("own", "jane@own.test") == "OK two,columns,and,rows"
        mapd.stop()
        mapd.change(f'"unix:{site.env["MYSQL_SOCKET"]}"', '"unix:/nowhere/mysqld.sock"')
        mapd.start()
        mapd.log.wait_for("snapshot_loaded: ")
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("own", "jane@own.test") == "OK two,columns,and,rows"
            assert maps.ask("own", "joe@own.test").startswith("TEMP ")


class TestReload:
    def test_takes_over_new_changed_and_removed_maps(self, own: Socketmap, mapd: ExtraDaemon) -> None:
        before = statement("moving", "SELECT CONCAT('before ', ?)", "ttl = 3600")
        after = statement("moving", "SELECT CONCAT('after ', ?)", "ttl = 3600")
        reloads = itertools.count(1)

        def reload() -> None:
            mapd.reload()
            number = next(reloads)
            wait_until(lambda: mapd.log.text.count(" reloaded: ") == number, "the reload")

        assert own.ask("moving", "key").startswith("PERM unknown map moving; ")
        mapd.config += before
        reload()
        assert own.ask("moving", "key") == "OK before key"
        mapd.change(before, after)
        reload()
        assert own.ask("moving", "key") == "OK after key"
        mapd.change(after, after + 'lookup = "domain"\n')
        reload()
        assert own.ask("moving", "joe@key.test") == "OK after key.test"
        mapd.change(after + 'lookup = "domain"\n', "")
        reload()
        assert own.ask("moving", "key").startswith("PERM unknown map moving; ")
        mapd.config += before
        reload()
        assert own.ask("moving", "key") == "OK before key"  # of an hour's ttl, but still right

    def test_a_mistake_leaves_things_as_they_are(self, own: Socketmap, mapd: ExtraDaemon) -> None:
        mapd.config += statement("wrong", "SELECT ?, ?")
        mapd.reload()
        mapd.log.wait_for("reload_failed: ")
        assert "maps.query.wrong.parameters must name what each ? stands for" in mapd.log.text
        assert own.ask("own", "joe@own.test") == "OK smtp:[a.example]"

    def test_hundreds_of_statements_leave_the_server_in_peace(
        self, mapd: ExtraDaemon, administrator: Database
    ) -> None:
        """A connection keeps 256 prepared; older ones are closed, and prepared again when asked for."""

        def prepared() -> int:
            return int(administrator.select("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")[0][1])

        def maps_of(reload: int) -> str:
            return "".join(statement(f"m{n}", f"SELECT CONCAT('{reload}-{n} ', ?)", "ttl = 0") for n in range(90))

        mapd.change("[mapd]", "[mapd]\ndatabase_connections = 1")
        config = mapd.config
        mapd.config = config + maps_of(0)
        mapd.start()
        at_start = prepared()
        with Socketmap(str(mapd.socket)) as maps:
            for reload in range(5):
                if reload > 0:
                    mapd.config = config + maps_of(reload)
                    mapd.reload()
                    wait_until(lambda: mapd.log.text.count(" reloaded: ") == reload, "the reload")
                for n in range(90):
                    assert maps.ask(f"m{n}", "x") == f"OK {reload}-{n} x"
            # Others may prepare theirs meanwhile: there are 450 of ours.
            assert 200 < prepared() - at_start < 350
