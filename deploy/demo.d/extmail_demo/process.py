# SPDX-License-Identifier: MIT
"""A server of the demo: started, and ended by whoever finds its pid file, but never mistaken for another.

Each server leads a session of its own, so that what it forked is known as its own, even after its death.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from .errors import DemoError
from .layout import Layout
from .tools import clean_environment
from .waiting import wait_until

START_SECONDS = 60
STOP_SECONDS = 30


class Service:
    """One server. Subclasses say how to prepare and start it, and when it is ready."""

    def __init__(self, layout: Layout, name: str) -> None:
        self.layout = layout
        self.name = name
        self.log_file = layout.log / f"{name}.log"
        self.pid_file = layout.run / f"{name}.pid"
        self._identity_file = layout.run / f"{name}.pid-identity"

    def prepare(self) -> None:
        """Writes the configuration, once, before anything is started."""

    def before_start(self) -> None:
        """What must be done before each start."""

    def after_end(self) -> None:
        """What must be done when the server is gone."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Returns when the server serves."""
        if self.is_running():
            raise DemoError(f"{self.name} is running already (pid {self.pid()})")
        self.before_start()
        self._launch()
        wait_until(
            lambda: self.is_ready() or not self.is_running(),
            f"{self.name} to be ready",
            self.log_file,
            timeout=START_SECONDS,
        )
        if not self.is_running():
            raise DemoError(f"{self.name} ended before it was ready", self.log_file)

    def _launch(self) -> None:
        command = self.command()
        # An interrupt must not come between a process and the record of it.
        held = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
        try:
            pid = self._spawn(command)
            self.pid_file.write_text(f"{pid}\n")
            self._identity_file.write_text(_identity(pid) or "gone")
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)

    def _spawn(self, command: list[str]) -> int:
        """Runs the command as the leader of a new session, its output in the log."""
        output = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawnp(
            "env",
            ["env", "--chdir=/", *command],
            clean_environment(),
            setsid=True,
            setsigmask=[],
            # Python ignores these, and a server would inherit that.
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log_file), output, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )

    def stop(self) -> None:
        """Ends the server, if it runs, with SIGTERM; returns when all its processes are gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server and its processes as a crash would, with SIGKILL."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pid(self) -> int | None:
        """Of the running server; None when it is gone, even if its pid is another process's by now."""
        pid, identity = self._started()
        return pid if pid and _identity(pid) == identity else None

    def is_running(self) -> bool:
        return self.pid() is not None

    def _started(self) -> tuple[int, str]:
        try:
            return int(self.pid_file.read_text()), self._identity_file.read_text()
        except FileNotFoundError:
            return 0, ""

    def _processes(self) -> list[int]:
        """The server and what it forked. While a member lives, no stranger gets the session's number."""
        leader, identity = self._started()
        if not leader or _identity(leader) not in (identity, None):
            return []
        return [pid for pid in _all_pids() if _session(pid) == leader]

    def _end(self, how: signal.Signals) -> None:
        leader = self.pid()
        if how == signal.SIGTERM and leader:
            _send(leader, how)
            try:
                wait_until(lambda: not self._processes(), f"{self.name} to end", timeout=STOP_SECONDS)
            except DemoError:
                pass  # what is left is killed
        for pid in self._processes():
            _send(pid, signal.SIGKILL)
        wait_until(lambda: not self._processes(), f"the killed {self.name} to be gone", timeout=STOP_SECONDS)
        self.after_end()
        self.pid_file.unlink(missing_ok=True)
        self._identity_file.unlink(missing_ok=True)


def _send(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third on, the state; None for a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] not in "ZX":
        return fields
    try:
        os.waitpid(pid, os.WNOHANG)  # a child of ours; anyone else's is reaped by its parent
    except ChildProcessError:
        pass
    return None


def _identity(pid: int) -> str | None:
    """What no other process has, ever: when it was started, and in which run of the kernel."""
    fields = _stat(pid)
    return f"{fields[19]} {Path('/proc/sys/kernel/random/boot_id').read_text().strip()}" if fields else None


def _session(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[3]) if fields else None
