# SPDX-License-Identifier: MIT
"""Something on extmail-authd's socket that is not our release of it, or nothing like it at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .auth_protocol import message
from .netstring import split_netstrings


def refuse_version(hello: bytes) -> bytes:
    tag = split_netstrings(split_netstrings(hello)[0])[1].decode()
    return message("permanent", tag, reason="protocol version 3 is not spoken here, but 99")


def greet_as_smtp(_: bytes) -> bytes:
    return b"220 mail.example.org ESMTP\r\n"


class FakeAuthd:
    """Takes connections, and answers the first message of each; counts them."""

    def __init__(self, path: Path, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(64)
        self._clients: list[socket.socket] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve)

    @classmethod
    def of_another_version(cls, path: Path) -> FakeAuthd:
        return cls(path, refuse_version)

    @classmethod
    def of_another_kind(cls, path: Path) -> FakeAuthd:
        return cls(path, greet_as_smtp)

    def __enter__(self) -> FakeAuthd:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for client in self._clients:
            client.close()

    def _serve(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            self._clients.append(client)
            self.connections += 1
            client.settimeout(10)
            try:
                client.sendall(self._answer(client.recv(65536)))
            except OSError:
                continue
