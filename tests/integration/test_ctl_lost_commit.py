# SPDX-License-Identifier: MIT
"""extmailctl loses its database as it commits: it tells what holds and what nobody knows, and hides no mail."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import NOBODY_COULD_TELL, Extmailctl
from support.relay import Relay
from support.site import Site

ACCOUNT = "'lost_commit'@'localhost'"
PASSWORD = secrets.token_hex(16)


@pytest.fixture
def database(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    assert not database.run(
        f"CREATE USER {ACCOUNT} IDENTIFIED BY '{PASSWORD}'", f"GRANT ALL ON extmail.* TO {ACCOUNT}"
    ).error
    yield database
    database.run(f"DROP USER {ACCOUNT}")


@pytest.fixture
def relay(site: Site) -> Iterator[Relay]:
    with Relay(site.env["MYSQL_SOCKET"]) as relay:
        yield relay


@pytest.fixture
def far(site: Site, relay: Relay, tmp_path: Path) -> Extmailctl:
    """Behind the relay."""
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n", encoding="utf-8")
    password.chmod(0o600)
    config = tmp_path / "extmail.toml"
    config.write_text(
        f'[database]\nhosts = ["tcp:127.0.0.1:{relay.port}"]\n'
        f'[mail]\nbase = "{site.env["MAIL_BASE"]}"\n'
        f'[ctl]\ndatabase_user = "lost_commit"\ndatabase_password_file = "{password}"\n',
        encoding="utf-8",
    )
    return Extmailctl(site, str(config))


@pytest.fixture
def domain(accounts: Accounts, ctl: Extmailctl) -> str:
    """With a mailbox joe, and its folder."""
    domain = accounts.domain(f"d{secrets.token_hex(4)}.lost-commit.test", maxquota="0S")
    ctl.ok("mailbox", "add", f"joe@{domain}", "--generate")
    return domain


def users(database: Database, domain: str) -> tuple[tuple[str, ...], ...]:
    return database.select(f"SELECT username FROM mailbox WHERE domain = '{domain}'")


@pytest.mark.usefixtures("database")
def test_what_is_committed_is_told_to_be(far: Extmailctl, relay: Relay, domain: str) -> None:
    """A commit is one question: nothing that is asked after it can fail."""
    relay.lose(b"SET autocommit=1", is_heard=False)
    assert far.ok("mailbox", "rename", f"joe@{domain}", f"jim@{domain}") == f"mailbox joe@{domain} is now jim@{domain}\n"


@pytest.mark.parametrize("is_heard", [True, False], ids=["done", "not done"])
def test_what_nobody_knows_is_left_as_it_is(
    far: Extmailctl, relay: Relay, database: Database, site: Site, domain: str, is_heard: bool
) -> None:
    relay.lose(b"COMMIT", is_heard)
    done = far("mailbox", "rename", f"joe@{domain}", f"jim@{domain}")
    folder = Path(site.env["MAIL_BASE"]) / domain
    assert done.status == NOBODY_COULD_TELL, done.all
    assert "it was to commit a transaction, and nobody knows whether it has" in done.errors
    assert f"done, and to be undone by hand if they are as they were: move {folder}/joe to {folder}/jim\n" in done.errors
    assert (folder / "jim/Maildir").is_dir() and not (folder / "joe").exists()
    assert users(database, domain) == ((f"{'jim' if is_heard else 'joe'}@{domain}",),)


def test_mail_is_not_deleted_with_a_row_that_may_be_there(
    far: Extmailctl, relay: Relay, database: Database, site: Site, domain: str
) -> None:
    relay.lose(b"COMMIT", is_heard=True)
    done = far("mailbox", "delete", f"joe@{domain}", "--files", "--yes")
    folder = Path(site.env["MAIL_BASE"]) / domain
    assert (done.status, users(database, domain)) == (NOBODY_COULD_TELL, ()), done.all
    assert f"not done, and left to do if they are as they were to be: delete the folder {folder}/joe\n" in done.errors
    assert (folder / "joe/Maildir").is_dir()
