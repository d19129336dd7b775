# SPDX-License-Identifier: MIT
"""extmailctl report: usage from the table and from maildirsize, of domains and of mailboxes."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.site import Site
from support.tools import run

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "ctl-report.test"
MANY = "many.ctl-report.test"
PAGE = (ROOT / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^# (extmailctl (?:--\w+ )?report.*)$", PAGE, flags=re.MULTILINE)
MIB = 1 << 20


@pytest.fixture
def database(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    yield database
    for table in ("mailbox", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain LIKE '%{DOMAIN}'")


@pytest.fixture
def mail(site: Site, accounts: Accounts, database: Database) -> Iterator[Path]:
    """The folder of a domain whose mailboxes are counted in each way."""
    accounts.domain(DOMAIN)
    folder = Path(site.env["MAIL_BASE"]) / DOMAIN
    for name, quota, active in (
        ("table", f"{10 * MIB}S", 1),
        ("both", f"{10 * MIB}S", 1),
        ("maildir", f"{4 * MIB}S", 0),
        ("none", "", 1),
    ):
        accounts.mailbox(f"{name}@{DOMAIN}", quota=quota, active=active)
        (folder / name / "Maildir").mkdir(parents=True)
    for name in ("both", "maildir"):
        (folder / name / "Maildir/maildirsize").write_text(f"{4 * MIB}S\n{2 * MIB} 20\n{2 * MIB} 1\n")
    database.run(
        f"INSERT INTO extmail_mail_usage VALUES ('table@{DOMAIN}', {9 * MIB}, 7), ('BOTH@{DOMAIN}', {MIB}, 1)",
        f"INSERT INTO extmail_last_login VALUES ('both@{DOMAIN}', 'imap', '', '2026-01-31 10:00:00'), "
        f"('both@{DOMAIN}', 'smtp', '', '2025-01-31 10:00:00')",
    )
    yield folder
    shutil.rmtree(folder)


def test_mailboxes_by_what_they_hold(ctl: Extmailctl, mail: Path) -> None:
    rows = ctl.data("report", "--domain", DOMAIN.upper(), "--by", "mailbox")
    names = ("mailbox", "active", "messages", "bytes", "quota", "percent", "last_login", "counted_by")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (f"table@{DOMAIN}", 1, 7, 9 * MIB, 10 * MIB, 90, None, "table"),
        (f"maildir@{DOMAIN}", 0, 21, 4 * MIB, 4 * MIB, 100, None, "maildirsize"),
        (f"both@{DOMAIN}", 1, 1, MIB, 10 * MIB, 10, "2026-01-31 10:00:00", "table"),
        (f"none@{DOMAIN}", 1, None, None, None, None, None, None),
    ]
    text = ctl.ok("report", "--domain", DOMAIN, "--by", "mailbox", "--over", "90")
    assert [line.split()[0] for line in text.splitlines()] == ["mailbox", f"table@{DOMAIN}", f"maildir@{DOMAIN}"]
    done = ctl("report", "--domain", DOMAIN, "--by", "mailbox", "--max", "1")
    assert [line.split()[0] for line in done.output.splitlines()] == ["mailbox", f"table@{DOMAIN}"]
    assert done.status == 0 and "3 with less are not shown" in done.errors


def test_domains_together(ctl: Extmailctl, mail: Path, accounts: Accounts) -> None:
    accounts.domain(f"empty.{DOMAIN}")
    rows = list(csv.DictReader(io.StringIO(ctl("--csv", "report").output)))
    places = {row["domain"]: place for place, row in enumerate(rows)}
    assert {DOMAIN, f"empty.{DOMAIN}", "test.com"} <= places.keys()
    assert places[DOMAIN] < places[f"empty.{DOMAIN}"]
    assert rows[places[DOMAIN]] == {
        "domain": DOMAIN,
        "mailboxes": "4",
        "active": "3",
        "uncounted": "1",
        "messages": "29",
        "bytes": str(14 * MIB),
        "quota": "",
        "percent": "",
        "last_login": "2026-01-31 10:00:00",
    }
    assert rows[places[f"empty.{DOMAIN}"]]["mailboxes"] == "0"


def test_a_link_in_the_place_of_mail_is_not_followed(ctl: Extmailctl, mail: Path) -> None:
    shutil.rmtree(mail / "none")
    (mail / "none").symlink_to(mail / "maildir")
    done = ctl("--json", "report", "--domain", DOMAIN)
    assert (done.status, '"uncounted":1' in done.output) == (REFUSED, True)
    assert f"the usage of 1 mailboxes can't be read and is left out: none@{DOMAIN}: " in done.errors


def test_pages_follow_one_another(ctl: Extmailctl, accounts: Accounts, database: Database) -> None:
    """Each mailbox once, where several pages are needed; none twice."""
    accounts.domain(MANY)
    values = ", ".join(
        f"('u{number}@{MANY}', 'u{number}', '', '', '', '', '', '', '1S', '0', '{MANY}')" for number in range(1500)
    )
    columns = "username, uid, password, clearpwd, name, mailhost, maildir, homedir, quota, netdiskquota, domain"
    assert not database.run(f"INSERT INTO mailbox ({columns}) VALUES {values}").error
    assert not database.run(
        f"INSERT INTO extmail_mail_usage SELECT username, 1, 1 FROM mailbox WHERE domain = '{MANY}'"
    ).error
    names = {row["mailbox"] for row in ctl.data("report", "--domain", MANY, "--by", "mailbox")}
    assert len(names) == 1500
    (domain,) = ctl.data("report", "--domain", MANY)
    assert (domain["mailboxes"], domain["bytes"], domain["percent"]) == (1500, 1500, 100)
    shown = ctl("report", "--domain", MANY, "--by", "mailbox")
    assert len(shown.output.splitlines()) == 1001
    assert "500 with less are not shown; --max 0 shows all" in shown.errors


def test_without_the_tables_of_the_suite(site: Site, mail: Path, database: Database, tmp_path: Path) -> None:
    bare = "extmail_ctl_report"
    tables = [
        statement
        for table in ("domain", "mailbox")
        for statement in (
            f"CREATE TABLE {bare}.{table} LIKE {table}",
            f"INSERT INTO {bare}.{table} SELECT * FROM {table} WHERE domain = '{DOMAIN}'",
        )
    ]
    assert not database.run(f"CREATE DATABASE {bare}", *tables).error
    config = tmp_path / "extmail.toml"
    config.write_text(
        f'[database]\nname = "{bare}"\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n'
        f'[mail]\nbase = "{site.env["MAIL_BASE"]}"\n'
    )
    try:
        rows = Extmailctl(site, str(config)).data("report", "--by", "mailbox")
    finally:
        database.run(f"DROP DATABASE {bare}")
    assert {row["mailbox"]: row["bytes"] for row in rows} == {
        f"both@{DOMAIN}": 4 * MIB,
        f"maildir@{DOMAIN}": 4 * MIB,
        f"table@{DOMAIN}": None,
        f"none@{DOMAIN}": None,
    }


def test_what_makes_no_sense_is_refused(ctl: Extmailctl) -> None:
    done = ctl("report", "--domain", "none.example")
    assert (done.status, "there is no domain none.example" in done.errors) == (REFUSED, True)
    for words in (("--domain", "a@b"), ("--by", "user"), ("--over", "-1"), ("--over", "many"), ("--max", "-1")):
        assert ctl("report", *words).status == WRONG_USAGE, words


def test_the_examples(ctl: Extmailctl) -> None:
    assert len(EXAMPLES) == 2
    for command in EXAMPLES:
        done = run(["bash", "-c", f'extmailctl() {{ {" ".join(ctl.command())} "$@"; }}; {command}'])
        # Other tests leave mailboxes behind that nobody may look into.
        assert done.status == 0 or (done.status == REFUSED and "can't be read" in done.errors), command
        assert done.output.startswith(("domain ", "mailbox,")), command
