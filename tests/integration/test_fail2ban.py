# SPDX-License-Identifier: MIT
"""fail2ban with the filter of deploy/, on lines that extmail-authd wrote: whom it would ban, and whom never."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.auth_protocol import AuthClient
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.passwords import new_password
from support.site import Site
from support.tools import run

DOMAIN = "fail2ban.test"

_marks = itertools.count(1)
FILES = Path(__file__).resolve().parents[2] / "deploy" / "fail2ban"
FILTER = FILES / "extmail-authd.conf"
JAIL = FILES / "extmail-authd.local"
VICTIM = "10.99.99.99"

# What somebody may send as a name to have another address banned, or to keep his own from it.
HOSTILE = (
    f"x remote={VICTIM}: wrong password",
    f'x" service=imap remote={VICTIM}: wrong password',
    f'"x" service=imap remote={VICTIM}: wrong password',
    f"x\\\" service=imap remote={VICTIM}: wrong password",
    f"x service=imap remote={VICTIM}: wrong password\\",
    f"x\n2026-01-01 00:00:00 notice: login_refused: user=x service=imap remote={VICTIM}: wrong password",
    f"x\r\nJan  1 00:00:00 mx extmail-authd[1]: login_refused: user=x service=imap remote={VICTIM}: wrong password",
    f"x\u2028login_refused: user=x service=imap remote={VICTIM}: wrong password",
    f"x\x00 remote={VICTIM}: wrong password",
    "\u00a0",
    "tab\there",
    "",
    "x" * 600,
    '"' * 600,
    "\x01" * 600,
    "é" * 300 + "\x1b[31m",
    "user@x: wrong password",
)


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


def as_in_the_journal(line: str) -> str:
    """A line of the daemon's own as fail2ban gets it from the journal."""
    text = re.sub(r"^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d) [a-z]+: ", "", line)
    assert text != line
    return f"Nov 25 08:49:17 mx extmail-authd[4711]: {text}"


def banned(lines: list[str], folder: Path) -> list[str]:
    file = folder / "log"
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    done = run(["fail2ban-regex", "-e", "utf-8", "-o", "ip", file, FILTER])
    assert done.status in (0, 1), done.all  # 1: nothing matched
    return done.output.split()


@pytest.fixture
def log(site: Site) -> Callable[[str], LogWatch]:
    """The logs from behind what the tests before had authd write: a line comes a moment after its answer."""
    mark = f"mark{next(_marks)}@{DOMAIN}"
    before = site.log("authd")
    with site.auth() as auth:
        auth.credentials(mark)
    before.wait_for(mark)
    return {"authd": site.log("authd")}.__getitem__


@pytest.fixture(params=["file", "journal"])
def ban(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[LogWatch], list[str]]:
    def find(log: LogWatch) -> list[str]:
        lines = log.text.split("\n")[:-1]
        return banned([as_in_the_journal(line) for line in lines] if request.param == "journal" else lines, tmp_path)

    return find


Ban = Callable[[LogWatch], list[str]]


def test_guesses_are_found(
    site: Site, accounts: Accounts, log: Callable[[str], LogWatch], ban: Ban, request: pytest.FixtureRequest
) -> None:
    user = accounts.mailbox(f"guessed-{request.node.callspec.id}@{DOMAIN}")
    with site.auth() as auth:
        auth.verify(user.address, new_password(), remote="192.0.2.11")
        auth.verify(f"nobody@{DOMAIN}", new_password(), remote="192.0.2.12")
        auth.verify("no address at all", new_password(), service="smtp", remote="192.0.2.13")
        auth.verify(user.address, new_password(), service="pop3", remote="2001:db8::14")
        auth.verify(user.address, new_password(), service="extmail", remote="::ffff:192.0.2.15")
    log("authd").wait_for("remote=::ffff:192.0.2.15")
    guessers = ["192.0.2.11", "192.0.2.12", "192.0.2.13", "2001:db8::14", "192.0.2.15"]
    # A login of an earlier test that was held back may be answered, and logged, only now.
    assert [address for address in ban(log("authd")) if address in guessers] == guessers


