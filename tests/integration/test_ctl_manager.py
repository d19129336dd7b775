# SPDX-License-Identifier: MIT
"""extmailctl manager, on a real database, beside rows that ExtMan wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.passwords import new_password
from support.site import Site
from support.tools import run

DOMAIN = "ctl-manager.test"
OTHER = f"other.{DOMAIN}"
COLUMNS = "username, type, uid, name, question, answer, disablepwdchange, expiredate, active"


@pytest.fixture
def database(site: Site, accounts: Accounts) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    accounts.domain(DOMAIN)
    accounts.domain(OTHER)
    yield database
    database.run("DROP TRIGGER IF EXISTS no_rights")
    database.run(f"DELETE FROM manager WHERE username LIKE '%{DOMAIN}'")
    database.run(f"DELETE FROM domain_manager WHERE username LIKE '%{DOMAIN}'")
    database.run(f"DELETE FROM domain WHERE domain LIKE '%{DOMAIN}'")


@pytest.fixture(params=["", "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE"], ids=["not strict", "strict"])
def sql_mode(request: pytest.FixtureRequest, database: Database) -> Iterator[str]:
    ((before,),) = database.select("SELECT @@GLOBAL.sql_mode")
    database.run(f"SET GLOBAL sql_mode = '{request.param}'")
    yield request.param
    database.run(f"SET GLOBAL sql_mode = '{before}'")


def add(ctl: Extmailctl, name: str, *words: str) -> str:
    password = new_password()
    return ctl.ok("manager", "add", name, "--password-stdin", *words, text=f"{password}\n") and password


def rights(database: Database, name: str) -> list[str]:
    rows = database.select(
        f"SELECT domain, active, ABS(TIMESTAMPDIFF(MINUTE, createdate, NOW())) < 2 FROM domain_manager "
        f"WHERE username = '{name}' ORDER BY domain"
    )
    assert all(row[1:] == ("1", "1") for row in rows), rows
    return [row[0] for row in rows]


def test_add_writes_what_extman_writes(ctl: Extmailctl, database: Database, sql_mode: str) -> None:
    name = f"boss@{DOMAIN}"
    password = add(ctl, f"Boss@{DOMAIN}", "--name", "小明", "--domains", f"{DOMAIN},{OTHER}")
    assert database.select(f"SELECT {COLUMNS} FROM manager WHERE username = '{name}'") == (
        (name, "postmaster", "boss", "小明", "", "", "0", "0000-00-00", "1"),
    )
    assert rights(database, name) == [DOMAIN, OTHER]
    ((stored,),) = database.select(f"SELECT password FROM manager WHERE username = '{name}'")
    hash_ = stored.removeprefix("{CRYPT}")
    assert run(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, hash_]).output == hash_


def test_who_has_no_domain_has_a_row_without_one(ctl: Extmailctl, database: Database) -> None:
    name = f"none@{DOMAIN}"
    add(ctl, name)
    assert rights(database, name) == [""]
    ctl.ok("manager", "modify", name, "--add-domain", OTHER)
    assert rights(database, name) == [OTHER]
    ctl.ok("manager", "modify", name, "--add-domain", DOMAIN, "--remove-domain", OTHER.upper())
    assert rights(database, name) == [DOMAIN]
    ctl.ok("manager", "modify", name, "--remove-domain", DOMAIN)
    assert rights(database, name) == [""]
    # Rows that do not go together, as a hand may have left them.
    database.run(f"INSERT INTO domain_manager (username, domain, createdate) VALUES ('{name}', '{DOMAIN}', NOW())")
    ctl.ok("manager", "modify", name, "--remove-domain", DOMAIN)
    assert rights(database, name) == [""]


def test_rows_of_extman_are_shown_and_changed(ctl: Extmailctl, database: Database) -> None:
    name = f"extman@{DOMAIN}"
    database.run(
        "INSERT INTO manager (username, password, type, uid, name, createdate, expiredate, active) VALUES "
        f"('{name}', '$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0', 'postmaster', 'extman', '老板', NOW(), '2031-01-31', 1)"
    )
    database.run(f"INSERT INTO domain_manager (username, domain) VALUES ('{name}', '{OTHER}'), ('{name}', '{DOMAIN}')")
    shown = ctl.data("manager", "show", name)
    assert shown == {
        "username": name,
        "type": "postmaster",
        "name": "老板",
        "expiredate": "2031-01-31",
        "disablepwdchange": None,
        "active": 1,
        "domains": f"{DOMAIN},{OTHER}",
    }
    assert ctl.data("manager", "list", "--domain", OTHER) == [shown]
    assert ctl.data("manager", "list", "--domain", OTHER, "--inactive") == []
    assert f'"{DOMAIN},{OTHER}"' in ctl.ok("--csv", "manager", "list", "extman*")
    assert "phz1mRrj" not in ctl.ok("manager", "show", name) + ctl.ok("--json", "manager", "list")

    ctl.ok("manager", "modify", name, "--name", "Boss", "--expiredate", "never")
    ctl.ok("manager", "disable", name)
    ctl.ok("manager", "rename", name, f"chief@{DOMAIN}")
    assert database.select(f"SELECT {COLUMNS} FROM manager WHERE username = 'chief@{DOMAIN}'") == (
        (f"chief@{DOMAIN}", "postmaster", "chief", "Boss", "", "", "NULL", "0000-00-00", "0"),
    )
    assert {row[0] for row in database.select(f"SELECT domain FROM domain_manager WHERE username = 'chief@{DOMAIN}'")} == {
        DOMAIN,
        OTHER,
    }
    done = ctl("manager", "delete", f"chief@{DOMAIN}", "--yes")
    assert (done.status, done.errors) == (0, "goes, too: rights on domains: 2\n")
    assert database.select(f"SELECT * FROM domain_manager WHERE username LIKE '%{DOMAIN}'") == ()


def test_rights_that_an_earlier_manager_left_are_not_inherited(ctl: Extmailctl, database: Database) -> None:
    for name in (f"again@{DOMAIN}", f"renamed@{DOMAIN}"):
        database.run(f"INSERT INTO domain_manager (username, domain, createdate) VALUES ('{name}', '{OTHER}', NOW())")
    done = ctl("manager", "add", f"again@{DOMAIN}", "--generate", "--domains", DOMAIN)
    assert (done.status, "left behind go, on domains: 1\n" in done.errors) == (0, True), done.all
    assert rights(database, f"again@{DOMAIN}") == [DOMAIN]
    ctl.ok("manager", "rename", f"again@{DOMAIN}", f"renamed@{DOMAIN}")
    assert rights(database, f"renamed@{DOMAIN}") == [DOMAIN]


def test_rights_that_extman_wrote_twice_go_at_once(ctl: Extmailctl, database: Database) -> None:
    name = f"twice@{DOMAIN}"
    add(ctl, name, "--domains", DOMAIN)
    database.run(f"INSERT INTO domain_manager (username, domain, createdate) VALUES ('{name}', '{DOMAIN}', NOW())")
    ctl.ok("manager", "modify", name, "--remove-domain", DOMAIN)
    assert rights(database, name) == [""]
    done = ctl("manager", "delete", name, "--yes")
    assert (done.status, done.errors) == (0, "")  # nothing that anybody would miss goes with him
    assert rights(database, name) == []


def test_who_loses_an_accent_keeps_his_rights(ctl: Extmailctl, database: Database) -> None:
    """The collation takes both names for one."""
    add(ctl, f"bóss@{DOMAIN}", "--domains", DOMAIN)
    ctl.ok("manager", "rename", f"bóss@{DOMAIN}", f"boss@{DOMAIN}")
    assert rights(database, f"boss@{DOMAIN}") == [DOMAIN]


def test_the_last_admin(ctl: Extmailctl, database: Database) -> None:
    name = f"admin@{DOMAIN}"
    add(ctl, name, "--type", "admin")
    database.run(f"UPDATE manager SET active = active + 10 WHERE type = 'admin' AND username <> '{name}'")
    try:
        for words in (
            ("disable", name),
            ("modify", name, "--type", "postmaster"),
            ("modify", name, "--expiredate", "2020-01-01"),
            ("delete", name),
        ):
            done = ctl("manager", *words, "--dry-run")
            assert (done.status, "no other admin is active" in done.errors) == (0, True), done.all
    finally:
        database.run("UPDATE manager SET active = active - 10 WHERE active >= 10")
    assert "no other admin" not in ctl("manager", "disable", name).errors


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "boss", "--generate"), WRONG_USAGE, "is no name of a manager"),
        (("add", f"{'x' * 250}@{DOMAIN}", "--generate"), WRONG_USAGE, "is no name of a manager"),
        (("add", f"new@{DOMAIN}", "--generate", "--type", "root"), WRONG_USAGE, "type: \"root\" is none of these: postmaster|admin"),
        (("add", f"new@{DOMAIN}", "--generate", "--name", "x" * 256), WRONG_USAGE, "name: "),
        (("add", f"new@{DOMAIN}", "--generate", "--domains", "no domain"), WRONG_USAGE, "is no domain name"),
        (("add", f"new@{DOMAIN}", "--generate", "--domains", f"none.{DOMAIN}"), REFUSED, f"there is no domain none.{DOMAIN}"),
        (("add", f"there@{DOMAIN}", "--generate"), REFUSED, "is there already"),
        (("modify", f"there@{DOMAIN}"), WRONG_USAGE, "nothing to change was given"),
        (("modify", f"there@{DOMAIN}", "--add-domain", DOMAIN), REFUSED, f"he administers {DOMAIN} already"),
        (("modify", f"there@{DOMAIN}", "--remove-domain", OTHER), REFUSED, f"he does not administer {OTHER}"),
        (("modify", f"none@{DOMAIN}", "--name", "x"), REFUSED, "there is no manager"),
        (("delete", f"there@{DOMAIN}"), WRONG_USAGE, "--yes"),
    ],
)
def test_what_can_not_be_done_is_said(
    ctl: Extmailctl, database: Database, words: tuple[str, ...], status: int, says: str
) -> None:
    database.run(f"INSERT INTO manager (username, password) VALUES ('there@{DOMAIN}', 'x')")
    database.run(f"INSERT INTO domain_manager (username, domain) VALUES ('there@{DOMAIN}', '{DOMAIN}')")
    done = ctl("manager", *words)
    assert (done.status, says in done.errors) == (status, True), done.all
    assert database.select(f"SELECT username FROM manager WHERE username LIKE '%{DOMAIN}'") == ((f"there@{DOMAIN}",),)
    assert rights_of_there(database) == ((DOMAIN,),)


def rights_of_there(database: Database) -> tuple[tuple[str, ...], ...]:
    return database.select(f"SELECT domain FROM domain_manager WHERE username = 'there@{DOMAIN}'")


def test_a_dry_run_writes_nothing_and_a_fault_leaves_nothing(ctl: Extmailctl, database: Database) -> None:
    name = f"dry@{DOMAIN}"
    done = ctl("manager", "add", name, "--generate", "--domains", DOMAIN, "--dry-run")
    assert done.status == 0 and f"VALUES ('{name}', '{DOMAIN}', " in done.output, done.all
    assert database.select(f"SELECT * FROM manager WHERE username = '{name}'") == ()
    database.run(
        "CREATE TRIGGER no_rights BEFORE INSERT ON domain_manager FOR EACH ROW SIGNAL SQLSTATE '45000' "
        "SET MESSAGE_TEXT = 'not today'"
    )
    done = ctl("manager", "add", name, "--generate", "--domains", DOMAIN)
    assert done.status != 0 and "not today" in done.errors, done.all
    assert database.select(f"SELECT * FROM manager WHERE username = '{name}'") == ()


def test_a_dry_run_of_passwd(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    add(ctl, f"boss@{DOMAIN}")
    accounts.mailbox(f"user@{DOMAIN}")
    for name, table, words, clears in (
        (f"boss@{DOMAIN}", "manager", ["--manager"], ""),
        (f"user@{DOMAIN}", "mailbox", [], ", clearpwd = ''"),
    ):
        before = database.select(f"SELECT password FROM {table} WHERE username = '{name}'")
        done = ctl("passwd", *words, name, "--generate", "--dry-run")
        assert f"UPDATE {table} SET password = '{{CRYPT}}$6$" in done.output, done.all
        assert f"'{clears} WHERE username = '{name}'" in done.output
        assert database.select(f"SELECT password FROM {table} WHERE username = '{name}'") == before
    database.run(f"DELETE FROM mailbox WHERE username = 'user@{DOMAIN}'")
