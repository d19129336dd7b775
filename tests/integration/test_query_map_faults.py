# SPDX-License-Identifier: MIT
"""Maps that an administrator defines by a statement: what is wrong with it is named, and harms no other map."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.query_maps import (
    ACCOUNT,
    MAX_BYTES,
    MAX_ROWS,
    QUERY_MAPS,
    await_answer,
    own_tables,
    put,
    statement,
)
from support.site import POSTMASTER, Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.transaction import Transaction

CONFIG = 78

_numbers = itertools.count(1)


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
        mapd.config = mapd.config.replace(QUERY_MAPS, "")
        first = mapd.config.count("\n")
        mapd.config += text + "\n"
        checked = mapd.run("--check-config")
        assert checked.status == CONFIG
        assert f"{mapd.config_file}:{first + line}: " in checked.errors and said in checked.errors

    def test_good_maps_pass(self, mapd: ExtraDaemon) -> None:
        checked = mapd.run("--check-config")
        assert (checked.status, checked.all) == (0, f"{mapd.config_file}: OK\n")

    @pytest.mark.parametrize("kind", ["authd", "policyd"])
    def test_the_other_daemons_pass_them_over(self, extra_daemon: Callable[[str], ExtraDaemon], kind: str) -> None:
        daemon = extra_daemon(kind)
        daemon.config += statement("x", "of no interest to it")
        assert daemon.run("--check-config").status == 0


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

    def test_a_slow_statement_holds_up_nobody_else(self, site: Site, mapd: ExtraDaemon) -> None:
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
