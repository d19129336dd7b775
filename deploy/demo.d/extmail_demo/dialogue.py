# SPDX-License-Identifier: MIT
"""What a person would do by hand, shown as it happens: talk to a server line by line, or run a command."""

from __future__ import annotations

import shlex
import socket
import subprocess

from .errors import DemoError
from .ports import LOOPBACK
from .tools import clean_environment

ANSWER_SECONDS = 30


def show(mark: str, text: str) -> None:
    for line in text.splitlines() or [""]:
        print(f"   {mark} {line}", flush=True)


def run(*command: str, expect: str, status: int = 0, folder: str = "/") -> str:
    """Runs a command, which must end with this status and print the expected text; all that it printed."""
    show("$", ("" if folder == "/" else f"cd {folder} && ") + shlex.join(command))
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=clean_environment(),
        timeout=ANSWER_SECONDS,
        check=False,
    )
    show("|", done.stdout)
    if done.returncode != status or expect not in done.stdout:
        raise DemoError(
            f"expected exit status {status} and {expect!r}; the exit status was {done.returncode}"
        )
    return done.stdout


class Dialogue:
    """A conversation in lines (SMTP, IMAP, POP3), as one has it with telnet."""

    def __init__(self, port: int, greeting: str) -> None:
        show("$", f"telnet {LOOPBACK} {port}")
        self._socket = socket.create_connection((LOOPBACK, port), ANSWER_SECONDS)
        self._lines = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n")
        self.expect(greeting)

    def __enter__(self) -> Dialogue:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def send(self, text: str, expect: str) -> list[str]:
        """Sends lines; the answer, up to the line that starts as expected."""
        show("C:", text)
        self._socket.sendall("".join(f"{line}\r\n" for line in text.split("\n")).encode())
        return self.expect(expect)

    def expect(self, start: str) -> list[str]:
        lines = []
        while True:
            try:
                line = self._lines.readline()
            except TimeoutError:
                raise DemoError(f"expected a line that starts with {start!r}, but nothing came") from None
            if not line:
                raise DemoError(f"expected a line that starts with {start!r}, but the server hung up")
            line = line.rstrip("\r\n")
            show("S:", line)
            lines.append(line)
            if line.startswith(start):
                return lines
            if _is_refusal(line):
                raise DemoError(f"expected a line that starts with {start!r}, not {line!r}")


def _is_refusal(line: str) -> bool:
    """An answer after which no other comes: SMTP's last line of a reply, IMAP's and POP3's complaints."""
    words = line.split(" ", 2)
    return (
        (len(words[0]) == 3 and words[0].isdigit())
        or words[0] == "-ERR"
        or (len(words) > 1 and words[0] != "*" and words[1] in ("NO", "BAD"))
    )
