# SPDX-License-Identifier: MIT
"""Rows are kept in memory, and yet what is written to the database by plain SQL shows at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.changes import await_changes
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.site import Site
from support.socketmap import Socketmap
from support.transaction import Transaction

SQL = Path(__file__).resolve().parents[2] / "sql"
DOMAIN = "changes.test"
TRIGGERS = 9

_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def administrator(site: Site) -> Database:
    return site.database()


def new_address() -> str:
    return f"a{next(_numbers)}@{DOMAIN}"


def alias_of(maps: Socketmap, address: str) -> str:
    return maps.ask("virtual_alias_maps", address)


def insert(address: str, target: str = "someone@example.org") -> str:
    return f"INSERT INTO alias (address, goto, domain, active) VALUES ('{address}', '{target}', '{DOMAIN}', 1)"


def await_answer(maps: Socketmap, address: str, answer: str) -> None:
    wait_until(lambda: alias_of(maps, address).startswith(answer), f"{answer} for {address}")


class TestWhatIsWrittenShows:
    def test_a_row_from_its_making_to_its_end(self, maps: Socketmap, administrator: Database) -> None:
        address, other = new_address(), new_address()
        for statement, answers in {
            insert(address): ("OK someone@example.org", "NOTFOUND"),
            f"UPDATE alias SET goto = 'b@example.org' WHERE address = '{address}'": ("OK b@example.org", "NOTFOUND"),
            f"UPDATE alias SET active = 0 WHERE address = '{address}'": ("NOTFOUND", "NOTFOUND"),
            f"UPDATE alias SET active = 1 WHERE address = '{address}'": ("OK b@example.org", "NOTFOUND"),
            f"UPDATE alias SET address = '{other}' WHERE address = '{address}'": ("NOTFOUND", "OK b@example.org"),
            f"DELETE FROM alias WHERE address = '{other}'": ("NOTFOUND", "NOTFOUND"),
        }.items():
            alias_of(maps, address), alias_of(maps, other)
            assert not administrator.run(statement).error
            await_answer(maps, address, answers[0])
            await_answer(maps, other, answers[1])

    def test_after_somebody_emptied_the_log(self, maps: Socketmap, administrator: Database) -> None:
        address = new_address()
        assert not administrator.run(insert(address)).error
        await_answer(maps, address, "OK someone@example.org")
        assert not administrator.run("TRUNCATE extmail_change_log").error
        for target in ("b@example.org", "c@example.org"):
            assert not administrator.run(f"UPDATE alias SET goto = '{target}' WHERE address = '{address}'").error
            await_answer(maps, address, f"OK {target}")

    def test_domains_and_mailboxes_too(self, site: Site, accounts: Accounts, maps: Socketmap) -> None:
        accounts.domain("switched.test")
        user = accounts.mailbox("user@switched.test")
        domain_is_ours = lambda: maps.ask("virtual_mailbox_domains", "switched.test").startswith("OK ")  # noqa: E731
        may_receive = lambda: maps.ask("virtual_mailbox_maps", user.address).startswith("OK ")  # noqa: E731
        wait_until(lambda: domain_is_ours() and may_receive(), "both to be there")

        site.demo.sql("UPDATE mailbox SET disablesmtp = 1 WHERE username = ?", user.address)
        wait_until(lambda: not may_receive(), "the mailbox to be switched off")
        site.demo.sql("UPDATE mailbox SET disablesmtp = 0 WHERE username = ?", user.address)
        wait_until(may_receive, "the mailbox to be switched on")
        site.demo.sql("UPDATE domain SET active = 0 WHERE domain = 'switched.test'")
        wait_until(lambda: not domain_is_ours() and not may_receive(), "the domain to be switched off")

    def test_a_transaction_that_commits_after_later_ones(self, site: Site, maps: Socketmap) -> None:
        early, late = new_address(), new_address()
        for address in (early, late):
            assert alias_of(maps, address).startswith("NOTFOUND")
        with Transaction(site.env["MYSQL_SOCKET"]) as slow:
            slow.run(insert(early))
            with Transaction(site.env["MYSQL_SOCKET"]) as quick:
                quick.run(insert(late))
                quick.commit()
            await_answer(maps, late, "OK ")
            assert alias_of(maps, early).startswith("NOTFOUND")
            slow.commit()
            await_answer(maps, early, "OK ")

    def test_what_is_rolled_back_never_shows(self, site: Site, maps: Socketmap, administrator: Database) -> None:
        never, after = new_address(), new_address()
        with Transaction(site.env["MYSQL_SOCKET"]) as undone:
            undone.run(insert(never))
        assert not administrator.run(insert(after)).error
        await_answer(maps, after, "OK ")
        assert alias_of(maps, never).startswith("NOTFOUND")

    def test_an_import_of_thousands(self, maps: Socketmap, administrator: Database) -> None:
        first = new_address()
        assert alias_of(maps, first).startswith("NOTFOUND")
        rows = f"SELECT CONCAT('bulk', seq, '@{DOMAIN}'), 'x@example.org', '{DOMAIN}', 1 FROM seq_1_to_5000"
        assert not administrator.run(f"INSERT INTO alias (address, goto, domain, active) {rows}", insert(first)).error
        await_answer(maps, first, "OK ")
        assert not administrator.run(f"DELETE FROM alias WHERE address LIKE 'bulk%@{DOMAIN}'").error


class TestTheTriggers:
    @pytest.fixture
    def copy(self, site: Site, administrator: Database) -> Iterator[Database]:
        """A database of its own, for what would hurt the others."""
        name = f"changes_{next(_numbers)}"
        assert not administrator.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4").error
        copy = Database(site.env["MYSQL_SOCKET"], name=name)
        for file in ("extmail.sql", "change_log.sql"):
            assert not copy.source(SQL / file).error
        yield copy
        assert not administrator.run(f"DROP DATABASE {name}").error

    def changes(self, copy: Database) -> list[tuple[str, ...]]:
        return list(copy.select("SELECT kind, name FROM extmail_change_log ORDER BY id"))

    def test_each_write_is_noted_under_all_its_names(self, copy: Database) -> None:
        outcome = copy.run(
            "INSERT INTO domain (domain, active) VALUES ('Test.com', 1)",
            "INSERT INTO mailbox (username, domain, active) VALUES ('a@test.com', 'test.com', 1)",
            "UPDATE mailbox SET username = 'A@test.com'",
            "UPDATE mailbox SET quota = '5S'",
            "DELETE FROM mailbox",
            "REPLACE INTO alias (address, goto) VALUES ('@test.com', 'a@test.com')",
            "DELETE FROM domain",
        )
        assert not outcome.error, outcome.message
        assert self.changes(copy) == [
            ("0", "Test.com"),
            ("1", "a@test.com"),
            ("1", "a@test.com"),
            ("1", "A@test.com"),
            ("1", "A@test.com"),
            ("1", "A@test.com"),
            ("2", "@test.com"),
            ("0", "Test.com"),
        ]

    @pytest.mark.parametrize("sql_mode", ["", "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES", "TRADITIONAL", "ANSI_QUOTES"])
    def test_loading_again_keeps_all(self, copy: Database, sql_mode: str) -> None:
        assert not copy.run("INSERT INTO domain (domain) VALUES ('test.com')").error
        assert not copy.source(SQL / "change_log.sql", sql_mode=sql_mode).error
        assert self.changes(copy) == [("0", "test.com")]
        assert copy.select("SELECT extmail_change_triggers()") == ((str(TRIGGERS),),)
        assert not copy.run("DELETE FROM domain").error
        assert len(self.changes(copy)) == 2

    def test_policies_are_noted_by_subject_and_go_with_their_mailbox_and_domain(self, copy: Database) -> None:
        for _ in range(2):  # loading it again keeps all
            outcome = copy.source(SQL / "policy_extensions.sql", sql_mode="TRADITIONAL")
            assert not outcome.error, outcome.message
        outcome = copy.run(
            "INSERT INTO domain (domain) VALUES ('test.com')",
            "INSERT INTO mailbox (username, domain) VALUES ('a@test.com', 'test.com'), ('b@test.com', 'test.com')",
            "TRUNCATE extmail_change_log",
            "INSERT INTO extmail_policy (subject, kind, value) VALUES ('*', 'limit', 'x=1')",
            "INSERT INTO extmail_policy (subject, kind, value) VALUES ('@Test.com', 'limit', 'x=2')",
            "INSERT INTO extmail_policy (subject, kind, value) VALUES ('a@test.com', 'limit', 'x=3')",
            "UPDATE extmail_policy SET active = 0 WHERE subject = '*'",
            "DELETE FROM extmail_policy WHERE subject = '*'",
        )
        assert not outcome.error, outcome.message
        assert self.changes(copy) == [("3", "*"), ("3", "@Test.com"), ("3", "a@test.com"), ("3", "*"), ("3", "*")]
        assert copy.select("SELECT extmail_policy_triggers()") == (("3",),)

        subjects = "SELECT subject FROM extmail_policy ORDER BY id"
        assert not copy.run("UPDATE mailbox SET username = 'c@test.com' WHERE username = 'a@test.com'").error
        assert copy.select(subjects) == (("@Test.com",), ("c@test.com",))
        assert not copy.run("DELETE FROM mailbox WHERE username = 'c@test.com'").error
        assert copy.select(subjects) == (("@Test.com",),)
        assert not copy.run("DELETE FROM domain").error
        assert copy.select(subjects) == ()
        assert not copy.run("DROP TABLE extmail_policy", "DELETE FROM mailbox").error

    def test_a_missing_log_stops_nobody(self, copy: Database) -> None:
        assert not copy.run("DROP TABLE extmail_change_log").error
        outcome = copy.run(
            "INSERT INTO domain (domain) VALUES ('test.com')", "UPDATE domain SET active = 0", "DELETE FROM domain"
        )
        assert not outcome.error, outcome.message

    def test_other_errors_are_not_hidden(self, copy: Database) -> None:
        """Else a change would go unseen for as long as the daemons trust the log."""
        assert not copy.run("ALTER TABLE extmail_change_log DROP COLUMN name").error
        assert copy.run("INSERT INTO domain (domain) VALUES ('test.com')").error

    def test_extman_and_the_webmail_need_no_right_to_it(self, site: Site) -> None:
        for account in ("extmail", "webman"):
            database = site.database(account)
            assert not database.run(f"UPDATE domain SET description = '{account}' WHERE domain = '{DOMAIN}'").error
            assert database.run("SELECT * FROM extmail_change_log").error

    def test_mapd_may_prune_it_and_no_more(self, site: Site) -> None:
        mapd = site.database("mapd")
        assert not mapd.run("DELETE FROM extmail_change_log WHERE id < 0", "SELECT extmail_change_triggers()").error
        assert mapd.run("INSERT INTO extmail_change_log (kind, name) VALUES (0, 'x')").error

    def test_policyd_reads_policies_and_writes_none(self, site: Site) -> None:
        policyd = site.database("policyd")
        assert not policyd.run("SELECT subject, kind, value FROM extmail_policy", "SELECT extmail_policy_triggers()").error
        assert policyd.run("INSERT INTO extmail_policy (subject, kind) VALUES ('*', 'limit')").error
        for other in ("mapd", "authd", "extmail", "webman"):
            assert site.database(other).run("SELECT subject FROM extmail_policy").error


class TestWithoutTheLog:
    def test_rows_are_read_again_after_cache_ttl(
        self, site: Site, administrator: Database, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        """An admin who loads it later need not restart anything."""
        name = f"unlogged_{next(_numbers)}"
        assert not administrator.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4").error
        database = Database(site.env["MYSQL_SOCKET"], name=name)
        assert not database.source(SQL / "extmail.sql").error
        rights = f"SELECT, DELETE, EXECUTE ON {name}.* TO 'extmail_mapd'@'localhost'"
        assert not administrator.run(f"GRANT {rights}").error
        try:
            daemon = extra_daemon("mapd")
            daemon.change('name = "extmail"', f'name = "{name}"')
            daemon.change("[mapd]", "[mapd]\ncache_ttl = 1")
            daemon.start()
            daemon.log.wait_for("change_log_missing: ", "load sql/change_log.sql")
            address = new_address()
            with Socketmap(str(daemon.socket)) as maps:
                assert alias_of(maps, address).startswith("NOTFOUND")
                assert not database.run(insert(address)).error
                await_answer(maps, address, "OK ")

                assert not database.source(SQL / "change_log.sql").error
                daemon.log.wait_for("change_log_followed: ")
                assert not database.run("DELETE FROM alias").error
                await_answer(maps, address, "NOTFOUND")
        finally:
            administrator.run(f"REVOKE {rights.replace(' TO ', ' FROM ')}", f"DROP DATABASE {name}")


class TestASnapshot:
    def test_serves_while_the_database_is_away_at_the_start(
        self, site: Site, accounts: Accounts, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        user = accounts.mailbox(f"kept@{DOMAIN}")
        daemon = extra_daemon("mapd")
        file = daemon.folder / "rows"
        daemon.change("[mapd]", f'[mapd]\nsnapshot = "{file}"')
        daemon.start()
        await_changes(daemon, site.database())
        with Socketmap(str(daemon.socket)) as maps:
            wait_until(lambda: maps.ask("virtual_mailbox_maps", user.address).startswith("OK "), "the mailbox")
            assert maps.ask("virtual_mailbox_maps", f"nobody@{DOMAIN}").startswith("NOTFOUND")
        daemon.stop()
        assert file.stat().st_mode & 0o777 == 0o600

        daemon.change(f'"unix:{site.env["MYSQL_SOCKET"]}"', '"unix:/nowhere/mysqld.sock"')
        daemon.start()
        daemon.log.wait_for("snapshot_loaded: ")
        with Socketmap(str(daemon.socket)) as maps:
            assert maps.ask("virtual_mailbox_maps", user.address).startswith("OK ")
            # That nobody is there may have changed since.
            assert maps.ask("virtual_mailbox_maps", f"nobody@{DOMAIN}").startswith("TEMP ")
            assert maps.ask("virtual_mailbox_maps", f"stranger@{DOMAIN}").startswith("TEMP ")
        daemon.stop()

        damaged = bytearray(file.read_bytes())
        damaged[-1] ^= 1
        file.write_bytes(damaged)
        daemon.start()
        daemon.log.wait_for("snapshot_refused: ", "is damaged")
        with Socketmap(str(daemon.socket)) as maps:
            assert maps.ask("virtual_mailbox_maps", user.address).startswith("TEMP ")
