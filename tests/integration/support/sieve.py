# SPDX-License-Identifier: MIT
"""A client of ManageSieve (RFC 5804), as far as a script needs it."""

from __future__ import annotations

from .sasl import MECHANISMS
from .smtp import base64_text
from .stream import Stream


class Sieve(Stream):
    """A session that was greeted. Replies are their last line."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        greeting = self.reply()
        assert greeting.startswith("OK"), greeting

    def command(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def reply(self) -> str:
        while True:
            line = self.receive_until(b"\r\n").decode()[:-2]
            if line.split(" ")[0] in ("OK", "NO", "BYE"):
                return line

    def log_in(self, user: str, password: str) -> str:
        response = base64_text(MECHANISMS["PLAIN"](user, password)(b""))
        return self.command(f'AUTHENTICATE "PLAIN" "{response}"')

    def put_script(self, name: str, text: str) -> str:
        octets = text.encode()
        self.send(f'PUTSCRIPT "{name}" {{{len(octets)}+}}\r\n'.encode() + octets + b"\r\n")
        return self.reply()
