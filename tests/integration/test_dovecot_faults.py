# SPDX-License-Identifier: MIT
"""extmail-authd and Dovecot go away from one another under load: no good password is wrong, no wrong one is good."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.dovecot import CLIENT_LEFT, ExtraDovecot
from support.dovecot_auth import CLOSED, OK, TEMPORARY, WRONG, DovecotAuth
from support.extra_daemon import ExtraDaemon
from support.fake_authd import FakeAuthd
from support.login_load import LoginLoad
from support.outages import Outage, stands_still
from support.passwords import new_password
from support.site import Site

DOMAIN = "dovecot-faults.test"
TIMEOUT_SECONDS = 2
ANSWER_SECONDS = 20
PENDING = 40
AUTH = "dovecot/auth"  # the process
# A plugin may wait so long between attempts to connect.
RECONNECT_SECONDS = 1


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"joe@{DOMAIN}")


@pytest.fixture
def authd(site: Site, extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    daemon = extra_daemon("authd")
    daemon.start()
    return daemon


@pytest.fixture
def dovecot(authd: ExtraDaemon, extra_dovecot: Callable[[], ExtraDovecot]) -> Iterator[ExtraDovecot]:
    """It asks a daemon that no other test has to do with. Whatever is done to the two, it does not crash."""
    dovecot = extra_dovecot()
    dovecot.ask(authd.socket)
    dovecot.set_timeout(TIMEOUT_SECONDS)
    dovecot.start()
    yield dovecot
    dovecot.stop()
    assert dovecot.crashes() == []


def hang(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    wait_until(partial(stands_still, pid), "it to stop in its tracks")


def go_on(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)


def begin_logins(client: DovecotAuth, user: Mailbox, logins: int = PENDING) -> None:
    """Right and wrong ones by turns, none of which is waited for."""
    for number in range(logins):
        client.begin(user.address, user.password if number % 2 else new_password())


class TestAuthdKilled:
    def test_under_load_no_login_fails_for_longer_than_its_restart_takes(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox
    ) -> None:
        with LoginLoad(dovecot.auth_client, joe, new_password()) as load:
            load.wait_for(OK, logins=50)
            for _ in range(3):
                authd.kill()
                load.wait_for(TEMPORARY, logins=10)
                authd.start()
                serves = time.monotonic()
                load.wait_for(OK, logins=50)
                wait_until(
                    lambda: time.monotonic() > serves + 2 * RECONNECT_SECONDS, "some logins after the restart"
                )
                assert load.answers(is_right=True, since=serves + RECONNECT_SECONDS) == {OK}
        assert load.answers(is_right=True) == {OK, TEMPORARY}
        assert load.answers(is_right=False) == {WRONG, TEMPORARY}

    def test_its_own_restart_is_not_noticed_for_long(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox
    ) -> None:
        """A graceful one answers what it was asked before."""
        with LoginLoad(dovecot.auth_client, joe, new_password()) as load:
            load.wait_for(OK, logins=50)
            assert authd.stop() == 0
            authd.start()
            serves = time.monotonic()
            wait_until(lambda: time.monotonic() > serves + 2 * RECONNECT_SECONDS, "some logins after the restart")
            load.wait_for(OK, logins=50)
        assert load.answers(is_right=True, since=serves + RECONNECT_SECONDS) == {OK}
        assert load.answers(is_right=True) <= {OK, TEMPORARY}
        assert load.answers(is_right=False) <= {WRONG, TEMPORARY}


class TestAuthdHung:
    def test_logins_are_put_off_in_time_and_go_on_afterwards(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox
    ) -> None:
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) == OK
            hang(authd.pid)
            try:
                began = time.monotonic()
                begin_logins(client, joe)
                assert {client.answer()[1] for _ in range(PENDING)} == {TEMPORARY}
                assert time.monotonic() - began < ANSWER_SECONDS
            finally:
                go_on(authd.pid)
            wait_until(
                lambda: client.log_in(joe.address, joe.password) == OK, "logins to work again", timeout=ANSWER_SECONDS
            )
            assert client.log_in(joe.address, new_password()) == WRONG


class TestNobodyThere:
    def test_a_missing_socket_is_a_temporary_failure_and_named_in_the_log(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox
    ) -> None:
        dovecot.ask(Path("/nonexistent/extmail"))
        dovecot.restart()
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) == TEMPORARY
            dovecot.log.wait_for("Error: ", str(dovecot.socket), "No such file or directory")
            assert "[UNAVAILABLE]" in dovecot.imap_refusal(joe.address, joe.password)
            dovecot.ask(authd.socket)
            wait_until(lambda: client.log_in(joe.address, joe.password) == OK, "logins to work", timeout=ANSWER_SECONDS)

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            (FakeAuthd.of_another_version, "protocol version 3 is not spoken here, but 99"),
            (FakeAuthd.of_another_kind, "is this extmail-authd's auth socket"),
        ],
        ids=["version", "kind"],
    )
    def test_somebody_else_on_the_socket_is_a_temporary_failure(
        self,
        dovecot: ExtraDovecot,
        authd: ExtraDaemon,
        joe: Mailbox,
        kind: Callable[[Path], FakeAuthd],
        said: str,
    ) -> None:
        """And the log says what is wrong there. Once it is the right one, all is well without a restart."""
        path = authd.folder / "other"
        with kind(path) as other:
            dovecot.ask(path)
            dovecot.restart()
            with dovecot.auth() as client:
                begin_logins(client, joe)
                assert {client.answer()[1] for _ in range(PENDING)} == {TEMPORARY}
                dovecot.log.wait_for("Error: ", said)
            assert 0 < other.connections <= PENDING
        dovecot.ask(authd.socket)
        with dovecot.auth() as client:
            wait_until(lambda: client.log_in(joe.address, joe.password) == OK, "logins to work", timeout=ANSWER_SECONDS)


class TestDatabase:
    @pytest.fixture
    def outage(self, site: Site) -> Iterator[Outage]:
        outage = Outage(site.demo, "MariaDB stopped")
        yield outage
        outage.end()

    def test_nobody_is_told_that_a_password_is_wrong(
        self, dovecot: ExtraDovecot, joe: Mailbox, accounts: Accounts, outage: Outage
    ) -> None:
        """Who is known may log in, or is asked to come back; a stranger is asked to come back."""
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) in (OK, TEMPORARY)
            assert client.log_in(f"nobody@{DOMAIN}", new_password()) == TEMPORARY
            outage.end()
            wait_until(
                lambda: client.log_in(joe.address, joe.password) == OK, "logins to work again", timeout=ANSWER_SECONDS
            )


class TestDovecotGoesAway:
    @pytest.fixture
    def pending(self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox) -> Iterator[DovecotAuth]:
        """Logins that extmail-authd does not answer before it is told to go on."""
        dovecot.expect(CLIENT_LEFT)
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) == OK
            hang(authd.pid)
            begin_logins(client, joe)
            yield client
            if authd.is_running():
                go_on(authd.pid)

    def test_reloaded_with_lookups_pending(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox, pending: DovecotAuth
    ) -> None:
        dovecot.reload()
        go_on(authd.pid)
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) == OK
            assert client.log_in(joe.address, new_password()) == WRONG

    def test_stopped_with_lookups_pending(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox, pending: DovecotAuth
    ) -> None:
        """auth ends when its last client does: that one leaves it with all of them unanswered."""
        master = dovecot.pid()
        assert master and dovecot.processes(AUTH)
        os.kill(master, signal.SIGTERM)
        wait_until(lambda: not dovecot.is_running(), "Dovecot's master to end")
        pending.close()
        wait_until(lambda: not dovecot.processes(AUTH), "Dovecot's auth to end", dovecot.log_file)
        go_on(authd.pid)
        dovecot.start()
        with dovecot.auth() as client:
            assert client.log_in(joe.address, joe.password) == OK

    def test_a_client_that_leaves_with_its_lookups_pending(
        self, authd: ExtraDaemon, dovecot: ExtraDovecot, joe: Mailbox, pending: DovecotAuth
    ) -> None:
        pending.close()
        with dovecot.auth() as client:
            client.begin(joe.address, joe.password)
            go_on(authd.pid)
            assert client.answer()[1] == OK

    def test_reloaded_under_load_again_and_again(self, dovecot: ExtraDovecot, joe: Mailbox) -> None:
        """A client of the old process is answered by it, or has to connect anew."""
        with LoginLoad(dovecot.auth_client, joe, new_password()) as load:
            for _ in range(5):
                load.wait_for(OK, logins=20)
                dovecot.reload()
            load.wait_for(OK, logins=50)
        assert load.answers(is_right=True) <= {OK, CLOSED}
        assert load.answers(is_right=False) <= {WRONG, CLOSED}
