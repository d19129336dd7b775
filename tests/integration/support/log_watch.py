# SPDX-License-Identifier: MIT
"""What a log gained since a moment."""

from __future__ import annotations

import re
from pathlib import Path

from extmail_demo import wait_until

LINE_SECONDS = 10


class LogWatch:
    """The log from now on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._start = file.stat().st_size if file.exists() else 0

    @property
    def text(self) -> str:
        if not self.file.exists():
            return ""
        with self.file.open("rb") as log:
            log.seek(self._start)
            return log.read().decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def wait_for(self, *words: str, seconds: float = LINE_SECONDS) -> str:
        """The first line that has all the words, as soon as it is there."""
        return wait_until(
            lambda: next((line for line in self.lines if all(word in line for word in words)), None),
            f"a line with {words!r} in {self.file}",
            self.file,
            timeout=seconds,
        )

    def matching(self, pattern: str) -> list[str]:
        return [line for line in self.lines if re.search(pattern, line)]
