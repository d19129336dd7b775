# SPDX-License-Identifier: MIT
"""Maps that an administrator defines by a statement: on a real table, through Postfix's own clients."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.outages import Outage
from support.ports import free_port
from support.site import POSTMASTER, Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.tools import Done, run
from support.transaction import Transaction

CONFIG = 78
ACCOUNT = "'extmail_mapd'@'localhost'"
TABLES = ("own_rows", "own_many")
MAX_BYTES, MAX_ROWS = 100000, 10000  # core/record_source.hpp

# name, place, result, more
ROWS = [
    ("joe@own.test", 1, "smtp:[a.example]", None),
    ("jane@own.test", 1, "two", None),
    ("jane@own.test", 2, None, "columns"),
    ("jane@own.test", 3, "", "and"),
    ("jane@own.test", 4, "rows", ""),
    ("nothing@own.test", 1, None, ""),
    ("@own.test", 1, "everybody", None),
    ("own.test", 1, "domain", None),
    ("joe+x@own.test", 1, "extended", None),
    ("*", 1, "star", None),
    ("o'brien@own.test", 1, "quote", None),
    ("用户@own.test", 1, "utf8", None),
    ("a b@own.test", 1, "blank", None),
    ("100%@own.test", 1, "percent", None),
]

MAPS = """
[maps.query.own]
sql = "SELECT result, more FROM own_rows WHERE name = ? ORDER BY place"
ttl = 1

[maps.query.own_address]
sql = "SELECT result, more FROM own_rows WHERE name = ? ORDER BY place"
lookup = "address"

[maps.query.own_domain]
sql = "SELECT result FROM own_rows WHERE name = ?"
lookup = "domain"

[maps.query.own_parts]
sql = "SELECT CONCAT_WS('|', ?, ?, ?, ?, ?)"
parameters = ["extension", "domain", "user", "address", "key"]

