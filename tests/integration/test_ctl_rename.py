# SPDX-License-Identifier: MIT
"""extmailctl mailbox rename and domain rename: rows, folders, and that each row leads to where its mail is."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, Extmailctl
from support.site import Site
from test_ctl_mailbox import add, count, row


@pytest.fixture
def database(site: Site) -> Database:
    return Database(site.env["MYSQL_SOCKET"])


@pytest.fixture
def domain(accounts: Accounts) -> str:
    return accounts.domain(f"d{secrets.token_hex(4)}.ctl-rename.test", disableimap=0, default_quota="104857600S")


@pytest.fixture
def base(site: Site) -> Path:
    return Path(site.env["MAIL_BASE"])


def test_all_that_belongs_to_it_goes_along(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path, site: Site
) -> None:
    password = add(ctl, f"joe@{domain}")
    other = accounts.domain("other." + domain)
    (base / domain / "joe/Maildir/new/mail").touch()
    accounts.alias(f"all@{domain}", f"x@{domain},JOE@{domain},big.joe@{domain}")
    assert not database.run(
        f"INSERT INTO extmail_user_field (username, name, value) VALUES ('joe@{domain}', 'nologin', '')"
    ).error
    ctl.ok("mailbox", "rename", f"joe@{domain}", f"jim@{other}")
    renamed = row(database, f"jim@{other}")
    assert (renamed[1], renamed[5], renamed[6], renamed[9]) == (
        "jim",
        f"{other}/jim/Maildir/",
        f"{other}/jim",
        other,
    )
    assert ((base / other / "jim/Maildir/new/mail").exists(), (base / domain / "joe").exists()) == (True, False)
    assert database.select(f"SELECT goto FROM alias WHERE address = 'all@{domain}'") == (
        (f"x@{domain},jim@{other},big.joe@{domain}",),
    )
    assert database.select(f"SELECT COUNT(*) FROM extmail_user_field WHERE username = 'jim@{other}'") == (("1",),)
    with site.auth() as auth:
        wait_until(lambda: auth.verify(f"jim@{other}", password).status == "ok", "the renamed one logs in", timeout=10)


def test_the_maildir_keeps_its_place_in_the_home_folder(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path
) -> None:
    """As in rows that come from PostfixAdmin, where it is that folder itself."""
    accounts.mailbox(f"joe@{domain}", maildir=f"{domain}/joe/", homedir=f"{domain}/joe")
    ctl.ok("maildir", "create-missing", "--domain", domain)
    (base / domain / "joe/new/mail").touch()
    ctl.ok("mailbox", "rename", f"joe@{domain}", f"jim@{domain}")
    assert row(database, f"jim@{domain}")[5:7] == (f"{domain}/jim/", f"{domain}/jim")
    assert (base / domain / "jim/new/mail").exists()
    assert "missing: " not in ctl.ok("maildir", "create-missing", "--domain", domain, "--dry-run")


def test_a_folder_with_the_mail_of_others_stays(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path
) -> None:
    add(ctl, f"joe@{domain}")
    # That this one is not served, for its uid, is no reason to take its mail away.
    accounts.mailbox(f"ann@{domain}", maildir=f"{base}/{domain}/joe/ann/", homedir="", uidnumber=0)
    done = ctl("mailbox", "rename", f"joe@{domain}", f"jim@{domain}")
    assert (done.status, f"joe has the mail of ann@{domain} in it, too" in done.errors) == (REFUSED, True), done.all
    assert (base / domain / "joe/Maildir/cur").is_dir()
    assert count(database, f"joe@{domain}") == "1"


def test_mail_that_stays_is_found_by_empty_paths_too(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
) -> None:
    accounts.mailbox(f"joe@{domain}", maildir="", homedir="")
    ctl.ok("mailbox", "rename", f"joe@{domain}", f"jim@{domain}", "--no-maildir")
    assert row(database, f"jim@{domain}")[5:7] == (f"{domain}/joe/Maildir/", "")


def test_what_is_to_be_moved_on_another_host_is_said(
    ctl: Extmailctl, accounts: Accounts, domain: str, base: Path
) -> None:
    accounts.mailbox(f"joe@{domain}", mailhost="elsewhere")
    done = ctl("mailbox", "rename", f"joe@{domain}", f"jim@{domain}")
    said = f"its mail is on elsewhere: move {base}/{domain}/joe to {base}/{domain}/jim there"
    assert (done.status, said in done.errors) == (0, True), done.all


def test_what_is_in_the_way_stays(ctl: Extmailctl, database: Database, domain: str, base: Path) -> None:
    add(ctl, f"joe@{domain}")
    (base / domain / "jim").mkdir()
    done = ctl("mailbox", "rename", f"joe@{domain}", f"jim@{domain}")
    assert (done.status, "is there already: move it away first" in done.errors) == (REFUSED, True), done.all
    assert count(database, f"joe@{domain}") == "1"
    assert (base / domain / "joe/Maildir/cur").is_dir()


def test_a_domain_takes_gotos_along(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
) -> None:
    accounts.alias(f"all@{domain}", f"a@{domain},b@sub.{domain},c@{domain.upper()},@{domain},local")
    new = f"new-{domain}"
    ctl.ok("domain", "rename", domain, new)
    assert database.select(f"SELECT address, goto FROM alias WHERE domain = '{new}'") == (
        (f"all@{new}", f"a@{new},b@sub.{domain},c@{new},@{new},local"),
    )


def test_a_domain_takes_its_mail_along(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path, site: Site
) -> None:
    password = add(ctl, f"joe@{domain}")
    (base / domain / "joe/Maildir/new/mail").touch()
    new = f"new-{domain}"
    ctl.ok("domain", "rename", domain, new)
    assert row(database, f"joe@{new}")[5:7] == (f"{new}/joe/Maildir/", f"{new}/joe")
    assert ((base / new / "joe/Maildir/new/mail").exists(), (base / domain).exists()) == (True, False)
    with site.auth() as auth:
        wait_until(lambda: auth.verify(f"joe@{new}", password).status == "ok", "joe logs in", timeout=10)
    accounts.mailbox(f"none@{new}", maildir="", homedir="")
    ctl.ok("domain", "rename", new, domain, "--no-maildir")
    assert row(database, f"joe@{domain}")[5] == f"{new}/joe/Maildir/"
    assert row(database, f"none@{domain}")[5:7] == (f"{new}/none/Maildir/", f"{new}/none")
    assert (base / new / "joe/Maildir/new/mail").exists()


@pytest.mark.parametrize(
    ("maildir", "homedir", "renamed"),
    [
        ("{base}/{domain}/joe/Maildir/", "{base}/{domain}/joe", ("{new}/joe/Maildir/", "{new}/joe")),
        ("./{domain}//joe/mail", "{domain}/joe/", ("{new}/joe/mail", "{new}/joe")),
        ("{domain}/joe/", "{domain}/joe", ("{new}/joe/", "{new}/joe")),
        ("", "", ("", "")),
        ("", "{domain}/box/joe", None),  # of which one follows the name, and the other would not
    ],
    ids=["absolute", "dots", "home", "empty", "half"],
)
def test_a_domain_takes_mail_along_however_the_row_says_where_it_is(
    ctl: Extmailctl,
    database: Database,
    accounts: Accounts,
    domain: str,
    base: Path,
    maildir: str,
    homedir: str,
    renamed: tuple[str, str] | None,
) -> None:
    new = f"new-{domain}"
    words = {"base": base, "domain": domain, "new": new}
    accounts.mailbox(f"joe@{domain}", maildir=maildir.format(**words), homedir=homedir.format(**words))
    ctl.ok("maildir", "create-missing", "--domain", domain)
    ctl.ok("domain", "rename", domain, new)
    assert not (base / domain).exists()
    assert ctl.ok("maildir", "create-missing", "--domain", new, "--dry-run") == "0 missing\n"
    if renamed:
        assert row(database, f"joe@{new}")[5:7] == tuple(path.format(**words) for path in renamed)


def test_a_domain_with_mail_that_would_be_lost_keeps_its_name(
    ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path
) -> None:
    add(ctl, f"joe@{domain}")
    new = f"new-{domain}"
    other = accounts.domain(f"other.{domain}")
    stranger = accounts.mailbox(f"ann@{other}", maildir=f"{domain}/ann/", homedir="")
    done = ctl("domain", "rename", domain, new)
    assert (done.status, f"has the mail of ann@{other} in it, too" in done.errors) == (REFUSED, True), done.all
    accounts.delete(stranger)
    accounts.mailbox(f"jim@{domain}", maildir=f"AB/{domain}/jim/", homedir=f"AB/{domain}/jim")
    done = ctl("domain", "rename", domain, new)
    assert (done.status, f"the mail of jim@{domain} is not in the domain's folder" in done.errors) == (
        REFUSED,
        True,
    ), done.all
    assert (count(database, f"joe@{domain}"), (base / domain / "joe/Maildir").exists()) == ("1", True)
    ctl.ok("domain", "rename", domain, new, "--no-maildir")
