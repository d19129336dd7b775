# SPDX-License-Identifier: MIT
"""Finding what a program left running, however it detached itself."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def adopting_orphans() -> Iterator[Callable[[], list[str]]]:
    """Inside, orphaned grandchildren become our children. Gives a function that names those that live."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    before = set(_children())
    try:
        yield lambda: [name for pid in set(_children()) - before if (name := _name_if_alive(pid))]
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _children() -> list[int]:
    me = str(os.getpid())
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _fields(pid)[1:2] == [me]]


def _fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _name_if_alive(pid: int) -> str:
    fields = _fields(pid)
    if not fields:
        return ""
    if fields[0] in "ZX":
        os.waitpid(pid, os.WNOHANG)
        return ""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") or str(pid)
