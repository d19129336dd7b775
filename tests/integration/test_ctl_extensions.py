# SPDX-License-Identifier: MIT
"""extmailctl app-password, user-field and policy: what they write is what the daemons go by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.passwords import remember
from support.site import Site

DOMAIN = "ctl-extension.test"
USER = f"user@{DOMAIN}"


@pytest.fixture
def database(site: Site, accounts: Accounts) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    accounts.domain(DOMAIN)
    accounts.mailbox(USER)
    yield database
    for table in ("mailbox", "domain"):  # what belongs to the mailbox goes with it
        database.run(f"DELETE FROM {table} WHERE domain = '{DOMAIN}'")
    database.run(f"DELETE FROM extmail_policy WHERE subject LIKE '%{DOMAIN}'")


def test_an_app_password_logs_in_where_it_may(ctl: Extmailctl, database: Database) -> None:
    done = ctl("app-password", "add", USER, "phone", "--services", "imap,pop3", "--networks", "192.0.2.0/24")
    assert (done.status, done.errors) == (0, f"app password phone of {USER} is added; it is shown this once:\n")
    password = remember(done.output.strip())
    other = remember(ctl.ok("app-password", "add", USER, "tablet").splitlines()[-1])
    assert other != password
    assert all(re.fullmatch(r"[!-~]{14,}", each) for each in (password, other))
    ctl.ok("app-password", "delete", USER, "tablet")
    ((stored, services, networks, expires),) = database.select(
        f"SELECT password, services, networks, expires FROM extmail_app_password WHERE username = '{USER}'"
    )
    assert (stored[:10], services, networks, expires) == ("{CRYPT}$6$", "imap,pop3", "192.0.2.0/24", "NULL")

    def login(service: str, remote: str = "192.0.2.9") -> int:
        return ctl("authtest", "-s", service, "--from", remote, USER, password).status

    wait_until(lambda: login("imap") == 0, "the app password")
    assert (login("smtp"), login("imap", "198.51.100.9")) == (REFUSED, REFUSED)
    assert ctl.ok("app-password", "disable", USER, "phone") == f"app password phone of {USER} is disabled\n"
    wait_until(lambda: login("imap") == REFUSED, "the end of the app password")
    (listed,) = ctl.data("app-password", "list", USER)
    assert (listed["name"], listed["active"], "password" in listed) == ("phone", 0, False)
    ctl.ok("app-password", "enable", USER, "phone")
    ctl.ok("app-password", "delete", USER, "phone")
    assert ctl.data("app-password", "list", USER) == []


def test_the_dry_run_of_an_app_password_can_be_used(ctl: Extmailctl, database: Database) -> None:
    done = ctl("app-password", "add", USER, "dry", "--expires", "2031-01-31", "--dry-run")
    password = remember(done.errors.strip())
    assert ctl.data("app-password", "list", USER) == []
    assert not database.run(done.output).error
    (row,) = ctl.data("app-password", "list", USER)
    assert (row["name"], row["expires"]) == ("dry", "2031-01-31")
    wait_until(lambda: ctl("authtest", "-s", "imap", USER, password).status == 0, "the app password")


def test_a_field_of_a_user(ctl: Extmailctl, database: Database) -> None:
    assert ctl.ok("user-field", "set", USER, "allow_nets", "192.0.2.0/24") == f"field allow_nets of {USER} is set\n"
    ctl.ok("user-field", "set", USER, "allow_nets", "198.51.100.0/24,local")
    ctl.ok("user-field", "set", USER, "userdb_mail_max", "10 测试")
    assert ctl.data("user-field", "list", USER) == [
        {"username": USER, "name": "allow_nets", "value": "198.51.100.0/24,local"},
        {"username": USER, "name": "userdb_mail_max", "value": "10 测试"},
    ]
    ctl.ok("user-field", "delete", USER, "allow_nets")
    assert [each["name"] for each in ctl.data("user-field", "list", USER)] == ["userdb_mail_max"]


def test_a_row_of_policy(ctl: Extmailctl, database: Database) -> None:
    assert ctl.ok("policy", "add", f"User@{DOMAIN}", "limit", "per-hour=unlimited", "--comment", "the 老板") == (
        f"policy limit of {USER} is added\n"
    )
    ctl.ok("policy", "add", f"@{DOMAIN}", "deny-sender", "<>")
    ctl.ok("policy", "add", f"@{DOMAIN}", "deny-sender", "spam.test")
    assert ctl("policy", "add", f"list@{DOMAIN}", "list-access", "members").errors == (
        f"note: there is no mailbox list@{DOMAIN}; the row is for mail of, or to, that address\n"
    )
    (row,) = ctl.data("policy", "list", USER)
    assert (row["kind"], row["value"], row["comment"], row["active"]) == ("limit", "per-hour=unlimited", "the 老板", 1)
    ctl.ok("policy", "disable", f"@{DOMAIN}", "deny-sender", "<>")
    rows = ctl.data("policy", "list", f"@{DOMAIN}", "--kind", "deny-sender")
    assert [(each["value"], each["active"]) for each in rows] == [("<>", 0), ("spam.test", 1)]
    ctl.ok("policy", "delete", f"@{DOMAIN}", "deny-sender")
    assert ctl.data("policy", "list", f"@{DOMAIN}") == []


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("app-password", "add", f"none@{DOMAIN}", "phone"), REFUSED, f"there is no mailbox none@{DOMAIN}"),
        (("app-password", "add", USER, ""), WRONG_USAGE, "an app password has a name"),
        (("app-password", "add", USER, "x" * 65), WRONG_USAGE, "at most 64 characters"),
        (("app-password", "add", USER, "p", "--services", "imap smtp"), WRONG_USAGE, "is no list of services"),
        (("app-password", "add", USER, "p", "--networks", "home"), WRONG_USAGE, "networks: "),
        (("app-password", "add", USER, "p", "--expires", "soon"), WRONG_USAGE, 'expires: "soon" is no day'),
        (("app-password", "delete", USER, "none"), REFUSED, f"{USER} has no app password none"),
        (("user-field", "set", USER, "allow_nets", "home"), WRONG_USAGE, "allow_nets: "),
        (("user-field", "set", USER, "a b", "x"), WRONG_USAGE, "is no name of a field"),
        (("user-field", "delete", USER, "none"), REFUSED, f"{USER} has no field none"),
        (("policy", "add", USER, "limits", "x"), WRONG_USAGE, "there are allow-client, allow-sender"),
        (("policy", "add", USER, "limit", "10"), WRONG_USAGE, "has to be NAME=NUMBER, NAME=unlimited or exempt"),
        (("policy", "add", DOMAIN, "limit", "exempt"), WRONG_USAGE, "is no subject"),
        (("policy", "delete", USER, "limit"), REFUSED, f"{USER} has no limit"),
    ],
)
def test_what_can_not_be_done_is_said(
    ctl: Extmailctl, database: Database, words: tuple[str, ...], status: int, says: str
) -> None:
    done = ctl(*words)
    assert (done.status, says in done.errors) == (status, True), done.all


def test_what_is_there_is_not_added_again(ctl: Extmailctl, database: Database) -> None:
    remember(ctl.ok("app-password", "add", USER, "phone").strip())
    ctl.ok("policy", "add", USER, "limit", "exempt")
    for words in (("app-password", "add", USER, "Phone"), ("policy", "add", USER, "limit", "exempt")):
        done = ctl(*words)
        assert (done.status, " already" in done.errors) == (REFUSED, True), done.all


def test_tables_that_are_not_there(site: Site, tmp_path: Path) -> None:
    server = Database(site.env["MYSQL_SOCKET"], name="mysql")
    assert not server.run("CREATE DATABASE em_ctl_bare").error
    try:
        config = tmp_path / "extmail.toml"
        hosts = f'[database]\nname = "em_ctl_bare"\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n'
        config.write_text(hosts, encoding="utf-8")
        ctl = Extmailctl(site, str(config))
        for command, file in (("app-password", "login"), ("user-field", "login"), ("policy", "policy")):
            done = ctl(command, "list")
            assert done.status == WRONG_CONFIGURATION, done.all
            assert f"load sql/{file}_extensions.sql into the database" in done.errors
    finally:
        server.run("DROP DATABASE em_ctl_bare")
