# SPDX-License-Identifier: MIT
"""A Redis of a test's own: with a user for extmail-policyd, to be killed, hung, and started again with what it kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from extmail_demo import wait_until

from .extra_daemon import UID
from .outages import stands_still
from .passwords import new_password
from .ports import free_port
from .stream import Stream

USER = "extmail-policyd"
# As extmail-policyd(8) has it.
RIGHTS = "~extmail:policyd:* +@read +@write +@scripting +ping +select +time"

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
unixsocket {folder}/socket
unixsocketperm 777
dir {folder}
logfile {folder}/log
save ""
appendonly yes
appendfsync always
maxmemory-policy volatile-lru
user default on nopass ~* &* +@all
user {user} on >{password} {rights}
"""


class Redis:
    """Not started yet. close() ends and removes it all."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="em-redis-", dir="/tmp"))
        os.chown(self.folder, UID, UID)
        self.folder.chmod(0o755)
        self.port = free_port()
        self.password = new_password()
        self.socket = self.folder / "socket"
        self._configuration = self.folder / "redis.conf"
        self._configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder, port=self.port, user=USER, password=self.password, rights=RIGHTS
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._process is None
        self._process = subprocess.Popen(
            ["redis-server", str(self._configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=UID,
            group=UID,
            extra_groups=[],
        )
        wait_until(self._serves, "Redis to serve", self.folder / "log")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def hang(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        wait_until(partial(stands_still, self._process.pid), "Redis to stop in its tracks")

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def command(self, *words: str) -> str:
        """A command's reply: the first line of it."""
        with Stream(self.port) as stream:
            parts = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
            stream.send(f"*{len(words)}\r\n{parts}".encode())
            return stream.receive_until(b"\r\n").decode().strip()

    def information(self, field: str) -> str:
        """A field of what Redis says of itself."""
        with Stream(self.port) as stream:
            stream.send(b"*1\r\n$4\r\nINFO\r\n")
            size = int(stream.receive_until(b"\r\n").removeprefix(b"$"))
            text = stream.receive(size).decode()
        return next(line.partition(":")[2] for line in text.splitlines() if line.startswith(field + ":"))

    def _serves(self) -> bool:
        assert self._process is not None and self._process.poll() is None, "Redis ended"
        try:
            return self.command("PING") == "+PONG"
        except ConnectionRefusedError:
            return False
