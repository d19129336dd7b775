# SPDX-License-Identifier: MIT
"""extmailctl flush, seen by the figures of three daemons that have answered before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.auth_protocol import AuthClient
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.site import Site
from support.socketmap import Socketmap
from support.tools import run
from support.watched_daemon import WatchedDaemon

DOMAIN = "ctl-flush.test"
CLIENT = "192.0.2.91"
PAGE = (Path(__file__).resolve().parents[2] / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^# (extmailctl flush.*)\n((?:[^`#].*\n)*)", PAGE, flags=re.MULTILINE)


@pytest.fixture
def watched(extra_daemon: Callable[[str], ExtraDaemon]) -> Callable[[str], WatchedDaemon]:
    def start(kind: str) -> WatchedDaemon:
        daemon = WatchedDaemon(extra_daemon(kind))
        if kind == "authd":
            daemon.daemon.change("[authd]\n", "[authd]\nwarm_up = false\n")
        daemon.start()
        daemon.daemon.log.wait_for("change_log_followed: ")
        return daemon

    return start


class Figures:
    """What a daemon asked of the database, and how often it was told to do so anew."""

    def __init__(self, daemon: WatchedDaemon) -> None:
        self._daemon = daemon
        self._prefix = f"extmail_{daemon.daemon.kind}_"

    def __getitem__(self, name: str) -> float:
        return self._daemon.page()[self._prefix + name]

    @property
    def keys(self) -> float:
        return self["database_keys_total"]

    def await_one_more(self, counter: str, before: float) -> None:
        self._daemon.await_value(self._prefix + counter, before + 1)


def test_all_daemons_find_out_anew(
    ctl: Extmailctl, accounts: Accounts, watched: Callable[[str], WatchedDaemon]
) -> None:
    accounts.domain(DOMAIN)
    user = accounts.mailbox(f"user@{DOMAIN}")
    daemons = {kind: watched(kind) for kind in ("mapd", "authd", "policyd")}
    figures = {kind: Figures(daemon) for kind, daemon in daemons.items()}
    sockets = {kind: str(daemon.daemon.socket) for kind, daemon in daemons.items()}
    with (
        Socketmap(sockets["mapd"]) as maps,
        AuthClient.greeted(sockets["authd"]) as auth,
        PolicyClient(sockets["policyd"]) as policy,
    ):

        def ask_all() -> None:
            assert maps.ask("virtual_mailbox_maps", user.address).startswith("OK ")
            assert auth.verify(user.address, user.password, remote=CLIENT).status == "ok"
            assert policy.ask(recipient=user.address) == "DUNNO"

        ask_all()
        ask_all()
        known = {kind: each.keys for kind, each in figures.items()}
        assert figures["authd"]["remembered_logins_total"] == 1
        ask_all()
        assert {kind: each.keys for kind, each in figures.items()} == known
        assert figures["authd"]["remembered_logins_total"] == 2

        flushes = {kind: each["change_log_flushes_total"] for kind, each in figures.items()}
        assert ctl.ok("flush") == "everything is read anew when it is next asked for\n"
        for kind, each in figures.items():
            each.await_one_more("change_log_flushes_total", flushes[kind])
            daemons[kind].daemon.log.wait_for("cache_flushed: ")
        ask_all()
        for kind, each in figures.items():
            assert each.keys > known[kind], kind
        # Hashed, and known from then on.
        assert figures["authd"]["remembered_logins_total"] == 2
        ask_all()
        assert figures["authd"]["remembered_logins_total"] == 3


def test_a_single_name(ctl: Extmailctl, accounts: Accounts, watched: Callable[[str], WatchedDaemon]) -> None:
    accounts.domain(f"one.{DOMAIN}")
    first, second = (accounts.mailbox(f"{name}@one.{DOMAIN}").address for name in ("a", "b"))
    daemon = watched("mapd")
    figures = Figures(daemon)
    with Socketmap(str(daemon.daemon.socket)) as maps:
        for address in (first, second):
            assert maps.ask("virtual_mailbox_maps", address).startswith("OK ")
        newest, keys = figures["change_log_newest_id"], figures.keys
        assert ctl.ok("flush", first.upper()) == f"{first.upper()} is read anew when it is next asked for\n"
        daemon.await_value("extmail_mapd_change_log_newest_id", newest + 3)  # mailbox, alias, policy
        assert maps.ask("virtual_mailbox_maps", second).startswith("OK ")
        assert figures.keys == keys
        assert maps.ask("virtual_mailbox_maps", first).startswith("OK ")
        assert figures.keys == keys + 1
        assert figures["change_log_flushes_total"] == 0


def test_a_dry_run_shows_what_would_be_noted(ctl: Extmailctl) -> None:
    def noted(*words: str) -> list[tuple[str, str]]:
        return re.findall(r"VALUES \('(\d+)', '(.*)'\)", ctl.ok("flush", "--dry-run", *words))

    assert noted() == [("255", "")]
    assert noted("User@Test.com") == [(kind, "user@test.com") for kind in "123"]
    # A domain in other letters may stand in rows in either form.
    for name in ("Bücher.test", "xn--bcher-kva.test"):
        assert sorted(noted(name)) == [
            *(("0", "bücher.test"), ("0", "xn--bcher-kva.test")),
            *(("2", "@bücher.test"), ("2", "@xn--bcher-kva.test")),
            *(("3", "@bücher.test"), ("3", "@xn--bcher-kva.test")),
        ]


@pytest.mark.parametrize("name", ["", "no domain", "a@b@", "@", "x@[192.0.2.1]", "a" * 2000])
def test_what_is_no_name_is_refused(ctl: Extmailctl, name: str) -> None:
    done = ctl("flush", name)
    assert (done.status, done.output) == (WRONG_USAGE, "")


def test_a_terminal_obeys_no_name(ctl: Extmailctl) -> None:
    assert "\\x1b[31m@ is neither an address nor a domain" in ctl("flush", "\033[31m@").errors


def test_without_a_change_log_it_says_what_to_do(site: Site, tmp_path: Path) -> None:
    config = tmp_path / "extmail.toml"
    config.write_text(f'[database]\nname = "mysql"\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n')
    done = Extmailctl(site, str(config))("flush")
    assert (done.status, done.output) == (REFUSED, "")
    assert "the database has no change log" in done.errors and "sql/change_log.sql" in done.errors


def test_the_examples(ctl: Extmailctl) -> None:
    assert len(EXAMPLES) == 2
    for command, shown in EXAMPLES:
        done = run(["bash", "-c", f'extmailctl() {{ {" ".join(ctl.command())} "$@"; }}; {command}'])
        assert (command, done.all) == (command, shown)
