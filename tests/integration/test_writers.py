# SPDX-License-Identifier: MIT
"""What extmail-authd writes to the database: last logins and replaced hashes, as MariaDB takes them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.database import Database
from support.site import Site

DATABASE, USER, PASSWORD = "extmail_writers", "extmail_writer", "writer-secret"
THEN = 1_800_000_000
ALICE = "alice@test.com"
OLD, NEW = "$1$salt$AbCdEf", "{CRYPT}$6$salt$strong"

TABLES = """
CREATE TABLE extmail_last_login (
  username varchar(255) NOT NULL, service varchar(32) NOT NULL, remote varchar(45) NOT NULL, `at` datetime NOT NULL,
  PRIMARY KEY (username, service))
"""
RIGHTS = (
    f"CREATE USER '{USER}'@'localhost' IDENTIFIED BY '{PASSWORD}'",
    f"GRANT SELECT, INSERT, UPDATE ON extmail_last_login TO '{USER}'@'localhost'",
    f"GRANT SELECT (username, password), UPDATE (password) ON mailbox TO '{USER}'@'localhost'",
)


class Writers:
    """The classes of lib/mysql, on a database of this file's own in the demo's server."""

    def __init__(self, tool: Path, socket: str, database: Database) -> None:
        self.database = database
        self._process = subprocess.Popen(
            [str(tool), socket, DATABASE, USER, PASSWORD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *lines: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("".join(line + "\n" for line in lines))
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def log_in(self, *logins: tuple[str, str, str, int]) -> str:
        lines = ("\t".join(map(str, login)) for login in logins)
        return self.ask(f"logins {len(logins)}", *lines)

    def replace(self, username: str, old: str, new: str) -> str:
        return self.ask(f"password {username}\t{old}\t{new}")

    def change(self, username: str, old: str, new: str, clear: str) -> str:
        return self.ask(f"change {username}\t{old}\t{new}\t{clear}")

    def kill_connections(self) -> None:
        """As a server does with those that idle."""
        select = f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{USER}'"
        rows = self.database.select(select)
        assert rows
        for (number,) in rows:
            assert not self.database.run(f"KILL {number}").error
        wait_until(lambda: not self.database.select(select), "the connections to end")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        with self._process:
            assert self._process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def database(site: Site) -> Iterator[Database]:
    administrator = Database(site.env["MYSQL_SOCKET"], name="mysql")
    remove = (f"DROP DATABASE IF EXISTS {DATABASE}", f"DROP USER IF EXISTS '{USER}'@'localhost'")
    outcome = administrator.run(*remove, f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
    assert not outcome.error, outcome.message
    database = Database(site.env["MYSQL_SOCKET"], name=DATABASE)
    outcome = database.run(TABLES, "CREATE TABLE mailbox LIKE extmail.mailbox", *RIGHTS)
    assert not outcome.error, outcome.message
    yield database
    administrator.run(*remove)


@pytest.fixture
def writers(site: Site, build_dir: Path, database: Database) -> Iterator[Writers]:
    assert not database.run("DELETE FROM extmail_last_login", "DELETE FROM mailbox").error
    writers = Writers(build_dir / "tests/integration/writer_tool", site.env["MYSQL_SOCKET"], database)
    yield writers
    writers.close()


class TestLastLogins:
    def rows(self, writers: Writers) -> list[tuple[str, ...]]:
        return list(
            writers.database.select(
                "SELECT username, service, remote, UNIX_TIMESTAMP(`at`) FROM extmail_last_login ORDER BY 1, 2"
            )
        )

    def test_one_row_for_each_mailbox_and_service(self, writers: Writers) -> None:
        assert writers.log_in(
            (ALICE, "imap", "192.0.2.1", THEN),
            (ALICE, "pop3", "", THEN + 1),
            ("é@bücher.test", "imap", "2001:db8::1", THEN + 2),
        ) == "found"
        assert self.rows(writers) == [
            (ALICE, "imap", "192.0.2.1", str(THEN)),
            (ALICE, "pop3", "", str(THEN + 1)),
            ("é@bücher.test", "imap", "2001:db8::1", str(THEN + 2)),
        ]

    def test_the_newest_stays_in_whatever_order_they_come(self, writers: Writers) -> None:
        for remote, at in (("192.0.2.1", THEN), ("192.0.2.3", THEN + 2), ("192.0.2.2", THEN + 1)):
            assert writers.log_in((ALICE, "imap", remote, at)) == "found"
        assert self.rows(writers) == [(ALICE, "imap", "192.0.2.3", str(THEN + 2))]
        assert writers.log_in((ALICE, "imap", "192.0.2.4", THEN + 2)) == "found"
        assert self.rows(writers) == [(ALICE, "imap", "192.0.2.4", str(THEN + 2))]

    @pytest.mark.parametrize("count", [1, 7, 8, 64, 65, 256])
    def test_many_at_once_are_each_written(self, writers: Writers, count: int) -> None:
        logins = [(f"user{number:03}@test.com", "imap", "192.0.2.1", THEN + number) for number in range(count)]
        assert writers.log_in(*logins) == "found"
        assert self.rows(writers) == [(*login[:3], str(login[3])) for login in logins]
        assert writers.log_in(*[(*login[:3], login[3] + 1) for login in logins]) == "found"
        assert [row[3] for row in self.rows(writers)] == [str(login[3] + 1) for login in logins]

    def test_the_time_is_the_servers_own(self, writers: Writers) -> None:
        now = int(writers.database.select("SELECT UNIX_TIMESTAMP()")[0][0])
        assert writers.log_in((ALICE, "imap", "", now)) == "found"
        ages = writers.database.select("SELECT TIMESTAMPDIFF(SECOND, `at`, NOW()) FROM extmail_last_login")
        assert 0 <= int(ages[0][0]) < 600

    def test_a_connection_that_was_lost_while_it_idled_is_made_again(self, writers: Writers) -> None:
        assert writers.log_in((ALICE, "imap", "192.0.2.1", THEN)) == "found"
        writers.kill_connections()
        assert writers.log_in((ALICE, "imap", "192.0.2.2", THEN + 1)) == "found"
        assert self.rows(writers) == [(ALICE, "imap", "192.0.2.2", str(THEN + 1))]
        assert writers.ask("is_down") == "no"

    def test_without_the_table_that_is_said(self, writers: Writers) -> None:
        assert not writers.database.run("RENAME TABLE extmail_last_login TO aside").error
        try:
            answer = writers.log_in((ALICE, "imap", "", THEN))
            assert answer.startswith("permanent database: ") and "extmail_last_login" in answer
        finally:
            assert not writers.database.run("RENAME TABLE aside TO extmail_last_login").error
        assert writers.log_in((ALICE, "imap", "", THEN)) == "found"


class TestPasswords:
    @pytest.fixture(autouse=True)
    def mailbox(self, writers: Writers) -> None:
        self.store(writers, ALICE, OLD)

    def store(self, writers: Writers, username: str, password: str) -> None:
        columns = "username, password, clearpwd"
        outcome = writers.database.run(
            f"INSERT INTO mailbox ({columns}) VALUES ('{username}', '{password}', 'clear')", sql_mode=""
        )
        assert not outcome.error, outcome.message

    def rows(self, writers: Writers) -> list[tuple[str, ...]]:
        return list(writers.database.select("SELECT username, password, clearpwd FROM mailbox ORDER BY username"))

    def test_a_stored_hash_is_replaced_and_nothing_else(self, writers: Writers) -> None:
        self.store(writers, "bob@test.com", OLD)
        assert writers.replace(ALICE, OLD, NEW) == "found"
        assert self.rows(writers) == [(ALICE, NEW, "clear"), ("bob@test.com", OLD, "clear")]

    @pytest.mark.parametrize(
        ("username", "old"),
        [
            (ALICE, OLD.lower()),
            (ALICE, OLD + " "),
            (ALICE, OLD[:-1]),
            (ALICE, NEW),
            ("Alice@test.com", OLD),
            ("álice@test.com", OLD),
            (ALICE + " ", OLD),
            ("bob@test.com", OLD),
        ],
    )
    def test_what_is_not_the_same_to_the_byte_is_left_alone(self, writers: Writers, username: str, old: str) -> None:
        assert writers.replace(username, old, NEW) == "not_found"
        assert self.rows(writers) == [(ALICE, OLD, "clear")]

    def test_whatever_character_set_the_table_has(self, writers: Writers) -> None:
        assert not writers.database.run("ALTER TABLE mailbox CONVERT TO CHARACTER SET latin1", sql_mode="").error
        try:
            self.store(writers, "josé@test.com", "{PLAIN}päss")
            assert writers.replace("josé@test.com", "{PLAIN}pass", NEW) == "not_found"
            assert writers.replace("josé@test.com", "{PLAIN}päss", NEW) == "found"
            assert ("josé@test.com", NEW, "clear") in self.rows(writers)
        finally:
            assert not writers.database.run("ALTER TABLE mailbox CONVERT TO CHARACTER SET utf8mb4", sql_mode="").error

    def test_after_a_lost_connection_it_is_not_tried_again(self, writers: Writers) -> None:
        """It could have been done: who asks has to find out."""
        assert writers.replace(ALICE, OLD, NEW) == "found"
        writers.kill_connections()
        answer = writers.replace(ALICE, NEW, OLD)
        assert answer.startswith("temporary database: ")
        assert self.rows(writers) == [(ALICE, NEW, "clear")]
        assert writers.ask("is_down") == "no"  # nobody has tried to reach it
        assert writers.replace(ALICE, NEW, OLD) == "found"

    def test_without_the_right_that_is_said(self, writers: Writers) -> None:
        assert not writers.database.run(f"REVOKE UPDATE (password) ON mailbox FROM '{USER}'@'localhost'").error
        try:
            answer = writers.replace(ALICE, OLD, NEW)
            assert answer.startswith("permanent database: ") and "denied" in answer
        finally:
            assert not writers.database.run(f"GRANT UPDATE (password) ON mailbox TO '{USER}'@'localhost'").error
        assert self.rows(writers) == [(ALICE, OLD, "clear")]


class TestChanges:
    """Another password: its hash, and what clearpwd has of it."""

    RIGHTS = f"SELECT (clearpwd), UPDATE (clearpwd) ON mailbox {{}} '{USER}'@'localhost'"

    @pytest.fixture(autouse=True)
    def rights(self, database: Database) -> Iterator[None]:
        assert not database.run("GRANT " + self.RIGHTS.format("TO")).error
        yield
        assert not database.run("REVOKE " + self.RIGHTS.format("FROM")).error

    def store(self, writers: Writers, clear: str) -> None:
        values = f"('{ALICE}', '{OLD}', {clear}), ('bob@test.com', '{OLD}', 'bob')"
        outcome = writers.database.run(f"INSERT INTO mailbox (username, password, clearpwd) VALUES {values}", sql_mode="")
        assert not outcome.error, outcome.message

    def rows(self, writers: Writers) -> list[tuple[str, ...]]:
        return list(writers.database.select("SELECT password, HEX(clearpwd) FROM mailbox ORDER BY username"))

    @pytest.mark.parametrize(
        ("before", "given", "after"),
        [
            ("'old one'", "new one", b"new one".hex()),
            ("'old one'", "", ""),
            ("' '", "new one", b"new one".hex()),  # which is equal to the empty text
            ("''", "new one", ""),
            ("''", "", ""),
        ],
    )
    def test_a_clear_password_never_stays(self, writers: Writers, before: str, given: str, after: str) -> None:
        self.store(writers, before)
        assert writers.change(ALICE, OLD, NEW, given) == "found"
        assert self.rows(writers) == [(NEW, after.upper()), (OLD, b"bob".hex().upper())]

    def test_null_stays_null(self, writers: Writers, database: Database) -> None:
        """Some have made the column so."""
        assert not database.run("ALTER TABLE mailbox MODIFY clearpwd varchar(128) NULL", sql_mode="").error
        try:
            self.store(writers, "NULL")
            assert writers.change(ALICE, OLD, NEW, "new one") == "found"
            assert self.rows(writers)[0] == (NEW, "NULL")
        finally:
            assert not database.run(
                "DELETE FROM mailbox", "ALTER TABLE mailbox MODIFY clearpwd varchar(255) NOT NULL DEFAULT ''", sql_mode=""
            ).error

    @pytest.mark.parametrize(
        ("username", "old"), [(ALICE, OLD.lower()), (ALICE, OLD + " "), ("Alice@test.com", OLD), ("x@test.com", OLD)]
    )
    def test_what_is_not_the_same_to_the_byte_is_left_alone(self, writers: Writers, username: str, old: str) -> None:
        self.store(writers, "'old one'")
        assert writers.change(username, old, NEW, "new one") == "not_found"
        assert self.rows(writers)[0] == (OLD, b"old one".hex().upper())

    def test_both_columns_or_none(self, writers: Writers, database: Database) -> None:
        self.store(writers, "'old one'")
        assert not database.run(f"REVOKE UPDATE (clearpwd) ON mailbox FROM '{USER}'@'localhost'").error
        answer = writers.change(ALICE, OLD, NEW, "new one")
        assert answer.startswith("permanent database: ") and "denied" in answer
        assert self.rows(writers)[0] == (OLD, b"old one".hex().upper())
        assert not database.run(f"GRANT UPDATE (clearpwd) ON mailbox TO '{USER}'@'localhost'").error
        assert writers.change(ALICE, OLD, NEW, "new one") == "found"

    def test_after_a_lost_connection_it_is_not_tried_again(self, writers: Writers) -> None:
        self.store(writers, "'old one'")
        assert writers.change(ALICE, OLD, NEW, "new one") == "found"
        writers.kill_connections()
        assert writers.change(ALICE, NEW, OLD, "old one").startswith("temporary database: ")
        assert self.rows(writers)[0] == (NEW, b"new one".hex().upper())
