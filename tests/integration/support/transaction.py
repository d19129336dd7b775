# SPDX-License-Identifier: MIT
"""A client of the database that stays connected, so that it can leave a transaction open."""

from __future__ import annotations

import subprocess
from types import TracebackType


class Transaction:
    """Open from its making to commit(); without that it is rolled back."""

    def __init__(self, socket: str, database: str = "extmail") -> None:
        options = ["--no-defaults", f"--socket={socket}", "--batch", "--skip-column-names", "--unbuffered"]
        self._client = subprocess.Popen(
            ["mariadb", *options, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.run("BEGIN")

    def run(self, statement: str) -> None:
        """Returns when the server has run it."""
        assert self._client.stdin and self._client.stdout
        self._client.stdin.write(f"{statement};\nSELECT 'done';\n")
        self._client.stdin.flush()
        assert self._client.stdout.readline() == "done\n", statement

    def commit(self) -> None:
        self.run("COMMIT")

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Leaves the server."""
        self._client.communicate()
