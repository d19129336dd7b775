# SPDX-License-Identifier: MIT
"""Daemons under a service manager: their words to it, and a restart and reload that no lookup and no login notices."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from extmail_demo.demo import PASSWORD
from support.auth_protocol import VERSION, AuthClient, message
from support.extra_daemon import ExtraDaemon
from support.service_manager import ServiceManager
from support.site import POSTMASTER, Site
from support.socketmap import Socketmap
from support.stream import Stream

ALIAS = "support@test.com"
ROUNDS = 4
POSTFIXES = 4


@pytest.fixture
def manager() -> Iterator[ServiceManager]:
    manager = ServiceManager(watchdog_seconds=5)
    yield manager
    manager.close()


class Postmap:
    """A client of Postfix's own that asks without a pause until told to finish."""

    def __init__(self, site: Site, table: str) -> None:
        command = ["postmap", "-c", site.env["POSTFIX_CONFIG"], "-q", "-", table]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            restore_signals=False,  # SIGPIPE stays ignored, as in Postfix's daemons
        )
        self._asked = 0
        self._finish = threading.Event()
        self._answers: list[str] = []
        self._threads = [threading.Thread(target=self._ask), threading.Thread(target=self._read)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        assert self._process.stdin
        try:
            while not self._finish.is_set():
                self._process.stdin.write(f"{ALIAS}\n")
                self._asked += 1
            self._process.stdin.close()
        except BrokenPipeError:
            return  # it gave up; finish() says why

    def _read(self) -> None:
        assert self._process.stdout
        self._answers.extend(self._process.stdout)

    def close(self) -> None:
        """Whatever became of it: the process and its threads end."""
        self._finish.set()
        self._process.kill()
        with self._process:
            for thread in self._threads:
                thread.join()

    @property
    def answered(self) -> int:
        return len(self._answers)

    def finish(self) -> None:
        """Every key that was asked has its answer, and Postfix saw nothing worth a warning."""
        self._finish.set()
        with self._process:  # closes its pipes and waits for it
            for thread in self._threads:
                thread.join()
            assert self._process.stderr
            errors = self._process.stderr.read()
        assert (self._process.returncode, errors) == (0, "")
        assert self.answered == self._asked > 0
        assert set(self._answers) == {f"{ALIAS}\t{POSTMASTER}\n"}


@pytest.fixture
def postmap(site: Site) -> Iterator[Callable[[str], Postmap]]:
    made: list[Postmap] = []

    def make(table: str) -> Postmap:
        made.append(Postmap(site, table))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_the_manager_hears_when_it_is_ready_reloads_and_stops(mapd: ExtraDaemon, manager: ServiceManager) -> None:
    mapd.start(manager)
    alive = manager.next_word("WATCHDOG=1")
    wait_until(alive, "a sign of life for the watchdog")
    ready_again = manager.next_word("READY=1")
    mapd.reload()
    wait_until(ready_again, "the end of the reload")
    assert mapd.stop() == 0
    words = [word for word in manager.said if not word.startswith(("WATCHDOG=", "MONOTONIC_USEC="))]
    assert words == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


def test_it_takes_the_sockets_that_the_manager_holds(mapd: ExtraDaemon, manager: ServiceManager) -> None:
    manager.hold_unix(mapd.socket)
    port = manager.hold_tcp()
    mapd.config += f'\n[[mapd.listen]]\nprotocol = "socketmap"\naddress = "127.0.0.1:{port}"\n'
    mapd.start(manager)
    for address in (str(mapd.socket), port):
        with Socketmap(address) as maps:
            assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
    assert mapd.stop() == 0
    assert mapd.socket.exists()  # the manager's, not the daemon's to remove


def test_it_says_so_when_the_manager_holds_another_socket(mapd: ExtraDaemon, manager: ServiceManager) -> None:
    manager.hold_unix(mapd.folder / "other")
    mapd.start(manager)
    assert "unused_socket: 1 socket(s)" in mapd.log.text
    with Socketmap(str(mapd.socket)) as maps:
        assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"


def test_restarts_and_reloads_under_load_cost_no_lookup(
    mapd: ExtraDaemon, manager: ServiceManager, postmap: Callable[[str], Postmap]
) -> None:
    manager.hold_unix(mapd.socket)
    mapd.start(manager)
    clients = [postmap(f"socketmap:unix:{mapd.socket}:virtual_alias_maps") for _ in range(POSTFIXES)]

    def all_get_answers() -> Callable[[], bool]:
        before = [client.answered for client in clients]
        return lambda: all(client.answered > so_far for client, so_far in zip(clients, before))

    for _ in range(ROUNDS):
        wait_until(all_get_answers(), "answers before the reload", mapd.log.file)
        reloaded = manager.next_word("READY=1")
        mapd.reload()
        wait_until(reloaded, "the reload", mapd.log.file)
        wait_until(all_get_answers(), "answers before the restart", mapd.log.file)
        assert mapd.stop() == 0
        mapd.start(manager)
    wait_until(all_get_answers(), "answers after the last restart", mapd.log.file)
    for client in clients:
        client.finish()


def test_being_killed_under_load_costs_no_lookup(
    mapd: ExtraDaemon, manager: ServiceManager, postmap: Callable[[str], Postmap]
) -> None:
    """The manager keeps the socket, and Postfix asks once more when a connection breaks: what was lost is answered then."""
    manager.hold_unix(mapd.socket)
    mapd.start(manager)
    clients = [postmap(f"socketmap:unix:{mapd.socket}:virtual_alias_maps") for _ in range(POSTFIXES)]
    for _ in range(ROUNDS):
        before = [client.answered for client in clients]
        wait_until(
            lambda: all(client.answered > so_far for client, so_far in zip(clients, before)),  # noqa: B023
            "answers before the kill",
            mapd.log.file,
        )
        mapd.kill()
        mapd.start(manager)
    for client in clients:
        client.finish()


def test_a_request_that_was_sent_before_the_stop_is_answered(mapd: ExtraDaemon) -> None:
    mapd.start()
    with Socketmap(str(mapd.socket)) as maps:
        assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
        for _ in range(50):
            maps.send(b"38:virtual_alias_maps cold@elsewhere.test,")
        assert mapd.stop() == 0
        assert maps.receive_all() == b"9:NOTFOUND ," * 50
    assert not mapd.socket.exists()


def test_a_connection_that_idles_does_not_hold_up_the_stop(mapd: ExtraDaemon) -> None:
    mapd.start()
    with Stream(str(mapd.socket)) as idle:
        assert mapd.stop() == 0
        assert idle.receive_all() == b""


def test_a_login_that_comes_while_authd_is_restarted_waits_for_it(
    extra_daemon: Callable[[str], ExtraDaemon], manager: ServiceManager
) -> None:
    authd = extra_daemon("authd")
    manager.hold_unix(authd.socket)
    authd.start(manager)
    with AuthClient.greeted(str(authd.socket)) as client:
        assert client.verify(POSTMASTER, PASSWORD).status == "ok"
    assert authd.stop() == 0
    with AuthClient(str(authd.socket)) as client:
        client.send(message("hello", 1, version=str(VERSION), host="test"))
        client.send(message("verify", 2, user=POSTMASTER, password=PASSWORD, service="imap"))
        authd.start(manager)
        assert [client.reply().status for _ in range(2)] == ["ok", "ok"]
