# SPDX-License-Identifier: MIT
"""What the servers of a demo take: processor time and memory, each with all the processes that it forked."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from extmail_demo import DemoError, Service

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PAGES_A_MEBIBYTE = 2**20 // os.sysconf("SC_PAGE_SIZE")


def _of(service: Service) -> list[tuple[int, list[str]]]:
    """Its processes, with the fields of /proc/PID/stat from the third on: a service leads a session of its own."""
    leader = service.pid()
    if leader is None:
        raise DemoError(f"{service.name} has ended", service.log_file)
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader:
            found.append((int(name), fields))
    return found


def processor_seconds(service: Service) -> float:
    """Of the processes that are there, and of their children that have ended: the sum only grows."""
    return sum(sum(map(int, fields[11:15])) for _, fields in _of(service)) / _TICKS_A_SECOND


def resident_mebibytes(service: Service, program: str) -> float:
    """All processes of the service that run this program; what they share is counted for each."""
    return sum(int(fields[21]) for pid, fields in _of(service) if _runs(pid) == program) / _PAGES_A_MEBIBYTE


def _runs(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class OtherLoad:
    """How busy the machine is with what these services, this process and its children don't do, from now on."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self._began = time.monotonic()
        self._others_before = self._others()

    def percent(self) -> float:
        passed = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return max(0.0, (self._others() - self._others_before) / passed * 100)

    def _others(self) -> float:
        return _busy_seconds() - _own_seconds() - sum(map(processor_seconds, self._services))


def _busy_seconds() -> float:
    """Of all processors: user, nice, system, irq, softirq and steal of proc_stat(5)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / _TICKS_A_SECOND


def _own_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
