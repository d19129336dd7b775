# SPDX-License-Identifier: MIT
"""What goes wrong in a demo is told with the end of the log that explains it."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 20


class DemoError(Exception):
    """Says what failed and what to do, after the ends of the logs that belong to it."""

    def __init__(self, message: str, *logs: Path) -> None:
        self.message = message
        super().__init__("\n".join([*map(_tail, logs), message]))


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        return f"--- {log}: {error.strerror}"
    return "\n".join([f"--- the end of {log}:", *(lines[-TAIL_LINES:] or ["(empty)"]), ""])
