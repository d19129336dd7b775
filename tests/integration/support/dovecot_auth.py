# SPDX-License-Identifier: MIT
"""A client of Dovecot's own auth-client protocol, as its login processes are: many logins on one connection."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

from .smtp import base64_text
from .stream import Closed, Stream

OK, WRONG, TEMPORARY, CLOSED = "ok", "wrong", "temporary", "closed"

_numbers = itertools.count(1)


class DovecotAuth(Stream):
    def __init__(self, socket: Path) -> None:
        super().__init__(str(socket))
        self._ids = itertools.count(1)
        # Dovecot wants a number that no other client of it has.
        try:
            self.send(f"VERSION\t1\t2\nCPID\t{os.getpid() * 1000 + next(_numbers)}\n".encode())
            self.receive_until(b"DONE\n")
        except BaseException:
            self.close()
            raise

    def begin(self, user: str, password: str) -> int:
        """Sends a login by PLAIN; its number."""
        number = next(self._ids)
        response = base64_text(f"\0{user}\0{password}")
        self.send(f"AUTH\t{number}\tPLAIN\tservice=imap\tsecured\tresp={response}\n".encode())
        return number

    def answer(self) -> tuple[int, str]:
        """The number of a login, and what became of it."""
        while True:
            line = self.receive_until(b"\n").decode().rstrip("\n")
            word, *fields = line.split("\t")
            if word == "OK":
                return int(fields[0]), OK
            if word == "FAIL":
                return int(fields[0]), TEMPORARY if "code=temp_fail" in fields else WRONG

    def log_in(self, user: str, password: str) -> str:
        number = self.begin(user, password)
        answered, result = self.answer()
        assert answered == number
        return result


class PatientAuth:
    """The same for when Dovecot itself may go away: CLOSED is an answer then, and the next login connects anew."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client: DovecotAuth | None = None

    def log_in(self, user: str, password: str) -> str:
        return self._try(lambda client: client.log_in(user, password))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _try(self, ask: Callable[[DovecotAuth], str]) -> str:
        try:
            self._client = self._client or DovecotAuth(self._socket)
            return ask(self._client)
        except (Closed, OSError):
            self.close()
            return CLOSED
