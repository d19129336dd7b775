# SPDX-License-Identifier: MIT
"""A shell on a terminal of its own, whose line editor is asked what it would complete."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from pathlib import Path

from .extmailctl import take_terminal
from .tools import PATH

LINE_LIMIT_S = 20


class Shell:
    """Each line is typed, completed, and then shown by a command that is put before it: keys are taken in their order,
    so that nothing has to be waited for but what that command shows."""

    UNIQUE = "\t"
    ALL = "\x18a"
    SHOW = "said() { printf '<<%s>>\\n' \"$*\"; }\n"

    def __init__(self, command: list[str], setup: str, programs: Path) -> None:
        self.controller, terminal = pty.openpty()
        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={"PATH": f"{programs}:{PATH}", "TERM": "dumb", "COLUMNS": "10000", "HOME": "/nonexistent"},
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(terminal)
        os.write(self.controller, (setup + self.SHOW).encode())
        os.write(self.controller, b"said rea''dy\n")
        assert self._shown() == "ready"

    def close(self) -> None:
        os.close(self.controller)
        self.process.wait(timeout=LINE_LIMIT_S)

    def complete(self, line: str) -> str:
        """The line with what was added, if that is all that there is to add."""
        return self._edit(line + self.UNIQUE)

    def candidates(self, line: str) -> set[str]:
        """All that could stand in place of its last word."""
        begin, _, _ = line.rpartition(" ")
        return set(self._edit(line + self.ALL).removeprefix(begin).split())

    def _edit(self, keys: str) -> str:
        os.write(self.controller, (keys + "\x01said \n").encode())
        return self._shown().rstrip()

    def _shown(self) -> str:
        shown = ""
        while not (found := re.search(r"<<(.*?)>>\r?\n", shown)):
            ready, _, _ = select.select([self.controller], [], [], LINE_LIMIT_S)
            assert ready, f"nothing more after {shown!r}"
            shown += os.read(self.controller, 65536).decode(errors="replace")
        return found[1]


def bash(script: Path, programs: Path) -> Shell:
    setup = f"bind 'set enable-bracketed-paste off'; bind '\"\\C-xa\": insert-completions'; source {script}\n"
    return Shell(["bash", "--norc", "--noprofile", "-i"], setup, programs)


def zsh(script: Path, programs: Path) -> Shell:
    """As Debian has it: the script is found in a folder of $fpath."""
    setup = "; ".join((
        f"fpath=({script.parent} $fpath)",
        "autoload -U compinit && compinit -D -u",
        "zle -C all-matches complete-word _generic",
        "bindkey -e",
        "bindkey '^Xa' all-matches",
        "zstyle ':completion:all-matches:*' insert true",
        "zstyle ':completion:all-matches::::' completer _all_matches _complete",
    ))
    return Shell(["zsh", "-f", "-i"], setup + "\n", programs)
