# SPDX-License-Identifier: MIT
"""extmail.toml, the password file and the command line: mistakes are named, by file, line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from support.extra_daemon import ExtraDaemon
from support.site import DAEMONS, Site
from support.tools import run

USAGE, CONFIG = 2, 78

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
