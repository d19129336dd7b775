# SPDX-License-Identifier: MIT
"""extmail.toml and the life of a daemon: mistakes are named, changes are applied, ends are clean."""

from __future__ import annotations

import itertools
import os
import re
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Columns
from support.auth_protocol import AuthClient
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.site import DAEMONS, Site
from support.socketmap import NOT_FOUND, Socketmap
from support.stream import Stream
from support.tools import run

DOMAIN = "configuration.test"
SHIPPED = Path(__file__).resolve().parents[2] / "deploy/extmail.toml"

USAGE, CONFIG, FAILURE = 2, 78, 1

Make = Callable[[str], ExtraDaemon]

# A piece of a good file, what stands there instead, and what is said about that line. {k} is the daemon.
MISTAKES = [
    ('expiry = "enforce"', "expirey = 1", "unknown key mail.expirey; known are base, "),
    ('name = "extmail"', 'name = "extmail"\nhost = "db"', "unknown key database.host; known are "),
    ("database_user =", "databaseuser =", "unknown key {k}.databaseuser; known are "),
    ('mode = "0666"', 'mod = "0666"', "unknown key {k}.listen.mod; known are "),
    ("[mail]", "[mial]", "unknown key mial; known are "),
    ("[database]", "colour = 1\n[database]", "unknown key colour; known are "),
    ('expiry = "enforce"', 'expiry = "sometimes"', "mail.expiry must be one of enforce, ignore"),
    ('expiry = "enforce"', "expiry = true", "mail.expiry must be a text in quotes"),
    ('expiry = "enforce"', 'uid = "2525"', "mail.uid must be a whole number from 1 to "),
    ('expiry = "enforce"', "uid = 0", "mail.uid must be a whole number from 1 to "),
    ('expiry = "enforce"', "gid = -1", "mail.gid must be a whole number from 1 to "),
    ('expiry = "enforce"', "min_uid = 4294967296", "mail.min_uid must be a whole number from 1 to "),
    ('expiry = "enforce"', "min_gid = 500.5", "mail.min_gid must be a whole number from 1 to "),
    ('expiry = "enforce"', "recipient_delimiter = 43", "mail.recipient_delimiter must be a text in quotes"),
    (
        'expiry = "enforce"',
        'enforce_domain_services = "no"',
        "mail.enforce_domain_services must be true or false",
    ),
    ('base = "/', 'base = "', "mail.base must be an absolute path"),
    ('hosts = ["unix:', 'hosts = ["socket:', "database.hosts has "),
    ('hosts = ["unix:/', 'hosts = ["tcp:db:99999", "unix:/', 'database.hosts has "tcp:db:99999"'),
    ("hosts = [", 'hosts = ["tcp:db", "tcp:db:3306", ', "database.hosts names tcp:db:3306 twice"),
    ('name = "extmail"', 'tls = "maybe"', "database.tls must be one of off, require, verify-identity"),
    ('name = "extmail"', 'tls_ca = "/etc/ssl/certs/ca-certificates.crt"', "database.tls_ca has no effect unless"),
    ('name = "extmail"', 'tls_cert = "/c"', "database.tls_cert has no effect while tls is"),
    ("hosts = [", "hosts = [7, ", "database.hosts must be a list of texts in quotes"),
    ('name = "extmail"', "name = 5", "database.name must be a text in quotes"),
    (
        'name = "extmail"',
        "connect_timeout = 0",
        "database.connect_timeout must be a whole number from 1 to 20",
    ),
    ('name = "extmail"', "read_timeout = 21", "database.read_timeout must be a whole number from 1 to 20"),
    (
        "database_user =",
        "database_connections = 0\ndatabase_user =",
        "{k}.database_connections must be a whole",
    ),
    (
        "database_user =",
        "max_connections = 1.5\ndatabase_user =",
        "{k}.max_connections must be a whole number",
    ),
    ('protocol = "', 'protocol = "http', "{k}.listen.protocol must be one of "),
    ('path = "/', 'path = "', "{k}.listen.path must be an absolute path"),
    ('mode = "0666"', 'mode = "0999"', "{k}.listen.mode must be octal permissions in quotes"),
    ('mode = "0666"', "mode = 0o666", "{k}.listen.mode must be a text in quotes"),
    (
        'mode = "0666"',
        'group = "no-such-group"',
        "{k}.listen.group names no group of this host: no-such-group",
    ),
    ('expiry = "enforce"', "expiry = ", ""),
    ('expiry = "enforce"', 'expiry = "enforce', ""),
    ('expiry = "enforce"', 'expiry = "enforce"\nexpiry = "ignore"', ""),
]


