# SPDX-License-Identifier: MIT
"""extmailctl alias, on a real database, beside rows that ExtMan wrote and the maps that Postfix asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.site import Site

DOMAIN = "ctl-alias.test"


@pytest.fixture
def database(site: Site, accounts: Accounts) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    accounts.domain(DOMAIN)
    yield database
    for table in ("mailbox", "alias", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain LIKE '%{DOMAIN}'")
    database.run(f"DELETE FROM extmail_policy WHERE subject LIKE '%{DOMAIN}'")


def row(database: Database, address: str) -> tuple[str, ...]:
    (found,) = database.select(f"SELECT address, goto, domain, active FROM alias WHERE address = '{address}'")
    return found


def leads_to(database: Database, address: str) -> str:
    return row(database, address)[1]


def test_add_writes_what_extman_writes(site: Site, ctl: Extmailctl, database: Database) -> None:
    assert ctl.ok("alias", "add", f"Support@{DOMAIN}", "--goto", f"a@{DOMAIN}, B@other.test") == (
        f"alias support@{DOMAIN} is added\n"
    )
    assert row(database, f"support@{DOMAIN}") == (f"support@{DOMAIN}", f"a@{DOMAIN},B@other.test", DOMAIN, "1")
    ctl.ok("alias", "add", f"@{DOMAIN}", "--goto", "@elsewhere.test", "--active", "no")
    assert row(database, f"@{DOMAIN}") == (f"@{DOMAIN}", "@elsewhere.test", DOMAIN, "0")
    ((age,),) = database.select(
        f"SELECT MAX(ABS(TIMESTAMPDIFF(MINUTE, createdate, NOW()))) FROM alias WHERE domain = '{DOMAIN}'"
    )
    assert int(age) <= 1


def test_postfix_sees_what_was_done(site: Site, ctl: Extmailctl, database: Database) -> None:
    def answer() -> str:
        with site.maps() as maps:
            return maps.ask("virtual_alias_maps", f"seen@{DOMAIN}")

    assert answer() == "NOTFOUND "
    ctl.ok("alias", "add", f"seen@{DOMAIN}", "--goto", "a@other.test")
    wait_until(lambda: answer() == "OK a@other.test", "the alias")
    ctl.ok("alias", "modify", f"seen@{DOMAIN}", "--add-goto", "b@other.test")
    wait_until(lambda: answer() == "OK a@other.test,b@other.test", "the second address")
    ctl.ok("alias", "disable", f"seen@{DOMAIN}")
    wait_until(lambda: answer() == "NOTFOUND ", "the end of it")


def test_addresses_come_and_go_one_by_one(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    name = accounts.alias(f"team@{DOMAIN}", "a@x.test, b@x.test")  # with a blank, as no ExtMan writes it
    ctl.ok("alias", "modify", name, "--add-goto", "c@x.test,d@x.test", "--remove-goto", "B@x.test")
    assert leads_to(database, name) == "a@x.test,c@x.test,d@x.test"
    for words, says in (
        (("--add-goto", "A@x.test"), "it leads to A@x.test already"),
        (("--remove-goto", "b@x.test"), "it does not lead to b@x.test"),
        (("--remove-goto", "a@x.test,c@x.test,d@x.test"), "it would lead nowhere"),
    ):
        done = ctl("alias", "modify", name, *words)
        assert (done.status, says in done.errors) == (REFUSED, True), done.all
    assert leads_to(database, name) == "a@x.test,c@x.test,d@x.test"
    ctl.ok("alias", "modify", name, "--goto", "e@x.test")
    assert leads_to(database, name) == "e@x.test"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "support", "--goto", "a@x.test"), WRONG_USAGE, "is no address of an alias"),
        (("add", f"o'neil@{DOMAIN}", "--goto", "a@x.test"), WRONG_USAGE, "is no address of an alias"),
        (("add", f"new@{DOMAIN}"), WRONG_USAGE, "goto: it has to lead somewhere"),
        (("add", f"new@{DOMAIN}", "--goto", "o'neil@x.test"), WRONG_USAGE, "that ExtMan would strip"),
        (("add", f"new@{DOMAIN}", "--goto", "|/bin/sh"), WRONG_USAGE, "that ExtMan would strip"),
        (("add", f"new@none.{DOMAIN}", "--goto", "a@x.test"), REFUSED, f"there is no domain none.{DOMAIN}"),
        (("add", f"new@{DOMAIN}", "--goto", f"NEW@{DOMAIN}"), REFUSED, "would lead to itself"),
        (("add", f"@{DOMAIN}", "--goto", f"a@x.test,@{DOMAIN}"), REFUSED, "would lead to itself"),
        (("modify", f"none@{DOMAIN}", "--add-goto", "a@x.test"), REFUSED, "there is no alias"),
        (("modify", f"none@{DOMAIN}"), WRONG_USAGE, "nothing to change was given"),
    ],
)
def test_what_can_not_be_done_is_said(
    ctl: Extmailctl, database: Database, words: tuple[str, ...], status: int, says: str
) -> None:
    done = ctl("alias", *words)
    assert (done.status, says in done.errors) == (status, True), done.all
    assert database.select(f"SELECT COUNT(*) FROM alias WHERE domain LIKE '%{DOMAIN}'") == (("0",),)


def test_a_mailbox_of_the_same_name(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    user = accounts.mailbox(f"user@{DOMAIN}").address
    done = ctl("alias", "add", user, "--goto", "elsewhere@x.test")
    assert (done.status, f"note: there is a mailbox {user}, which gets no more mail" in done.errors) == (0, True)
    done = ctl("alias", "modify", user, "--add-goto", user)  # with the mailbox there that is no loop
    assert (done.status, done.errors) == (0, "")
    assert leads_to(database, user) == f"elsewhere@x.test,{user}"
    assert ctl("alias", "add", f"bare@{DOMAIN}", "--goto", "root").errors == (
        "note: root has no domain: Postfix adds its myorigin\n"
    )


def test_a_domain_has_as_many_aliases_as_it_may(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    small = accounts.domain(f"small.{DOMAIN}", maxalias=1)
    ctl.ok("alias", "add", f"one@{small}", "--goto", "a@x.test")
    done = ctl("alias", "add", f"two@{small}", "--goto", "a@x.test")
    assert (done.status, "has 1 aliases, and may have 1" in done.errors) == (REFUSED, True), done.all
    ctl.ok("alias", "add", f"two@{DOMAIN}", "--goto", "a@x.test")
    assert ctl("alias", "rename", f"two@{DOMAIN}", f"two@{small}").status == REFUSED
    ctl.ok("alias", "rename", f"one@{small}", f"uno@{small}")
    ctl.ok("domain", "modify", small, "--maxalias", "0")
    ctl.ok("alias", "add", f"two@{small}", "--goto", "a@x.test")


def test_rename_mends_what_leads_there(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.alias(f"ann@{DOMAIN}", "a@x.test")
    accounts.alias(f"all@{DOMAIN}", f"ANN@{DOMAIN},joann@{DOMAIN}")
    ctl.ok("alias", "rename", f"ann@{DOMAIN}", f"anna@{DOMAIN}")
    assert row(database, f"anna@{DOMAIN}") == (f"anna@{DOMAIN}", "a@x.test", DOMAIN, "1")
    assert leads_to(database, f"all@{DOMAIN}") == f"anna@{DOMAIN},joann@{DOMAIN}"


def test_rename_takes_policies_along(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    for address in ("list", "boss", ""):
        accounts.alias(f"{address}@{DOMAIN}", "a@x.test")
        ctl.ok("policy", "add", f"{address}@{DOMAIN}", "list-access", "members")
    ctl.ok("policy", "add", f"list@{DOMAIN}", "list-sender", "a@x.test")
    ctl.ok("policy", "add", f"news@{DOMAIN}", "list-access", "members")
    # Another subject, though the column's collation takes it for the same.
    other = f"INSERT INTO extmail_policy (subject, kind, value) VALUES ('líst@{DOMAIN}', 'limit', 'x=1')"
    assert not database.run(other).error
    accounts.mailbox(f"boss@{DOMAIN}")  # whose policies these are as well
    ctl.ok("alias", "rename", f"list@{DOMAIN}", f"news@{DOMAIN}")
    ctl.ok("alias", "rename", f"boss@{DOMAIN}", f"chief@{DOMAIN}")
    accounts.domain(f"other.{DOMAIN}")
    ctl.ok("alias", "rename", f"@{DOMAIN}", f"@other.{DOMAIN}")
    assert database.select(
        f"SELECT subject, kind, value FROM extmail_policy WHERE subject LIKE '%{DOMAIN}' ORDER BY subject, kind"
    ) == (
        (f"@{DOMAIN}", "list-access", "members"),
        (f"boss@{DOMAIN}", "list-access", "members"),
        (f"líst@{DOMAIN}", "limit", "x=1"),
        (f"news@{DOMAIN}", "list-access", "members"),
        (f"news@{DOMAIN}", "list-sender", "a@x.test"),
    )


def test_delete_names_what_leads_there(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    for address, goto in (
        ("gone", "a@x.test"),
        ("only", f"gone@{DOMAIN}"),
        ("also", f"Gone@{DOMAIN},b@x.test"),
        ("other", f"begone@{DOMAIN}"),
    ):
        accounts.alias(f"{address}@{DOMAIN}", goto)
    shown = ctl.ok("alias", "delete", f"gone@{DOMAIN}", "--cascade", "--dry-run")
    assert "DELETE FROM alias WHERE address = 'only@ctl-alias.test';\n" in shown
    done = ctl("alias", "delete", f"gone@{DOMAIN}", "--yes")
    assert done.status == 0 and done.errors.splitlines() == [
        f"stays: alias also@{DOMAIN} leads to it",
        f"stays: alias only@{DOMAIN} leads to it, and nowhere else",
    ]
    accounts.alias(f"gone@{DOMAIN}", "a@x.test")
    ctl.ok("alias", "delete", f"gone@{DOMAIN}", "--yes", "--cascade")
    assert database.select(f"SELECT address, goto FROM alias WHERE domain = '{DOMAIN}' ORDER BY address") == (
        (f"also@{DOMAIN}", "b@x.test"),
        (f"other@{DOMAIN}", f"begone@{DOMAIN}"),
    )


def test_list_and_show(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.alias(f"b@{DOMAIN}", "a@x.test", active=0)
    accounts.alias(f"a@{DOMAIN}", "a@x.test")
    assert ctl.ok("alias", "list", "--domain", DOMAIN) == (
        "address           goto      active\n"
        f"a@{DOMAIN}  a@x.test     yes\n"
        f"b@{DOMAIN}  a@x.test      no\n"
    )
    assert ctl.data("alias", "show", f"b@{DOMAIN}") == {"address": f"b@{DOMAIN}", "goto": "a@x.test", "active": 0}
