# SPDX-License-Identifier: MIT
"""What systemd does for a daemon with a .socket unit and Type=notify: holds its sockets, and hears what it says."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

# sd_listen_fds(3): the sockets are 3 and up, and LISTEN_PID is the daemon itself.
_HAND_OVER = 'n=3; for fd in $HELD; do eval "exec $n<&$fd"; n=$((n+1)); done; LISTEN_PID=$$ exec "$@"'
_ABOVE = 50  # where the handed-over numbers are not


class ServiceManager:
    def __init__(self, watchdog_seconds: int = 0) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
        self._folder.chmod(0o755)
        self._held: list[int] = []
        self._said: list[str] = []
        self._watchdog_seconds = watchdog_seconds
        self._hearing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._hearing.bind(str(self._folder / "notify"))
        (self._folder / "notify").chmod(0o666)
        self._hearing.setblocking(False)

    def hold_unix(self, path: Path) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        path.chmod(0o666)
        self._hold(listener)

    def hold_tcp(self) -> int:
        """The port."""
        listener = socket.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        self._hold(listener)
        return port

    def _hold(self, listener: socket.socket) -> None:
        listener.listen(4096)
        self._held.append(fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD, _ABOVE))
        listener.close()

    def command(self, program: list[str]) -> list[str]:
        return ["bash", "-c", _HAND_OVER, "bash", *program]

    @property
    def environment(self) -> dict[str, str]:
        values = {"LISTEN_FDS": str(len(self._held)), "HELD": " ".join(map(str, self._held))}
        values["NOTIFY_SOCKET"] = str(self._folder / "notify")
        if self._watchdog_seconds:
            values["WATCHDOG_USEC"] = str(self._watchdog_seconds * 1_000_000)
        return {**os.environ, **values}

    @property
    def descriptors(self) -> tuple[int, ...]:
        return tuple(self._held)

    @property
    def said(self) -> list[str]:
        """The assignments that were heard, in their order: `READY=1`, …"""
        while True:
            try:
                self._said += self._hearing.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self._said

    def next_word(self, word: str) -> Callable[[], bool]:
        """Whether the word was heard once more since now."""
        before = self.said.count(word)
        return lambda: self.said.count(word) > before

    def close(self) -> None:
        self._hearing.close()
        for descriptor in self._held:
            os.close(descriptor)
        for file in self._folder.iterdir():
            file.unlink()
        self._folder.rmdir()