_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def domain(site: Site) -> None:
    site.accounts.domain(DOMAIN)


@pytest.fixture
def authd(extra_daemon: Make) -> ExtraDaemon:
    return extra_daemon("authd")


@pytest.fixture
def mapd(extra_daemon: Make) -> ExtraDaemon:
    return extra_daemon("mapd")


class TestMistakes:
    @pytest.mark.parametrize("kind", DAEMONS)
    @pytest.mark.parametrize(("good", "bad", "said"), MISTAKES, ids=[bad for _, bad, _ in MISTAKES])
    def test_file_line_and_key_are_named(
        self, extra_daemon: Make, kind: str, good: str, bad: str, said: str
    ) -> None:
        daemon = extra_daemon(kind)
        first = daemon.change(good, bad)
        checked = daemon.run("--check-config")
        assert checked.status == CONFIG
        complaints = re.findall(rf"error: config_error: {daemon.config_file}:(\d+): (.*)", checked.errors)
        told = [int(number) for number, what in complaints if said.format(k=kind) in what]
        assert told and set(told) <= set(range(first, first + bad.count("\n") + 1))

    @pytest.mark.parametrize("kind", DAEMONS)
    def test_a_good_file_passes_the_check(self, extra_daemon: Make, kind: str) -> None:
        daemon = extra_daemon(kind)
        checked = daemon.run("--check-config")
        assert (checked.status, checked.all) == (0, f"{daemon.config_file}: OK\n")

    @pytest.mark.parametrize("kind", DAEMONS)
    def test_the_demos_own_file_passes_the_check(self, site: Site, kind: str) -> None:
        """It is the shipped one, with the demo's places in it."""
        program = site.demo.layout.bin / f"extmail-{kind}"
        checked = run([program, "--config", site.env["EXTMAIL_CONFIG"], "--check-config"])
        assert checked.status == 0, checked.all

    def test_the_start_stops_with_the_same_words(self, authd: ExtraDaemon) -> None:
        authd.change('expiry = "enforce"', 'expiry = "sometimes"')
        checked, started = authd.run("--check-config"), authd.run()
        assert started.status == CONFIG
        assert [line[19:] for line in started.errors.splitlines()] == [
            line[19:] for line in checked.errors.splitlines()
        ]

    def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(self, authd: ExtraDaemon) -> None:
        lines = [
            authd.change('name = "extmail"', "name = 1"),
            authd.change('expiry = "enforce"', "expiry = 1"),
            authd.change('mode = "0666"', "mode = 1"),
        ]
        told = re.findall(rf"{authd.config_file}:(\d+): ", authd.run("--check-config").errors)
        assert list(map(int, told)) == lines

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("database_user", "authd.database_user is missing"),
            ("database_password_file", "authd.database_password_file is missing"),
            ("path", "authd.listen.path is missing"),
        ],
    )
    def test_what_is_missing(self, authd: ExtraDaemon, key: str, said: str) -> None:
        authd.config = re.sub(rf"^{key} = .*$", "", authd.config, flags=re.MULTILINE)
        checked = authd.run("--check-config")
        assert checked.status == CONFIG
        assert f"{authd.config_file}:" in checked.errors and said in checked.errors

    def test_no_listener(self, authd: ExtraDaemon) -> None:
        authd.config = authd.config.partition("[[authd.listen]]")[0]
        checked = authd.run("--check-config")
        assert (checked.status, "authd.listen is missing" in checked.errors) == (CONFIG, True)

    @pytest.mark.parametrize("path", ["/nonexistent/extmail.toml", "/tmp"])
    def test_no_file(self, site: Site, path: str) -> None:
        checked = run([site.demo.layout.bin / "extmail-authd", "--config", path, "--check-config"])
        assert (checked.status, f"error: config_error: {path}: " in checked.errors) == (CONFIG, True)

    def test_an_unknown_credentials_user(self, authd: ExtraDaemon) -> None:
        line = authd.change(
            "database_user =", 'credentials_users = ["root", "nobody-like-that"]\ndatabase_user ='
        )
        checked = authd.run("--check-config")
        assert checked.status == CONFIG
        assert (
            f':{line}: authd.credentials_users names no user of this host: "nobody-like-that"' in checked.errors
        )


