# SPDX-License-Identifier: MIT
"""The life of a daemon: its sockets, a start without the database, changes that are applied, and its end."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.auth_protocol import AuthClient
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.site import DAEMONS, Site
from support.socketmap import NOT_FOUND, Socketmap
from support.stream import Stream

DOMAIN = "daemon-life.test"
FAILURE = 1

Make = Callable[[str], ExtraDaemon]


@pytest.fixture(scope="module", autouse=True)
def domain(site: Site) -> None:
    site.accounts.domain(DOMAIN)


class TestSocket:
    def test_the_folder_is_not_there(self, authd: ExtraDaemon) -> None:
        authd.change(f'path = "{authd.socket}"', 'path = "/tmp/em-no-such-folder/auth"')
        self.assert_cannot_serve(
            authd, "/tmp/em-no-such-folder/auth: No such file or directory; its folder must exist"
        )

    def test_the_folder_is_not_ours(self, authd: ExtraDaemon) -> None:
        os.chown(authd.folder, 0, 0)
        self.assert_cannot_serve(
            authd, f"{authd.socket}: Permission denied; its folder must exist and be writable"
        )

    def test_the_path_is_too_long(self, authd: ExtraDaemon) -> None:
        path = f"{authd.folder}/{'x' * 100}"
        authd.change(f'path = "{authd.socket}"', f'path = "{path}"')
        self.assert_cannot_serve(authd, "the path is longer than the 103 bytes")

    def test_a_file_is_in_the_way(self, authd: ExtraDaemon) -> None:
        authd.socket.write_text("precious")
        self.assert_cannot_serve(authd, f"{authd.socket}: a file that is no socket is in the way")
        assert authd.socket.read_text() == "precious"

    @pytest.mark.parametrize("mode", [0o666, 0o600], ids=oct)
    def test_somebody_else_serves_it(self, authd: ExtraDaemon, mode: int) -> None:
        """Whether or not they would let us in."""
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(authd.socket))
            authd.socket.chmod(mode)
            other.listen()
            self.assert_cannot_serve(authd, f"cannot listen on {authd.socket}: ")
            Stream(str(authd.socket)).close()

    def test_a_group_that_we_are_not_in(self, authd: ExtraDaemon) -> None:
        authd.change('mode = "0666"', 'group = "root"')
        self.assert_cannot_serve(authd, "Operation not permitted; the daemon must be a member of group id 0")
        assert not authd.socket.exists()

    def test_what_a_dead_daemon_left_is_replaced(self, mapd: ExtraDaemon) -> None:
        mapd.start()
        mapd.kill()
        assert mapd.socket.is_socket()
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"

    @pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
    def test_it_has_the_mode_that_was_asked_for(self, mapd: ExtraDaemon, mode: str) -> None:
        mapd.change('mode = "0666"', f'mode = "{mode}"')
        mapd.start()
        assert stat.filemode(mapd.socket.stat().st_mode) == stat.filemode(stat.S_IFSOCK | int(mode, 8))

    @staticmethod
    def assert_cannot_serve(daemon: ExtraDaemon, said: str) -> None:
        done = daemon.run()
        assert done.status == FAILURE
        assert "error: cannot_serve: cannot listen on " in done.errors and said in done.errors


class TestDatabaseAtStart:
    """It need not be there yet."""

    @pytest.fixture
    def late(self, site: Site) -> Callable[[ExtraDaemon], Path]:
        """Points a daemon to a socket that is not there yet: a link to the real one makes it appear."""

        def point(daemon: ExtraDaemon) -> Path:
            path = daemon.folder / "mysqld.sock"
            daemon.change(f"unix:{site.env['MYSQL_SOCKET']}", f"unix:{path}")
            return path

        return point

    def test_mapd_answers_temp_and_recovers(
        self, site: Site, mapd: ExtraDaemon, late: Callable[[ExtraDaemon], Path]
    ) -> None:
        path = late(mapd)
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            for table in ("virtual_mailbox_domains", "virtual_mailbox_maps", "virtual_alias_maps"):
                assert maps.ask(table, f"joe@{DOMAIN}" if "maps" in table else DOMAIN).startswith(
                    "TEMP database: "
                )
            mapd.log.wait_for("error: database_down: ", str(path))
            path.symlink_to(site.env["MYSQL_SOCKET"])
            wait_until(lambda: maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}", "it to recover")
            mapd.log.wait_for("notice: database_up: ", str(path))
            assert len(mapd.log.matching("database_down")) == 1

    def test_authd_answers_temporary_and_recovers(
        self, site: Site, authd: ExtraDaemon, late: Callable[[ExtraDaemon], Path]
    ) -> None:
        user = site.accounts.mailbox(f"early@{DOMAIN}")
        path = late(authd)
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            assert auth.verify(user.address, user.password).status == "temporary"
            assert auth.user(user.address).status == "temporary"
            authd.log.wait_for("error: database_down: ", str(path))
            path.symlink_to(site.env["MYSQL_SOCKET"])
            wait_until(lambda: auth.verify(user.address, user.password).status == "ok", "it to recover")

    @pytest.mark.parametrize(("on_failure", "action"), [("dunno", "DUNNO"), ("defer", "DEFER 4.3.0 ")])
    def test_policyd_answers_as_configured_and_recovers(
        self,
        site: Site,
        extra_daemon: Make,
        late: Callable[[ExtraDaemon], Path],
        on_failure: str,
        action: str,
    ) -> None:
        user = site.accounts.mailbox(f"late-{on_failure}@{DOMAIN}", active=0)
        policyd = extra_daemon("policyd")
        policyd.change("database_user =", f'on_failure = "{on_failure}"\ndatabase_user =')
        path = late(policyd)
        policyd.start()
        with PolicyClient(str(policyd.socket)) as policy:
            assert policy.ask(recipient=user.address).startswith(action)
            policyd.log.wait_for("error: database_down: ", str(path))
            path.symlink_to(site.env["MYSQL_SOCKET"])
            wait_until(lambda: policy.ask(recipient=user.address).startswith("550 5.2.1"), "it to recover")

    def test_a_second_host_takes_over(self, site: Site, mapd: ExtraDaemon) -> None:
        mapd.change('hosts = ["unix:', f'hosts = ["unix:{mapd.folder}/nobody.sock", "unix:')
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"

    def test_a_database_that_is_not_ours_is_the_administrators_fault(self, mapd: ExtraDaemon) -> None:
        mapd.change('name = "extmail"', 'name = "elsewhere"')
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN).startswith("PERM database: ")
        mapd.log.wait_for("error: lookup_failed: virtual_mailbox_domains")


class TestReload:
    def test_a_changed_file_applies_to_a_connection_that_is_open(
        self, site: Site, authd: ExtraDaemon
    ) -> None:
        user = site.accounts.mailbox(f"long-gone@{DOMAIN}", expiredate="2010-01-01")
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            assert auth.verify(user.address, user.password).status == "denied"
            authd.change('expiry = "enforce"', 'expiry = "ignore"')
            authd.reload()
            authd.log.wait_for("notice: reloaded: ")
            assert auth.verify(user.address, user.password).status == "ok"

    @pytest.mark.parametrize("kind", DAEMONS)
    def test_expiry_is_the_same_for_all_daemons(self, site: Site, extra_daemon: Make, kind: str) -> None:
        user = site.accounts.mailbox(f"expired-for-{kind}@{DOMAIN}", expiredate="2010-01-01")
        daemon = extra_daemon(kind)
        daemon.start()
        with Asker(daemon) as ask:
            assert not ask(user.address)
            daemon.change('expiry = "enforce"', 'expiry = "ignore"')
            daemon.reload()
            daemon.log.wait_for("notice: reloaded: ")
            assert ask(user.address)

    @pytest.mark.parametrize("kind", DAEMONS)
    def test_what_needs_a_restart_is_named(self, extra_daemon: Make, kind: str) -> None:
        daemon = extra_daemon(kind)
        daemon.start()
        table = f"[{kind}]\n"
        daemon.change(table, f"{table}max_stale = 77\nmax_connections = 99\n")
        daemon.reload()
        line = daemon.log.wait_for("notice: reloaded: the configuration was read again; what has changed here")
        assert line.endswith(f" needs a restart: {kind}.max_connections, {kind}.max_stale")

    def test_a_broken_file_changes_nothing(self, site: Site, authd: ExtraDaemon) -> None:
        user = site.accounts.mailbox(f"served-on@{DOMAIN}")
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as auth:
            line = authd.change('expiry = "enforce"', "expirey = 1")
            authd.reload()
            authd.log.wait_for(f"error: config_error: {authd.config_file}:{line}: unknown key mail.expirey")
            authd.log.wait_for("error: reload_failed: going on with the configuration from before")
            assert auth.verify(user.address, user.password).status == "ok"
            authd.change("expirey = 1", 'expiry = "enforce"')
            authd.reload()
            authd.log.wait_for("notice: reloaded: ")
            assert auth.verify(user.address, user.password).status == "ok"

    def test_a_new_database_password_is_read(self, site: Site, mapd: ExtraDaemon) -> None:
        right = site.database_password("mapd")
        mapd.write_password("not-the-password-7f3a")
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN).startswith("PERM database: ")
            mapd.log.wait_for("error: database_down: ", "Access denied")
            mapd.write_password(right)
            mapd.reload()
            mapd.log.wait_for("notice: reloaded: ")
            assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
        assert "not-the-password-7f3a" not in mapd.log.text


class Asker:
    """Does this daemon take the mailbox for a live one? Over one connection, whatever it speaks."""

    def __init__(self, daemon: ExtraDaemon) -> None:
        path = str(daemon.socket)
        self._client: Socketmap | AuthClient | PolicyClient
        if daemon.kind == "mapd":
            self._client = Socketmap(path)
        elif daemon.kind == "authd":
            self._client = AuthClient.greeted(path)
        else:
            self._client = PolicyClient(path)

    def __enter__(self) -> Callable[[str], bool]:
        return self._ask

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _ask(self, address: str) -> bool:
        if isinstance(self._client, Socketmap):
            return self._client.ask("virtual_mailbox_maps", address) != NOT_FOUND
        if isinstance(self._client, AuthClient):
            return self._client.user(address).status == "ok"
        return self._client.ask(recipient=address) == "DUNNO"


class TestStop:
    @pytest.mark.parametrize("kind", DAEMONS)
    def test_sigterm_removes_the_socket_and_ends_with_status_0(self, extra_daemon: Make, kind: str) -> None:
        daemon = extra_daemon(kind)
        daemon.start()
        assert daemon.stop() == 0
        assert not daemon.socket.exists()
        daemon.log.wait_for(f"info: stopped: extmail-{kind} has stopped")

    def test_an_open_connection_does_not_hold_it_up(self, mapd: ExtraDaemon) -> None:
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN) == f"OK {DOMAIN}"
            assert mapd.stop() == 0
            assert maps.receive_all() == b""

    def test_a_socket_that_somebody_else_took_over_stays(self, mapd: ExtraDaemon) -> None:
        mapd.start()
        mapd.socket.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(mapd.socket))
            assert mapd.stop() == 0
            assert mapd.socket.is_socket()