[maps.query.own_user]
sql = "SELECT result FROM own_rows WHERE name = CONCAT(?, '@', ?)"
parameters = ["user", "domain"]
"""

Make = Callable[[str], ExtraDaemon]

_numbers = itertools.count(1)


def quoted(value: str | int | None) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


@pytest.fixture(scope="module")
def administrator(site: Site) -> Database:
    return site.database()


@pytest.fixture(scope="module", autouse=True)
def own_rows(administrator: Database) -> Iterator[None]:
    rows = ", ".join("(" + ", ".join(map(quoted, row)) + ")" for row in ROWS)
    outcome = administrator.run(
        "CREATE TABLE own_rows (name varchar(255) NOT NULL, place int NOT NULL, result longtext, more varchar(255), "
        "PRIMARY KEY (name, place)) DEFAULT CHARSET utf8mb4",
        f"INSERT INTO own_rows VALUES {rows}",
        f"CREATE TABLE own_many SELECT seq FROM seq_1_to_{MAX_ROWS + 1}",
        *(f"GRANT SELECT ON {table} TO {ACCOUNT}" for table in TABLES),
    )
    assert not outcome.error, outcome.message
    yield
    for table in TABLES:
        outcome = administrator.run(f"REVOKE SELECT ON {table} FROM {ACCOUNT}", f"DROP TABLE {table}")
        assert not outcome.error, outcome.message


@pytest.fixture
def mapd(extra_daemon: Make) -> ExtraDaemon:
    """With the maps above; not yet started."""
    daemon = extra_daemon("mapd")
    daemon.config += MAPS
    return daemon


@pytest.fixture
def own(mapd: ExtraDaemon) -> Iterator[Socketmap]:
    mapd.start()
    with Socketmap(str(mapd.socket)) as maps:
        yield maps


def statement(name: str, sql: str, *more: str) -> str:
    return "\n".join([f"\n[maps.query.{name}]", f'sql = "{sql}"', *more, ""])


def put(administrator: Database, name: str, result: str) -> None:
    outcome = administrator.run(f"REPLACE INTO own_rows (name, place, result) VALUES ('{name}', 1, {result})")
    assert not outcome.error, outcome.message


def await_answer(maps: Socketmap, table: str, key: str, answer: str) -> None:
    wait_until(lambda: maps.ask(table, key) == answer, f"{answer} for {key} in {table}")


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


class TestFaults:
    def test_a_missing_table_names_map_and_error(self, mapd: ExtraDaemon, administrator: Database) -> None:
        name = f"own_later_{next(_numbers)}"
        mapd.config += statement("later", f"SELECT result FROM {name} WHERE name = ?")
        mapd.start()
        try:
            with Socketmap(str(mapd.socket)) as maps:
                for _ in range(2):
                    reply = maps.ask("later", "joe@own.test")
                    # Without a right to it the server does not say whether it is there.
                    assert re.match(r"PERM map later: database: unix:\S+: .*own_later_\d+.* \(error 114[26]\)$", reply)
                mapd.log.wait_for("lookup_failed: later joe@own.test: map later: database: ")
                mapd.log.wait_for("query_failed: ", name)
                assert maps.ask("own", "joe@own.test") == "OK smtp:[a.example]"

                made = administrator.run(
                    f"CREATE TABLE {name} SELECT * FROM own_rows", f"GRANT SELECT ON {name} TO {ACCOUNT}"
                )
                assert not made.error, made.message
                assert maps.ask("later", "joe@own.test") == "OK smtp:[a.example]"
                assert not administrator.run(f"DROP TABLE {name}").error
                reply = maps.ask("later", "jane@own.test")
                assert reply.startswith("PERM map later: ") and "doesn't exist (error 1146)" in reply
        finally:
            administrator.run(f"REVOKE SELECT ON {name} FROM {ACCOUNT}", f"DROP TABLE IF EXISTS {name}")

    def test_lost_rights(self, own: Socketmap, administrator: Database) -> None:
        assert own.ask("own", "joe@own.test") == "OK smtp:[a.example]"
        assert not administrator.run(f"REVOKE SELECT ON own_rows FROM {ACCOUNT}").error
        try:
            wait_until(lambda: own.ask("own", "joe@own.test").startswith("PERM map own: database: "), "the refusal")
            assert "SELECT command denied" in own.ask("own", "jane@own.test")
            assert own.ask("relay_recipient_maps", POSTMASTER) == f"OK {POSTMASTER}"
        finally:
            assert not administrator.run(f"GRANT SELECT ON own_rows TO {ACCOUNT}").error
        await_answer(own, "own", "joe@own.test", "OK smtp:[a.example]")

    def test_no_right_to_a_password(self, mapd: ExtraDaemon) -> None:
        mapd.config += statement("passwords", "SELECT password FROM mailbox WHERE username = ?")
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert "SELECT command denied" in maps.ask("passwords", POSTMASTER)

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("SELECT nonsense FROM own_rows WHERE name = ?", "Unknown column 'nonsense'"),
            ("SELECT result FROM own_rows WHERE name == ?", "You have an error in your SQL syntax"),
            ("SELECT result FROM own_rows a, own_rows b WHERE a.name = ?", "Column 'result' in "),
            ("SELECT no_such_function(?)", "no_such_function"),
            ("SELECT ? /*! , ? */", "the statement has 2 parameters and is given 1"),
            ("SELECT ? INTO OUTFILE '/tmp/own_rows'", "Access denied"),
            ("SELECT ? INTO @x", "the statement gives no rows"),
        ],
    )
    def test_a_statement_that_the_server_refuses(self, mapd: ExtraDaemon, sql: str, said: str) -> None:
        mapd.config += statement("wrong", sql)
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            reply = maps.ask("wrong", "joe@own.test")
            assert reply.startswith("PERM map wrong: database: ") and said in reply
            assert maps.ask("own", "joe@own.test") == "OK smtp:[a.example]"

    def test_a_slow_statement_is_a_temporary_failure(self, mapd: ExtraDaemon) -> None:
        mapd.change('name = "extmail"', 'name = "extmail"\nread_timeout = 1')
        mapd.config += statement("sleepy", "SELECT SLEEP(30), ?")
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("sleepy", "joe@own.test").startswith("TEMP ")
            assert maps.ask("own", "joe@own.test") == "OK smtp:[a.example]"
        assert "database_down" not in mapd.log.text  # the server is well, and nobody else was disturbed

    @pytest.mark.parametrize(
        ("result", "answer"),
        [
            (f"REPEAT('x', {MAX_BYTES - 3})", "OK " + "x" * (MAX_BYTES - 3)),
            (f"REPEAT('x', {MAX_BYTES - 2})", "PERM "),
            (f"REPEAT('x', {MAX_BYTES + 1})", f"PERM map own: database: the result has more than {MAX_BYTES} bytes"),
            ("REPEAT('x', 15000000)", f"PERM map own: database: the result has more than {MAX_BYTES} bytes"),
        ],
    )
    def test_a_long_result(self, own: Socketmap, administrator: Database, result: str, answer: str) -> None:
        key = f"long{next(_numbers)}@own.test"
        put(administrator, key, result)
        reply = own.ask("own", key)
        assert reply == answer if answer.startswith("OK ") else reply.startswith(answer)
        assert own.ask("own", "joe@own.test") == "OK smtp:[a.example]"

    def test_many_rows(self, mapd: ExtraDaemon) -> None:
        mapd.change("[mapd]", "[mapd]\ndatabase_connections = 1")
        for name, last in (("most", MAX_ROWS), ("more", MAX_ROWS + 1)):
            sql = f"SELECT IF(seq = {last}, ?, NULL) FROM own_many WHERE seq <= {last}"
            mapd.config += statement(name, sql)
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("most", "the-last") == "OK the-last"
            assert maps.ask("more", "the-last") == f"PERM map more: database: the result has more than {MAX_ROWS} rows"
            # On the one connection that there is.
            assert maps.ask("most", "another") == "OK another"


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


class TestTheCheck:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ('[maps.query.x]\nsql = "DELETE FROM t WHERE a = ?"', 2, "maps.query.x.sql must be a SELECT"),
            ('[maps.query.x]\nsql = "SELECT ?; SELECT 1"', 2, "maps.query.x.sql must be one statement, without a ;"),
            ('[maps.query.x]\nsql = "SELECT 1"', 2, "maps.query.x.sql has no ?"),
            ("[maps.query.x]\nttl = 1", 1, "maps.query.x.sql is missing"),
            (
                '[maps.query.x]\nsql = "SELECT ?"\nparameters = ["mailbox"]',
                3,
                'maps.query.x.parameters has "mailbox"; known are key, ',
            ),
            ('[maps.query.x]\nsql = "SELECT ?, ?"\nparameters = ["key"]', 3, "maps.query.x.parameters must name "),
            ('[maps.query.x]\nsql = "SELECT ?"\nlookup = "all"', 3, "maps.query.x.lookup must be one of key, "),
            ('[maps.query.transport_maps]\nsql = "SELECT ?"', 1, "has the name of a built-in map"),
            ('[maps.query."a b"]\nsql = "SELECT ?"', 1, "has no good name"),
            ('[maps.query.x]\nsql = "SELECT ?"\nquery = 1', 3, "unknown key maps.query.x.query; known are "),
            ("[maps]\nmore = 1", 2, "unknown key maps.more; known are query"),
        ],
    )
    def test_file_line_and_key_are_named(self, mapd: ExtraDaemon, text: str, line: int, said: str) -> None:
        mapd.config = mapd.config.replace(MAPS, "")
        first = mapd.config.count("\n")
        mapd.config += text + "\n"
        checked = mapd.run("--check-config")
        assert checked.status == CONFIG
        assert f"{mapd.config_file}:{first + line}: " in checked.errors and said in checked.errors

    def test_good_maps_pass(self, mapd: ExtraDaemon) -> None:
        checked = mapd.run("--check-config")
        assert (checked.status, checked.all) == (0, f"{mapd.config_file}: OK\n")

    @pytest.mark.parametrize("kind", ["authd", "policyd"])
    def test_the_other_daemons_pass_them_over(self, extra_daemon: Make, kind: str) -> None:
        daemon = extra_daemon(kind)
        daemon.config += statement("x", "of no interest to it")
        assert daemon.run("--check-config").status == 0


def test_a_slow_statement_holds_up_nobody_else(site: Site, mapd: ExtraDaemon) -> None:
    mapd.change('name = "extmail"', 'name = "extmail"\nread_timeout = 20')
    mapd.config += statement("waiting", "SELECT CONCAT('lock ', GET_LOCK(?, 15))")
    mapd.start()
    with Socketmap(str(mapd.socket)) as slow, Socketmap(str(mapd.socket)) as own:
        with Transaction(site.env["MYSQL_SOCKET"]) as holder:
            holder.run("DO GET_LOCK('the-key', 0)")
            slow.send(request("waiting", "the-key"))
            for number in range(20):
                assert own.ask("own", f"other{number}@own.test") == NOT_FOUND
        assert slow.reply() == "OK lock 1"
