# SPDX-License-Identifier: MIT
"""A MariaDB of a test's own, beside the demo's: to be killed, hung, replaced, or asked over TCP with TLS."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from extmail_demo import wait_until
from extmail_demo.ports import greets

from .database import Database
from .outages import stands_still
from .site import DAEMONS, Site
from .tools import run

UID = 61204  # that of the demo's MariaDB
SQL = Path(__file__).resolve().parents[3] / "sql"
START_SECONDS = 60
STOP_SECONDS = 60

_CONFIGURATION = """\
[mysqld]
datadir = {folder}/data
socket = {folder}/socket
pid_file = {folder}/pid
bind_address = 127.0.0.1
port = {port}
skip_name_resolve = off
sql_mode = NO_ENGINE_SUBSTITUTION
innodb_buffer_pool_size = 16M
innodb_log_file_size = 4M
innodb_flush_log_at_trx_commit = 2
performance_schema = off
"""

_UNPRIVILEGED = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]


class PrivateDatabase:
    """Made with the schema, the change log and the demo's accounts, and started. close() ends and removes it all."""

    def __init__(self, site: Site, settings: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="em-db-", dir="/tmp"))
        os.chown(self.folder, UID, UID)
        self.folder.chmod(0o755)
        self.socket = self.folder / "socket"
        self.log_file = self.folder / "log"
        # Bound, so that nobody else gets the port; the server may listen on it all the same.
        self._reservation = socket.socket()
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reservation.bind(("127.0.0.1", 0))
        self.port = int(self._reservation.getsockname()[1])
        self._configuration = self.folder / "my.cnf"
        self._configuration.write_text(_CONFIGURATION.format(folder=self.folder, port=self.port) + settings)
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None
        self._install()
        self.start()
        self._load()

    def _install(self) -> None:
        options = ["--skip-test-db", "--auth-root-authentication-method=socket", "--auth-root-socket-user=root"]
        done = run([*_UNPRIVILEGED, "mariadb-install-db", f"--defaults-file={self._configuration}", *options], seconds=60)
        assert done.status == 0, done.all

    def _load(self) -> None:
        server = Database(str(self.socket), name="mysql")
        assert not server.run("CREATE DATABASE extmail CHARACTER SET utf8mb4").error
        passwords = {f"{daemon}_password": self._site.database_password(daemon) for daemon in DAEMONS}
        extensions = ("login_extensions.sql", "policy_extensions.sql", "usage_extensions.sql", "decision_extensions.sql")
        for file in ("extmail.sql", "change_log.sql", *extensions, "grants.sql"):
            outcome = self.client().source(SQL / file, **passwords)
            assert not outcome.error, outcome.message

    def client(self, daemon: str = "") -> Database:
        """As the administrator, or as a daemon."""
        if not daemon:
            return Database(str(self.socket))
        return Database(str(self.socket), f"extmail_{daemon}", self._site.database_password(daemon))

    def sql(self, *statements: str) -> tuple[tuple[str, ...], ...]:
        outcome = self.client().run(*statements)
        assert not outcome.error, outcome.message
        return outcome.rows

    def connections_of(self, daemon: str) -> int:
        rows = self.sql(f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'extmail_{daemon}'")
        return int(rows[0][0])

    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Returns when the server speaks."""
        assert self._process is None
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*_UNPRIVILEGED, "mariadbd", f"--defaults-file={self._configuration}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        process = self._process
        wait_until(
            lambda: greets(str(self.socket)) or process.poll() is not None,
            "the private MariaDB to greet",
            self.log_file,
            timeout=START_SECONDS,
        )
        assert process.poll() is None, self.log_file.read_text()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def hang(self) -> None:
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        wait_until(partial(stands_still, self._process.pid), "the private MariaDB to stand still")

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def mend(self) -> None:
        """Whatever was done to it, it serves again."""
        if self.is_running():
            self.go_on()
        else:
            self.start()

    def exchange_data(self, other: PrivateDatabase) -> None:
        """Both have been stopped: each gets what was the other's."""
        assert self._process is None and other._process is None
        data, others, aside = self.folder / "data", other.folder / "data", self.folder / "aside"
        data.rename(aside)
        shutil.move(str(others), data)
        shutil.move(str(aside), others)

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        self._reservation.close()
        shutil.rmtree(self.folder)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(STOP_SECONDS)
        self._process = None