class TestPasswordFile:
    @pytest.mark.parametrize("kind", DAEMONS)
    def test_missing(self, extra_daemon: Make, kind: str) -> None:
        daemon = extra_daemon(kind)
        daemon.password_file.unlink()
        self.assert_refused(daemon, "No such file or directory")

    @pytest.mark.parametrize("mode", [0o444, 0o404, 0o642, 0o666])
    def test_open_to_everybody(self, authd: ExtraDaemon, mode: int) -> None:
        authd.password_file.chmod(mode)
        self.assert_refused(
            authd, f"may be read or written by everybody; run: chmod o-rwx {authd.password_file}"
        )

    def test_of_somebody_else(self, authd: ExtraDaemon) -> None:
        os.chown(authd.password_file, 0, 0)
        self.assert_refused(authd, "Permission denied")

    def test_empty(self, authd: ExtraDaemon) -> None:
        authd.write_password("")
        self.assert_refused(authd, "is empty; its first line has to be the password")

    def test_a_folder(self, authd: ExtraDaemon) -> None:
        line = authd.change(str(authd.password_file), str(authd.folder))
        checked = authd.run("--check-config")
        assert checked.status == CONFIG
        assert f"{authd.config_file}:{line}: authd.database_password_file " in checked.errors

    @staticmethod
    def assert_refused(daemon: ExtraDaemon, said: str) -> None:
        line = daemon.config.partition("database_password_file")[0].count("\n") + 1
        checked = daemon.run("--check-config")
        assert checked.status == CONFIG
        key = f"{daemon.kind}.database_password_file"
        assert (
            f"error: config_error: {daemon.config_file}:{line}: {key} {daemon.password_file}"
            in checked.errors
        )
        assert said in checked.errors


class TestCommandLine:
    @pytest.mark.parametrize("kind", DAEMONS)
    def test_help(self, site: Site, kind: str) -> None:
        done = run([site.demo.layout.bin / f"extmail-{kind}", "--help"])
        assert (done.status, done.errors) == (0, "")
        assert [
            option for option in ("--config", "--check-config", "--version") if option not in done.output
        ] == []

    @pytest.mark.parametrize("kind", DAEMONS)
    def test_version(self, site: Site, kind: str) -> None:
        done = run([site.demo.layout.bin / f"extmail-{kind}", "--version"])
        assert done.status == 0
        assert re.fullmatch(rf"extmail-{kind} \d+\.\d+\.\d+\n", done.output)

    @pytest.mark.parametrize("words", [["--nonsense"], ["--config"], ["start"]])
    @pytest.mark.parametrize("kind", DAEMONS)
    def test_wrong_usage(self, site: Site, kind: str, words: list[str]) -> None:
        done = run([site.demo.layout.bin / f"extmail-{kind}", *words])
        assert (done.status, done.output) == (USAGE, "")
        assert "--help" in done.errors


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


class TestDatabaseAtStart:
    """It need not be there yet."""

    @pytest.fixture
    def late(self, site: Site) -> Iterator[Callable[[ExtraDaemon], Path]]:
        """Points a daemon to a socket that is not there yet: a link to the real one makes it appear."""

        def point(daemon: ExtraDaemon) -> Path:
            path = daemon.folder / "mysqld.sock"
            daemon.change(f"unix:{site.env['MYSQL_SOCKET']}", f"unix:{path}")
            return path

        yield point

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

    def test_null_everywhere_is_a_row_too(self, site: Site, extra_daemon: Make) -> None:
        """In a schema that somebody loosened. What is missing takes its default, or is refused by name."""
        authd = extra_daemon("authd")
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
    assert not site.database(name=name).source(SHIPPED.parents[1] / "sql/extmail.sql").error
    granted = administrator.run(
        f"CREATE USER {name}@localhost IDENTIFIED BY 'known-to-{name}'",
        f"GRANT SELECT ON {name}.* TO {name}@localhost",
    )
    assert not granted.error, granted.message
    daemon.write_password(f"known-to-{name}")
    daemon.change('name = "extmail"', f'name = "{name}"')
    daemon.change(f'database_user = "extmail_{daemon.kind}"', f'database_user = "{name}"')
