# SPDX-License-Identifier: MIT
"""The database as its accounts see it: what each may do, and what the server tells it otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .tools import run


@dataclass(frozen=True)
class Outcome:
    """The rows that came, each its columns as text with NULL for NULL, or the first error."""

    rows: tuple[tuple[str, ...], ...] = ()
    error: int = 0
    message: str = ""  # all that the client complained about


class Database:
    """A client of one account; without one, of the administrator."""

    def __init__(self, socket: str, user: str = "", password: str = "", name: str = "extmail") -> None:
        self._socket = socket
        self._user = user
        self._password = password
        self.name = name

    def run(self, *statements: str, sql_mode: str | None = None) -> Outcome:
        """The rows of all the statements, or the first that failed."""
        mode = [] if sql_mode is None else [f"SET SESSION sql_mode = '{sql_mode}'"]
        return self._send(";\n".join([*mode, *statements]))

    def select(self, statement: str) -> tuple[tuple[str, ...], ...]:
        """The rows of a statement that has to work."""
        outcome = self.run(statement)
        assert not outcome.error, outcome.message
        return outcome.rows

    def source(self, file: Path, sql_mode: str | None = None, **variables: str) -> Outcome:
        """Loads a file as its documentation says: in the client, with these session variables set.

        The client goes on after an error in the file, as it does for a person who types this.
        """
        settings = [f"SET @{name} = '{value}'" for name, value in variables.items()]
        return self.run(*settings, f"SOURCE {file}", sql_mode=sql_mode)

    def _send(self, text: str) -> Outcome:
        account = [f"--user={self._user}", f"--password={self._password}"] if self._user else []
        # Without TLS, so that whoever counts handshakes counts the daemons'.
        options = [f"--socket={self._socket}", *account, "--skip-ssl", "--batch", "--raw", "--skip-column-names"]
        charset = "--default-character-set=utf8mb4"
        done = run(["mariadb", "--no-defaults", *options, charset, self.name], text=text + "\n")
        found = re.search(r"^ERROR (\d+)", done.errors, re.MULTILINE)
        if found or done.status:
            return Outcome(error=int(found[1]) if found else -1, message=done.errors)
        return Outcome(tuple(tuple(line.split("\t")) for line in done.output.splitlines()))
