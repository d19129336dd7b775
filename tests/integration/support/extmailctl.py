# SPDX-License-Identifier: MIT
"""extmailctl as an administrator runs it, on the demo's configuration."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import termios
from collections.abc import Callable, Sequence
from typing import Any

from .site import Site
from .tools import PATH, Done, run

REFUSED, WRONG_USAGE, NOBODY_COULD_TELL, WRONG_CONFIGURATION = 1, 2, 75, 78


def take_terminal() -> None:
    """Makes standard input the terminal of the session, /dev/tty: passwords are asked for there."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Extmailctl:
    def __init__(self, site: Site, config: str = "") -> None:
        self.program = site.demo.layout.bin / "extmailctl"
        self.config = config or site.env["EXTMAIL_CONFIG"]

    def command(self, *words: str) -> list[str]:
        return [str(self.program), "--config", self.config, *words]

    def __call__(self, *words: str, text: str = "") -> Done:
        return run(self.command(*words), text)

    def ok(self, *words: str, text: str = "") -> str:
        """What it prints when all goes well."""
        done = self(*words, text=text)
        assert done.status == 0, done.all
        return done.output

    def data(self, *words: str) -> Any:
        return json.loads(self.ok("--json", *words))

    def on_terminal(self, typed: str, *words: str) -> tuple[int, str]:
        """With a terminal of its own, on which typed is typed; its status, and all that stood there at the end."""
        return self.in_dialogue([("", typed)], *words)

    def in_dialogue(self, lines: Sequence[tuple[str, str | Callable[[], str]]], *words: str) -> tuple[int, str]:
        """The same with several lines, each typed once a prompt stands there: what was typed before it is dropped.

        A function does what it does while the prompt stands there, and gives the line.
        """
        controller, terminal = pty.openpty()
        environment = {"PATH": PATH, "TERM": "xterm"}
        process = subprocess.Popen(
            self.command(*words),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(terminal)
        shown = b""
        waiting = list(lines)
        seen = 0
        try:
            while True:
                if waiting and waiting[0][0].encode() in shown[seen:]:
                    seen = len(shown)
                    line = waiting.pop(0)[1]
                    os.write(controller, (line if isinstance(line, str) else line()).encode())
                try:
                    more = os.read(controller, 4096)
                except OSError:  # the terminal is gone with who used it
                    break
                if not more:
                    break
                shown += more
        finally:
            os.close(controller)  # which ends who still asks there
        assert not waiting, f"never asked: {waiting[0][0]}; shown: {shown!r}"
        return process.wait(timeout=60), shown.decode(errors="replace").replace("\r\n", "\n")
