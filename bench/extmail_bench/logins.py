# SPDX-License-Identifier: MIT
"""Logins by one of the load programs: who logs in, and what it took."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from extmail_demo import Demo, Service

from .processes import processor_seconds
from .report import columns, median
from .site import mailbox

PASSWORD = "extmail"
REFUSED = 20


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def hashes(demo: Demo, count: int) -> list[str]:
    """`$1$` hashes of the password, each with a salt of its own."""
    command = [demo.build_dir / "bench/crypt_load", "hashes", str(count), PASSWORD]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def circumstances(versions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What a measurement is of; versions: a name, and the command whose first line says what it is."""

    def first_line(command: Sequence[str]) -> str:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]

    return {
        "command": shlex.join(sys.argv),
        "machine": f"{os.cpu_count()} processors, {platform.system()} {platform.release()}",
        **{name: first_line(command) for name, command in versions.items()},
    }


class Users:
    """Files of users, as bench/load.hpp wants them."""

    def __init__(self, folder: Path, domains: int, count: int) -> None:
        self._folder = folder
        self._domains = domains
        self._count = count
        self._next = 0

    def take(self, count: int) -> Path:
        """So many whom nobody was given before, in a file of their own."""
        first = self._next
        self._next += count
        if self._next > self._count:
            raise SystemExit("--users is too small for so many --known, --new and --rounds")
        lines = (f"{mailbox(number, self._domains)}\t{PASSWORD}\tok\n" for number in range(first, self._next))
        return self._write(f"users{first}", lines)

    def strangers(self) -> Path:
        """Who must be refused: half with a wrong password, half nobody. They are at the end of those who may be taken."""
        names = [mailbox(self._count - number, self._domains) for number in range(1, REFUSED // 2 + 1)]
        names += [f"nobody{number}@d0.bench" for number in range(REFUSED // 2)]
        return self._write("strangers", (f"{name}\twrong\tno\n" for name in names))

    def _write(self, name: str, lines: Iterable[str]) -> Path:
        file = self._folder / name
        file.write_text("".join(lines))
        return file


@dataclass(frozen=True)
class Run:
    """One load on one peer. Times are microseconds a login; processor: of the client, then of each service."""

    each: float  # of the whole time, what comes to one login: the throughput
    p50: float
    p99: float
    processor: dict[str, float]


class Runs:
    """Runs load programs, and keeps what they took, by row and peer."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services
        self._runs: dict[tuple[str, str], list[Run]] = {}

    def measure(self, what: str, peer: str, *args: object, users: Path, logins: int) -> None:
        self._runs.setdefault((what, peer), []).append(self.run(peer, *args, users=users, logins=logins))

    def run(
        self,
        peer: str,
        command: Sequence[object],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        *,
        users: Path,
        logins: int,
    ) -> Run:
        """The command is given the number of logins. One answer that is wrong is no measurement."""
        before = self._seconds()
        with users.open() as source:
            done = subprocess.run(
                [*map(str, command), str(logins)],
                stdin=source,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=folder,
            )
        if done.returncode != 0:
            raise SystemExit(f"{peer}: the load ended with {done.returncode}; see above")
        rate, p50, p99, client, wrong = map(float, done.stdout.split())
        if wrong:
            raise SystemExit(f"{peer}: {wrong:.0f} of {logins} answers are wrong; see above")
        spent = {name: (seconds - before[name]) / logins * 1e6 for name, seconds in self._seconds().items()}
        return Run(1e6 / rate, p50, p99, {"client": client, **spent})

    def middle(self, what: str, peer: str, part: str = "each") -> float:
        return median([getattr(run, part) for run in self._runs[what, peer]])

    def costs(self) -> list[dict[str, object]]:
        """Of processor time the mean, because the kernel counts it in steps that are long beside one round."""
        rows = []
        for (what, peer), runs in self._runs.items():
            parts = {name: fmean(run.processor[name] for run in runs) for name in runs[0].processor}
            times = {part: self.middle(what, peer, part) for part in ("each", "p50", "p99")}
            rows.append({"what": what, "peer": peer, **times, **parts, "all": sum(parts.values())})
        return rows

    def _seconds(self) -> dict[str, float]:
        return {name: processor_seconds(service) for name, service in self._services.items()}


def table_of_costs(costs: Sequence[Mapping[str, object]]) -> str:
    titles = {"what": "a login", "each": "throughput", "p50": "median", "p99": "99 %"}
    texts = [[f"{value:.1f} us" if isinstance(value, float) else str(value) for value in row.values()] for row in costs]
    return columns([tuple(titles.get(name, name) for name in costs[0]), *(tuple(row) for row in texts)])
