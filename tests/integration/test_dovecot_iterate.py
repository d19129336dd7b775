# SPDX-License-Identifier: MIT
"""doveadm user '*' over a hundred thousand users: complete or failed, and nobody waits for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import synthetic, wait_until
from support.accounts import Accounts, Mailbox
from support.dovecot import ExtraDovecot
from support.dovecot_auth import OK
from support.extra_daemon import ExtraDaemon
from support.passwords import new_password
from support.site import Site
from support.tools import Done

DOMAIN = "dovecot-iterate.test"
DOMAINS, USERS = 100, 1000  # in each
LOGINS = 50
LIST_SECONDS = 300
WORKER = "dovecot/auth -w"
WORKER_KILLED = r"service\(auth-worker\): child \d+ killed with signal 9$"
LIST_ABORTED = r"auth-worker: Aborted LIST request for \*: Worker process died unexpectedly$"


@pytest.fixture(scope="module")
def crowd(site: Site) -> Iterator[None]:
    """Gone afterwards: other tests have less to read."""
    synthetic.add(site.demo.mariadb, DOMAINS, USERS)
    yield
    for table in ("mailbox", "alias", "domain"):
        site.demo.sql(f"DELETE FROM {table} WHERE domain REGEXP ?", r"^d[0-9]+\.test$")


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"joe@{DOMAIN}")


@pytest.fixture
def authd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    """Dovecot's users may ask for the list."""
    daemon = extra_daemon("authd")
    daemon.change("[authd]\n", '[authd]\ncredentials_users = ["root", "dovecot"]\n')
    daemon.start()
    return daemon


@pytest.fixture
def dovecot(authd: ExtraDaemon, extra_dovecot: Callable[[], ExtraDovecot]) -> ExtraDovecot:
    dovecot = extra_dovecot()
    dovecot.ask(authd.socket)
    dovecot.start()
    return dovecot


class Listing:
    """doveadm user PATTERN, under way."""

    def __init__(self, dovecot: ExtraDovecot, pattern: str, folder: Path) -> None:
        self._output = folder / "output"
        self._errors = folder / "errors"
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            command = [*dovecot.doveadm, "user", pattern]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd="/")

    @property
    def is_under_way(self) -> bool:
        return self._process.poll() is None

    def end(self) -> Done:
        status = self._process.wait(LIST_SECONDS)
        return Done(status, self._output.read_text(), self._errors.read_text())


def is_whole(site: Site, listed: list[str], joe: Mailbox) -> bool:
    """Of those that other tests have closed, some are no users."""
    rows = {str(name) for (name,) in site.demo.sql("SELECT username FROM mailbox")}
    crowd = {f"u{user}@d{domain}.test" for domain in range(1, DOMAINS + 1) for user in range(1, USERS + 1)}
    return len(listed) == len(set(listed)) and crowd | {joe.address} <= set(listed) <= rows


class TestListing:
    def test_has_every_user_once_while_logins_go_on(
        self, site: Site, crowd: None, dovecot: ExtraDovecot, joe: Mailbox, tmp_path: Path
    ) -> None:
        with dovecot.auth() as auth:
            assert auth.log_in(joe.address, joe.password) == OK
            listing = Listing(dovecot, "*", tmp_path)
            answered = 0
            while listing.is_under_way:
                assert auth.log_in(joe.address, joe.password) == OK
                answered += listing.is_under_way
        done = listing.end()
        assert done.status == 0, done.errors
        assert is_whole(site, done.output.splitlines(), joe)
        # None of them had to wait for the end of the list.
        assert answered >= LOGINS

    def test_takes_a_pattern(self, dovecot: ExtraDovecot, joe: Mailbox, accounts: Accounts, tmp_path: Path) -> None:
        others = {accounts.mailbox(f"listed{number}@{DOMAIN}").address for number in range(3)}
        done = Listing(dovecot, f"listed*@{DOMAIN}", tmp_path).end()
        assert (done.status, set(done.output.splitlines())) == (0, others), done.errors


class TestFaults:
    """A list that is not whole is a failure: who backs up its users must not miss some."""

    @pytest.fixture
    def listing(self, crowd: None, authd: ExtraDaemon, dovecot: ExtraDovecot, tmp_path: Path) -> Iterator[Listing]:
        """Under way and not to be ended before extmail-authd goes on."""
        # A worker comes with the first lookup that wants one, and stays for the next.
        assert dovecot.run_doveadm("user", "nobody*").status == 0
        os.kill(authd.pid, signal.SIGSTOP)
        listing = Listing(dovecot, "*", tmp_path)
        wait_until(lambda: dovecot.processes(WORKER), "the worker", dovecot.log_file)
        yield listing
        if authd.is_running():
            os.kill(authd.pid, signal.SIGCONT)
        listing.end()

    def test_authd_killed_meanwhile(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, listing: Listing, joe: Mailbox
    ) -> None:
        authd.kill()
        done = listing.end()
        assert done.status != 0
        authd.start()
        self.all_is_well(dovecot, joe)

    def test_worker_killed_meanwhile(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, listing: Listing, joe: Mailbox
    ) -> None:
        dovecot.expect(WORKER_KILLED)
        dovecot.expect(LIST_ABORTED)  # where auth notices before doveadm has gone
        for pid in dovecot.processes(WORKER):
            os.kill(pid, signal.SIGKILL)
        done = listing.end()
        assert done.status != 0
        os.kill(authd.pid, signal.SIGCONT)
        self.all_is_well(dovecot, joe)

    def test_dovecot_reloaded_meanwhile(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, listing: Listing, joe: Mailbox, site: Site
    ) -> None:
        dovecot.reload()
        os.kill(authd.pid, signal.SIGCONT)
        done = listing.end()
        assert done.status != 0 or is_whole(site, done.output.splitlines(), joe)
        self.all_is_well(dovecot, joe)

    def all_is_well(self, dovecot: ExtraDovecot, joe: Mailbox) -> None:
        with dovecot.auth() as auth:
            wait_until(lambda: auth.log_in(joe.address, joe.password) == OK, "logins to work again")
            assert auth.log_in(joe.address, new_password()) != OK

        def list_joe() -> list[str]:
            return dovecot.run_doveadm("user", f"joe@{DOMAIN[:-1]}*").output.split()

        wait_until(lambda: list_joe() == [joe.address], "a list to be complete again", dovecot.log_file)
        assert [line for line in dovecot.crashes() if not re.search(WORKER_KILLED, line)] == []
