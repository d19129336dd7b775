# SPDX-License-Identifier: MIT
"""A private MariaDB: no network, its administrator is the system's root through the unix socket."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from .layout import MARIADB_UID, Layout, make_directory, write_file
from .ports import greets
from .process import Service
from .tools import run_tool

DATABASE = "extmail"

Row = tuple[str | None, ...]
Value = str | int | None

_CONFIGURATION = """\
[mysqld]
datadir = {data}
socket = {socket}
pid_file = {data}/mariadbd.pid
skip_networking
# Committed rows outlive a killed server, if not a power cut: enough for a demo, and much faster.
innodb_flush_log_at_trx_commit = 2

"""


class MariaDb(Service):
    def __init__(self, layout: Layout) -> None:
        super().__init__(layout, "mariadb")
        self._data = layout.root / "mariadb"
        self._configuration = layout.etc / "mariadb.cnf"

    def prepare(self) -> None:
        make_directory(self._data, uid=MARIADB_UID, gid=MARIADB_UID, mode=0o700)
        make_directory(self.layout.mysql_socket.parent, uid=MARIADB_UID, gid=MARIADB_UID)
        # The shipped lines themselves and no !include: the server's user may not be able to read the checkout,
        # and the server would go on without them, and without a word.
        text = _CONFIGURATION.format(data=self._data, socket=self.layout.mysql_socket)
        write_file(self._configuration, text + self.layout.shipped("mariadb/extmail.cnf"))
        run_tool(
            *_UNPRIVILEGED,
            "mariadb-install-db",
            f"--defaults-file={self._configuration}",
            "--skip-test-db",
            "--auth-root-authentication-method=socket",
            "--auth-root-socket-user=root",
        )

    def command(self) -> list[str]:
        return [*_UNPRIVILEGED, "mariadbd", f"--defaults-file={self._configuration}"]

    def is_ready(self) -> bool:
        return greets(str(self.layout.mysql_socket))

    def sql(self, statement: str, *values: Value, database: str = DATABASE) -> list[Row]:
        """Runs one statement, each ? in it one of the values; the rows that it answers, NULL as None."""
        pieces = statement.split("?")
        if len(pieces) != len(values) + 1:
            raise ValueError(f"{len(pieces) - 1} places for {len(values)} values in: {statement}")
        text = pieces[0] + "".join(
            literal(value) + piece for value, piece in zip(values, pieces[1:], strict=True)
        )
        answer = self._client(database, text)
        return _rows(answer) if answer else []

    def load(self, file: Path, database: str = DATABASE, **variables: str) -> None:
        """Loads an SQL file, the session variables (@name) set before."""
        settings = "".join(f"SET @{name} = {literal(value)};\n" for name, value in variables.items())
        self._client(database, settings + file.read_text(encoding="utf-8"))

    def _client(self, database: str, text: str) -> str:
        socket = f"--socket={self.layout.mysql_socket}"
        options = (socket, "--default-character-set=utf8mb4", "--xml")
        return run_tool("mariadb", "--no-defaults", *options, database, text=text)


_UNPRIVILEGED = ["setpriv", f"--reuid={MARIADB_UID}", f"--regid={MARIADB_UID}", "--clear-groups"]


def literal(value: Value) -> str:
    """The value as SQL; text in hexadecimal, so that nothing in it can mean anything."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return f"_utf8mb4 X'{value.encode().hex()}'"


def _rows(xml: str) -> list[Row]:
    rows = ElementTree.fromstring(xml).iter("row")
    return [tuple(None if _is_null(field) else field.text or "" for field in row) for row in rows]


def _is_null(field: ElementTree.Element) -> bool:
    return field.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
