# SPDX-License-Identifier: MIT
"""extmailctl expire, on rows with all the dates that tables have."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, Extmailctl
from support.site import Site

DOMAIN = "ctl-expire.test"


@pytest.fixture
def database(site: Site, accounts: Accounts) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    accounts.domain(DOMAIN)
    today = datetime.date.today()
    for name, expires, active in (
        ("past", "2010-11-08", 1),
        ("today", str(today), 1),
        ("tomorrow", str(today + datetime.timedelta(days=1)), 1),
        ("never", "0000-00-00", 1),
        ("off", "2010-11-08", 0),
    ):
        accounts.mailbox(f"{name}@{DOMAIN}", expiredate=expires, active=active, question="问", disablepwdchange=1)
    yield database
    for table in ("mailbox", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain LIKE '%{DOMAIN}'")


def active(database: Database) -> dict[str, str]:
    rows = database.select(f"SELECT uid, active FROM mailbox WHERE domain = '{DOMAIN}'")
    return {uid: value for uid, value in rows}


BEFORE = {"past": "1", "today": "1", "tomorrow": "1", "never": "1", "off": "0"}
AFTER = {**BEFORE, "past": "0", "today": "0"}


def test_what_is_past_its_date_is_switched_off(ctl: Extmailctl, database: Database) -> None:
    dry = ctl.data("expire", "--domain", DOMAIN, "--dry-run")
    assert active(database) == BEFORE
    done = ctl.data("expire", "--domain", DOMAIN)
    assert [(each["kind"], each["name"]) for each in done] == [
        ("mailbox", f"past@{DOMAIN}"),
        ("mailbox", f"today@{DOMAIN}"),
    ]
    assert dry == done
    assert active(database) == AFTER
    # Nothing else is touched: expireusers.pl blanks these.
    assert database.select(f"SELECT DISTINCT question, disablepwdchange FROM mailbox WHERE domain = '{DOMAIN}'") == (
        ("问", "1"),
    )
    assert ctl.ok("expire", "--domain", DOMAIN) == ""
    mistyped = ctl("expire", "--domain", f"none.{DOMAIN}")
    assert (mistyped.status, f"there is no domain none.{DOMAIN}; extmailctl domain list" in mistyped.errors) == (REFUSED, True)


def test_a_domain_that_has_expired(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    accounts.domain(f"old.{DOMAIN}", expiredate="2010-11-08")
    assert ctl.ok("expire", "--domain", f"old.{DOMAIN}") == (
        f"kind    name                 expiredate\ndomain  old.{DOMAIN}  2010-11-08\n"
    )
    assert database.select(f"SELECT active FROM domain WHERE domain = 'old.{DOMAIN}'") == (("0",),)
    assert active(database) == BEFORE


def test_a_dry_run_shows_sql_that_does_it(ctl: Extmailctl, database: Database) -> None:
    shown = ctl.ok("expire", "--domain", DOMAIN, "--dry-run")
    assert active(database) == BEFORE
    assert not database.run(shown).error
    assert active(database) == AFTER


def test_where_dates_are_ignored_nobody_is_locked_out(
    site: Site, ctl: Extmailctl, database: Database, tmp_path: Path
) -> None:
    config = tmp_path / "extmail.toml"
    hosts = f'[database]\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n[mail]\nexpiry = "ignore"\n'
    config.write_text(hosts, encoding="utf-8")
    lenient = Extmailctl(site, str(config))
    done = lenient("expire", "--domain", DOMAIN)
    assert (done.status, 'expiry = "ignore"' in done.errors, active(database)) == (REFUSED, True, BEFORE)
    assert f"past@{DOMAIN}" in lenient.ok("expire", "--domain", DOMAIN, "--dry-run")
    lenient.ok("expire", "--domain", DOMAIN, "--force")
    assert active(database) == AFTER
