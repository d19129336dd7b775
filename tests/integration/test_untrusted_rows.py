# SPDX-License-Identifier: MIT
"""Rows that somebody else than an administrator may have written: what they must not do is refused, and named."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Columns
from support.auth_protocol import AuthClient
from support.extra_daemon import ExtraDaemon
from support.site import Site

DOMAIN = "untrusted-rows.test"
SCHEMA = Path(__file__).resolve().parents[2] / "sql/extmail.sql"
NOT_BASE, NOT_DOMAIN = "leaves the mail base ", f"is not in the folder of the domain {DOMAIN}"

BAD_ROWS: list[tuple[Columns, str]] = [
    ({"uidnumber": 0}, "uidnumber 0 is below min_uid 500"),
    ({"uidnumber": 499}, "uidnumber 499 is below min_uid 500"),
    ({"uidnumber": -1}, "uidnumber -1 is below min_uid 500"),
    ({"gidnumber": 0}, "gidnumber 0 is below min_gid 500"),
    ({"maildir": "../../etc/"}, f"maildir {NOT_BASE}"),
    ({"maildir": "/etc/"}, f"maildir {NOT_BASE}"),
    ({"maildir": f"{DOMAIN}/../../up/Maildir/"}, f"maildir {NOT_BASE}"),
    ({"maildir": f"{DOMAIN}/x/../y/Maildir/"}, f"maildir {NOT_BASE}"),
    ({"maildir": "."}, f"maildir {NOT_BASE}"),
    ({"maildir": f"{DOMAIN}/new\nline/"}, f"maildir {NOT_BASE}"),
    ({"homedir": ".."}, f"homedir {NOT_BASE}"),
    ({"homedir": "/root"}, f"homedir {NOT_BASE}"),
    ({"maildir": "test.com/postmaster/Maildir/"}, f"maildir {NOT_DOMAIN}"),
    ({"maildir": f"{DOMAIN}/"}, f"maildir {NOT_DOMAIN}"),
    ({"maildir": f"{DOMAIN}.evil/x/"}, f"maildir {NOT_DOMAIN}"),
    ({"maildir": f"BD/98/76/{DOMAIN}/x/"}, f"maildir {NOT_DOMAIN}"),
    ({"homedir": "test.com/postmaster"}, f"homedir {NOT_DOMAIN}"),
]

# And the maildir below the mail base.
GOOD_ROWS: list[tuple[Columns, str]] = [
    ({}, f"{DOMAIN}/good/Maildir"),
    ({"uidnumber": 500, "gidnumber": 2147483647}, f"{DOMAIN}/good/Maildir"),
    ({"maildir": "", "homedir": ""}, f"{DOMAIN}/good/Maildir"),
    ({"maildir": f"{{base}}/{DOMAIN}/absolute/Maildir"}, f"{DOMAIN}/absolute/Maildir"),
    ({"maildir": f"BD/98/{DOMAIN}/99/5F/x/Maildir/"}, f"BD/98/{DOMAIN}/99/5F/x/Maildir"),
    ({"maildir": f"{DOMAIN}/..dots../x/"}, f"{DOMAIN}/..dots../x"),
    ({"maildir": f"{DOMAIN}//twice///x//"}, f"{DOMAIN}/twice/x"),
]

_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def domain(site: Site) -> None:
    site.accounts.domain(DOMAIN)


class TestRowsThatAreNotTrusted:
    """Without mail.uid and mail.gid the columns decide, and a domain's postmaster writes what they like."""

    @pytest.mark.parametrize(("columns", "said"), BAD_ROWS, ids=[str(columns) for columns, _ in BAD_ROWS])
    def test_are_refused_with_a_line_that_names_the_row(
        self, site: Site, columns_authd: ExtraDaemon, columns: Columns, said: str
    ) -> None:
        user = site.accounts.mailbox(f"row{next(_numbers)}@{DOMAIN}", **columns)
        with AuthClient.greeted(str(columns_authd.socket)) as auth:
            for reply in (auth.verify(user.address, user.password), auth.user(user.address)):
                assert (reply.status, set(reply.fields)) == ("permanent", {"reason"})
        columns_authd.log.wait_for("error: account_unusable: ", f"mailbox {user.address}: {said}")

    @pytest.mark.parametrize(
        ("columns", "maildir"), GOOD_ROWS, ids=[str(columns) for columns, _ in GOOD_ROWS]
    )
    def test_good_ones_are_served_as_they_stand(
        self, site: Site, columns_authd: ExtraDaemon, columns: Columns, maildir: str
    ) -> None:
        base = site.env["MAIL_BASE"]
        row = {name: str(value).replace("{base}", base) for name, value in columns.items()}
        user = site.accounts.mailbox(f"good{next(_numbers)}@{DOMAIN}", **row)
        try:
            with AuthClient.greeted(str(columns_authd.socket)) as auth:
                fields = auth.user(user.address).fields
        finally:
            site.accounts.delete(user)
        local = user.address.partition("@")[0]
        assert fields["maildir"] == f"{base}/{maildir.replace('/good/', f'/{local}/')}"
        assert fields["uid"] == row.get("uidnumber", "1000")
        assert fields["gid"] == row.get("gidnumber", "1000")

    def test_older_layouts_can_be_allowed(self, site: Site, authd: ExtraDaemon) -> None:
        """Then anything below the mail base will do, and nothing else."""
        authd.change('expiry = "enforce"', 'expiry = "enforce"\nconfine_to_domain = false')
        inside = site.accounts.mailbox(f"inside@{DOMAIN}", maildir="users/inside/", homedir="users/inside")
        outside = site.accounts.mailbox(f"outside@{DOMAIN}", maildir="../outside/")
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            assert auth.user(inside.address).fields["maildir"] == f"{site.env['MAIL_BASE']}/users/inside"
            assert auth.user(outside.address).status == "permanent"

    def test_null_everywhere_is_a_row_too(self, site: Site, authd: ExtraDaemon) -> None:
        """In a schema that somebody loosened. What is missing takes its default, or is refused by name."""
        copy_of_schema(site, "loose", authd)
        loosened = site.database(name="loose").run(
            "ALTER TABLE mailbox MODIFY active smallint NULL, MODIFY password varchar(255) NULL, "
            "MODIFY clearpwd varchar(128) NULL, MODIFY maildir varchar(255) NULL, "
            "MODIFY homedir varchar(255) NULL, MODIFY quota varchar(16) NULL, MODIFY uidnumber int NULL, "
            "MODIFY gidnumber int NULL, MODIFY expiredate date NULL",
            f"INSERT INTO domain (domain) VALUES ('{DOMAIN}')",
            "INSERT INTO mailbox (username, active, password, clearpwd, maildir, homedir, quota, uidnumber, "
            f"gidnumber, expiredate) VALUES ('no-ids@{DOMAIN}', 1, '{{PLAIN}}null-row', NULL, NULL, NULL, "
            "NULL, NULL, NULL, NULL)",
            "INSERT INTO mailbox (username, active, password, uidnumber, gidnumber) VALUES "
            f"('ids@{DOMAIN}', 1, '{{PLAIN}}null-row', 1000, 1000), "
            f"('inactive@{DOMAIN}', NULL, '{{PLAIN}}null-row', 1000, 1000), "
            f"('no-password@{DOMAIN}', 1, NULL, 1000, 1000)",
        )
        assert not loosened.error, loosened.message
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            assert auth.verify(f"ids@{DOMAIN}", "null-row").fields == {
                "user": f"ids@{DOMAIN}",
                "uid": "1000",
                "gid": "1000",
                "home": f"{site.env['MAIL_BASE']}/{DOMAIN}/ids",
                "maildir": f"{site.env['MAIL_BASE']}/{DOMAIN}/ids/Maildir",
            }
            assert auth.verify(f"no-ids@{DOMAIN}", "null-row").status == "permanent"
            assert auth.verify(f"inactive@{DOMAIN}", "null-row").status == "denied"
            assert auth.verify(f"no-password@{DOMAIN}", "null-row").status == "permanent"
        authd.log.wait_for("error: account_unusable: ", f"mailbox no-ids@{DOMAIN}: uidnumber NULL")

    @pytest.fixture(scope="class")
    def columns_authd(self, site: Site) -> Iterator[ExtraDaemon]:
        daemon = ExtraDaemon(site, "authd")
        daemon.start()
        yield daemon
        daemon.close()


def copy_of_schema(site: Site, name: str, daemon: ExtraDaemon) -> None:
    """An empty database with our schema, and the daemon pointed to it, with an account for it alone."""
    administrator = site.database(name="mysql")
    administrator.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    assert not site.database(name=name).source(SCHEMA).error
    granted = administrator.run(
        f"CREATE USER {name}@localhost IDENTIFIED BY 'known-to-{name}'",
        f"GRANT SELECT ON {name}.* TO {name}@localhost",
    )
    assert not granted.error, granted.message
    daemon.write_password(f"known-to-{name}")
    daemon.change('name = "extmail"', f'name = "{name}"')
    daemon.change(f'database_user = "extmail_{daemon.kind}"', f'database_user = "{name}"')
