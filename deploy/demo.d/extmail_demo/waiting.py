# SPDX-License-Identifier: MIT
"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .errors import DemoError

Found = TypeVar("Found")

POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], Found | None], what: str, *logs: Path, timeout: float = 30) -> Found:
    """The first true value of condition; DemoError, with the logs, if there is none in time (seconds)."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise DemoError(f"waited {timeout:g} seconds in vain for {what}", *logs)
        time.sleep(POLL_SECONDS)
    return found
