# SPDX-License-Identifier: MIT
"""Programs that run to their end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
END_SECONDS = 60


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    errors: str

    @property
    def all(self) -> str:
        return self.output + self.errors


def run(
    command: Sequence[str | Path], text: str = "", folder: str | Path = "/", seconds: float = END_SECONDS
) -> Done:
    return run_bytes(command, text.encode(), folder, seconds)[0]


def run_bytes(
    command: Sequence[str | Path], data: bytes, folder: str | Path = "/", seconds: float = END_SECONDS
) -> tuple[Done, bytes]:
    """The same for input and output that need not be text."""
    done = subprocess.run(
        [str(word) for word in command],
        input=data,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PATH": PATH, "LANG": "C.UTF-8"},
        timeout=seconds,
        check=False,
    )
    output, errors = (octets.decode(errors="replace") for octets in (done.stdout, done.stderr))
    return Done(done.returncode, output, errors), done.stdout
