# SPDX-License-Identifier: MIT
"""extmailctl domain, on a real database and beside rows that ExtMan wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import NOBODY_COULD_TELL, REFUSED, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.site import Site
from support.tools import run

COLUMNS = (
    "domain, description, hashdirpath, maxalias, maxusers, maxquota, maxnetdiskquota, transport, can_signup, "
    "default_quota, default_netdiskquota, default_expire, disablesmtpd, disablesmtp, disablewebmail, "
    "disablenetdisk, disableimap, disablepop3, expiredate, active"
)


@pytest.fixture
def database(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    yield database
    for table in ("mailbox", "alias", "domain_manager", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain LIKE '%ctl-domain.test'")
    database.run("DELETE FROM extmail_policy WHERE subject LIKE '%ctl-domain.test'")


def row(database: Database, name: str) -> tuple[str, ...]:
    (found,) = database.select(f"SELECT {COLUMNS} FROM domain WHERE domain = '{name}'")
    return found


def test_add_writes_what_extman_writes(ctl: Extmailctl, database: Database) -> None:
    assert ctl.ok("domain", "add", "New.CTL-domain.test", "--description", "测试域", "--maxquota", "1G") == (
        "domain new.ctl-domain.test is added\n"
    )
    assert row(database, "new.ctl-domain.test") == (
        *("new.ctl-domain.test", "测试域", "", "0", "0", "1073741824S", "0S", "", "0"),
        *("104857600S", "104857600S", "0", "0", "0", "0", "0", "0", "0", "0000-00-00", "1"),
    )
    ((age,),) = database.select(
        "SELECT ABS(TIMESTAMPDIFF(MINUTE, createdate, NOW())) FROM domain WHERE domain = 'new.ctl-domain.test'"
    )
    assert int(age) <= 1


def test_modify_writes_only_what_was_given(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("old.ctl-domain.test")
    before = row(database, "old.ctl-domain.test")
    ctl.ok("domain", "modify", "old.ctl-domain.test", "--maxusers", "7", "--expiredate", "2031-02-03")
    after = list(before)
    after[4], after[18] = "7", "2031-02-03"
    assert row(database, "old.ctl-domain.test") == tuple(after)


def test_disable_and_enable(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("off.ctl-domain.test")
    assert ctl.ok("domain", "disable", "off.ctl-domain.test") == "domain off.ctl-domain.test is disabled\n"
    assert row(database, "off.ctl-domain.test")[-1] == "0"
    ctl.ok("domain", "enable", "off.ctl-domain.test")
    assert row(database, "off.ctl-domain.test")[-1] == "1"


def test_list_for_people_and_programs(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("a.ctl-domain.test", maxusers=12)
    accounts.domain("b.ctl-domain.test", active=0, transport=None)
    assert ctl.ok("domain", "list", "*.ctl-domain.test") == (
        "domain             description  maxusers  maxalias  maxquota  expiredate  active\n"
        "a.ctl-domain.test  测试域             12         0  1G        never          yes\n"
        "b.ctl-domain.test  测试域              0         0  1G        never           no\n"
    )
    found = ctl.data("domain", "list", "?.ctl-domain.test", "--inactive")
    assert [(each["domain"], each["active"], each["transport"]) for each in found] == [("b.ctl-domain.test", 0, None)]
    lines = list(csv.DictReader(io.StringIO(ctl.ok("--csv", "domain", "list", "a.ctl-*"))))
    assert [(line["domain"], line["maxusers"], line["description"]) for line in lines] == [
        ("a.ctl-domain.test", "12", "测试域")
    ]
    assert ctl.data("domain", "show", "a.ctl-domain.test")["maxquota"] == "1073741824S"


def test_a_dry_run_shows_sql_that_does_it(ctl: Extmailctl, database: Database) -> None:
    shown = ctl.ok("domain", "add", "dry.ctl-domain.test", "--description", "it's \\ 域", "--dry-run")
    assert database.select("SELECT COUNT(*) FROM domain WHERE domain = 'dry.ctl-domain.test'") == (("0",),)
    assert not database.run(shown).error
    assert row(database, "dry.ctl-domain.test")[:2] == ("dry.ctl-domain.test", "it's \\ 域")


def test_delete_names_what_is_left_and_asks(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("full.ctl-domain.test")
    accounts.mailbox("a@full.ctl-domain.test")
    accounts.alias("b@full.ctl-domain.test", "a@full.ctl-domain.test")
    done = ctl("domain", "delete", "full.ctl-domain.test", "--yes")
    assert (done.status, done.errors.splitlines()[1:]) == (
        REFUSED,
        [
            "extmailctl:   mailboxes: 1",
            "extmailctl:   aliases: 1",
            "extmailctl: Delete these first, or all of it at once with --cascade",
        ],
    )
    unanswered = ctl("domain", "delete", "full.ctl-domain.test", "--cascade")
    assert unanswered.status == WRONG_USAGE and "--yes" in unanswered.errors
    status, shown = ctl.on_terminal("n\n", "domain", "delete", "full.ctl-domain.test", "--cascade")
    assert status == REFUSED and "Delete domain full.ctl-domain.test? [y/N]" in shown
    assert row(database, "full.ctl-domain.test")
    status, shown = ctl.on_terminal("y\n", "domain", "delete", "full.ctl-domain.test", "--cascade")
    assert (status, "domain full.ctl-domain.test is deleted" in shown) == (0, True)
    assert "goes, too: mailboxes: 1" in shown and "stays: the mail of these mailboxes" in shown
    for table in ("domain", "mailbox", "alias"):
        assert database.select(f"SELECT COUNT(*) FROM {table} WHERE domain = 'full.ctl-domain.test'") == (("0",),)


def test_rename_takes_what_belongs_to_it_along(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("from.ctl-domain.test")
    accounts.mailbox("a@from.ctl-domain.test")
    accounts.mailbox("b@from.ctl-domain.test", maildir="elsewhere/b/Maildir/", homedir="elsewhere/b")
    done = ctl("domain", "rename", "from.ctl-domain.test", "to.ctl-domain.test")
    assert (done.status, "note: its mail is not on this host: move " in done.errors) == (0, True), done.all
    assert database.select("SELECT username, domain, maildir FROM mailbox WHERE domain = 'to.ctl-domain.test'") == (
        ("a@to.ctl-domain.test", "to.ctl-domain.test", "to.ctl-domain.test/a/Maildir/"),
        ("b@to.ctl-domain.test", "to.ctl-domain.test", "elsewhere/b/Maildir/"),
    )


def test_rename_takes_policies_along(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    """Those of mailboxes, of aliases, of addresses that are neither, and of the domain; of no other domain."""
    accounts.domain("p.ctl-domain.test")
    accounts.mailbox("a@p.ctl-domain.test")
    accounts.alias("list@p.ctl-domain.test", "a@p.ctl-domain.test")
    for local_part in ("a", "list", "gone", ""):
        ctl.ok("policy", "add", f"{local_part}@p.ctl-domain.test", "list-access", "domain")
        ctl.ok("policy", "add", f"{local_part}@sub.p.ctl-domain.test", "list-access", "domain")
    ctl.ok("policy", "add", "a@q.ctl-domain.test", "list-access", "domain")
    ctl.ok("domain", "rename", "p.ctl-domain.test", "q.ctl-domain.test")
    assert database.select(
        "SELECT subject FROM extmail_policy WHERE subject LIKE '%ctl-domain.test' ORDER BY SUBSTRING_INDEX(subject, '@', -1), 1"
    ) == tuple(
        (f"{local_part}@{domain}",)
        for domain in ("q.ctl-domain.test", "sub.p.ctl-domain.test")
        for local_part in ("", "a", "gone", "list")
    )


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "no domain"), WRONG_USAGE, '"no domain" is no domain name'),
        (("add", "x.ctl-domain.test", "--maxquota", "lots"), WRONG_USAGE, 'maxquota: "lots" is no size'),
        (("add", "x.ctl-domain.test", "--description", "x" * 256), WRONG_USAGE, "at most 255 characters"),
        (("show", "none.ctl-domain.test"), REFUSED, "there is no domain none.ctl-domain.test"),
        (("modify", "none.ctl-domain.test", "--maxusers", "1"), REFUSED, "there is no domain"),
        (("modify", "none.ctl-domain.test"), WRONG_USAGE, "nothing to change was given"),
        (("add",), WRONG_USAGE, "extmailctl: NAME is required; extmailctl domain add --help"),
        (("lst",), WRONG_USAGE, 'extmailctl: there is no command "extmailctl domain lst"; extmailctl domain --help'),
        (("list", "--active", "--inactive"), WRONG_USAGE, "--active excludes --inactive"),
    ],
)
def test_what_can_not_be_done_is_said(ctl: Extmailctl, words: tuple[str, ...], status: int, says: str) -> None:
    done = ctl("domain", *words)
    assert (done.status, says in done.errors) == (status, True), done.all


def test_one_that_is_there_is_not_added_again(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain("twice.ctl-domain.test")
    done = ctl("domain", "add", "twice.ctl-domain.test")
    assert (done.status, "is there already" in done.errors) == (REFUSED, True)


def test_a_database_that_is_away_or_refuses(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("ctl")
    config = folder / "extmail.toml"
    config.write_text('[database]\nhosts = ["unix:/nowhere/socket"]\n', encoding="utf-8")
    done = Extmailctl(site, str(config))("domain", "list")
    assert (done.status, "/nowhere/socket" in done.errors) == (NOBODY_COULD_TELL, True), done.all
    config.write_text(
        f'[database]\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n[ctl]\ndatabase_user = "nobody_knows"\n',
        encoding="utf-8",
    )
    done = Extmailctl(site, str(config))("domain", "list")
    assert (done.status, "Access denied" in done.errors) == (WRONG_CONFIGURATION, True), done.all
    assert "run it as root" not in done.errors


def test_who_is_not_root_is_told_so(site: Site) -> None:
    config = site.demo.layout.root / "for-all.toml"
    config.write_text(f'[database]\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n', encoding="utf-8")
    try:
        command = Extmailctl(site, str(config)).command("domain", "list")
        done = run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command])
    finally:
        config.unlink()
    assert done.status == WRONG_CONFIGURATION, done.all
    assert "extmailctl: the server knows root by who runs this: run it as root, or" in done.errors
