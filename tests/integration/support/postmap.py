# SPDX-License-Identifier: MIT
"""postmap -q: a table as Postfix reads it, one literal key at a time, many keys in one run."""

from __future__ import annotations

from collections.abc import Iterable

from .tools import Done, run_bytes


class Postmap:
    def __init__(self, config: str) -> None:
        self._command = ["postmap", "-c", config, "-q"]

    @staticmethod
    def can_ask(key: bytes) -> bool:
        """It reads lines; a tab would look like the end of the key in its output, and UTF-8 it checks itself."""
        if not key or any(byte < 0x20 for byte in key):
            return False
        try:
            key.decode()
        except UnicodeDecodeError:
            return False
        return True

    def ask(self, table: str, keys: Iterable[bytes]) -> dict[bytes, str]:
        """The keys that were found, each with its value. A table that fails is a failure of the test.

        Values that are empty are none to Postfix, which warns of them.
        """
        done, output = run_bytes([*self._command, "-", table], b"".join(key + b"\n" for key in keys))
        assert done.status in (0, 1), done.errors
        errors = [line for line in done.errors.splitlines() if "empty lookup result" not in line]
        assert not errors, errors
        lines = (line.partition(b"\t") for line in output.splitlines())
        return {key: value.decode() for key, _, value in lines}

    def ask_one(self, table: str, key: bytes) -> Done:
        return run_bytes([*self._command, "-", table], key + b"\n")[0]