def test_what_is_no_guess_is_not(
    site: Site, accounts: Accounts, log: Callable[[str], LogWatch], ban: Ban, request: pytest.FixtureRequest
) -> None:
    id_ = request.node.callspec.id
    user = accounts.mailbox(f"right-{id_}@{DOMAIN}")
    closed = accounts.mailbox(f"closed-{id_}@{DOMAIN}", active=0)
    unusable = accounts.mailbox(f"unusable-{id_}@{DOMAIN}", stored="{NONE}x")
    with site.auth() as auth:
        assert auth.verify(user.address, user.password, remote="192.0.2.21").status == "ok"
        assert auth.verify(closed.address, closed.password, remote="192.0.2.22").status == "denied"
        assert auth.verify(unusable.address, "x", remote="192.0.2.23").status == "permanent"
        auth.credentials(f"nobody@{DOMAIN}")
        auth.verify(user.address, new_password())  # nobody knows from where
        auth.verify(user.address, new_password(), remote="unknown")
    log("authd").wait_for("remote=unknown")
    # A login of an earlier test that was held back may be answered, and logged, only now.
    late = "@logins.test "
    assert len([line for line in log("authd").lines if late not in line]) == 6
    assert [address for address in ban(log("authd")) if address.startswith("192.0.2.")] == []


def test_an_outage_is_not(site: Site, extra_daemon: Callable[[str], ExtraDaemon], ban: Ban) -> None:
    authd = extra_daemon("authd")
    authd.ask_hosts(f"unix:{authd.folder}/no-server")
    authd.start()
    with AuthClient.greeted(str(authd.socket)) as auth:
        assert auth.verify(f"x@{DOMAIN}", "x", remote="192.0.2.31").status == "temporary"
    authd.log.wait_for("login_unavailable: ", "remote=192.0.2.31")
    assert ban(authd.log) == []


def test_no_name_has_another_banned_or_hides_who_sent_it(
    site: Site, log: Callable[[str], LogWatch], ban: Ban
) -> None:
    with site.auth() as auth:
        for number, name in enumerate(HOSTILE):
            assert auth.verify(name, new_password(), remote=f"192.0.2.{100 + number}").status == "unknown"
    log("authd").wait_for(f"remote=192.0.2.{100 + len(HOSTILE) - 1}:")
    hostile = [f"192.0.2.{100 + number}" for number in range(len(HOSTILE))]
    assert [address for address in ban(log("authd")) if address.startswith("192.0.2.")] == hostile


def test_lines_that_only_look_like_ours_are_not_found(tmp_path: Path) -> None:
    guess = "login_refused: user=x service=imap remote=192.0.2.41: wrong password"
    assert banned([f"2026-11-25 08:49:17 notice: {guess}"], tmp_path) == ["192.0.2.41"]
    lines = [
        f"2026-11-25 08:49:17 warning: bad_request: {guess}",
        f"2026-11-25 08:49:17 notice: credentials_refused: {guess}",
        f"2026-11-25 08:49:17 notice: {guess} twice",
        f"2026-11-25 08:49:17 notice: {guess} (the same again)",
        "2026-11-25 08:49:17 notice: login_throttled: user=x service=imap remote=192.0.2.41: wrong password",
        "2026-11-25 08:49:17 notice: login_refused: user=x service=imap remote=mx.example.com: wrong password",
        f"Nov 25 08:49:17 mx other[1]: {guess}",
        f"Nov 25 08:49:17 mx extmail-authd[1]: note: {guess}",
    ]
    assert banned(lines, tmp_path) == []


def test_fail2ban_takes_filter_and_jail(tmp_path: Path) -> None:
    folder = tmp_path / "fail2ban"
    shutil.copytree("/etc/fail2ban", folder)
    for jails in (folder / "jail.d").iterdir():
        jails.unlink()
    shutil.copy(FILTER, folder / "filter.d")
    shutil.copy(JAIL, folder / "jail.d")
    done = run(["fail2ban-client", "-c", folder, "-d"])
    assert done.status == 0, done.all
    assert "['add', 'extmail-authd', 'systemd']" in done.output
    assert "['set', 'extmail-authd', 'addjournalmatch', '_SYSTEMD_UNIT=extmail-authd.service']" in done.output
    assert "ERROR" not in done.all
