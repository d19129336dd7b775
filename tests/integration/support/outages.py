# SPDX-License-Identifier: MIT
"""Servers that are away for a while, each in a way that servers are."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from extmail_demo import Demo, wait_until

FAULTS = (
    "MariaDB stopped",
    "MariaDB killed",
    "MariaDB hung",
    "mapd killed",
    "authd killed",
    "policyd killed",
)


_away: set[str] = set()


def is_away(name: str) -> bool:
    """Is this server meant to be away now?"""
    return name in _away


class Outage:
    """From its making to end(), which may be called more than once."""

    def __init__(self, demo: Demo, fault: str) -> None:
        self.fault = fault
        self._name, _, how = fault.lower().partition(" ")
        service = demo.services[self._name]
        _away.add(self._name)
        self._end: Callable[[], None] | None = service.start
        if how == "stopped":
            service.stop()
        elif how == "killed":
            service.kill()
        else:
            pid = service.pid()
            assert how == "hung" and pid
            os.kill(pid, signal.SIGSTOP)
            wait_until(partial(stands_still, pid), f"{self._name} to stop in its tracks")
            self._end = partial(os.kill, pid, signal.SIGCONT)

    def end(self) -> None:
        if self._end is not None:
            self._end()
        self._end = None
        _away.discard(self._name)


def stands_still(pid: int) -> bool:
    """Every thread of it; they stop one by one."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(re.search(r"\) T ", thread.read_text()) for thread in threads)
