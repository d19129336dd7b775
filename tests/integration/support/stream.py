# SPDX-License-Identifier: MIT
"""A connection to a server, each of whose waits ends: with data, with the server's close, or as a failure."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import TypeVar

ANSWER_SECONDS = 30

Self = TypeVar("Self", bound="Stream")


class Closed(Exception):
    """The server closed the connection before the answer was whole."""


class Stream:
    """To a unix socket's path, or to a TCP port on loopback."""

    def __init__(self, address: str | int, timeout: float = ANSWER_SECONDS) -> None:
        if isinstance(address, int):
            self.socket = socket.create_connection(("127.0.0.1", address), timeout)
            # What is sent byte by byte shall arrive so.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            try:
                self.socket.connect(address)
            except BaseException:
                self.socket.close()
                raise
        self._received = b""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def end_sending(self) -> None:
        """Tells the server that no more will come, and goes on receiving."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self, size: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._received) < size:
            self._receive_more()
        data, self._received = self._received[:size], self._received[size:]
        return data

    def receive_until(self, end: bytes) -> bytes:
        """Everything up to the end, which is included."""
        while end not in self._received:
            self._receive_more()
        return self.receive(self._received.index(end) + len(end))

    def receive_all(self) -> bytes:
        """What comes until the server closes."""
        try:
            while True:
                self._receive_more()
        except Closed:
            return self.receive(len(self._received))

    def _receive_more(self) -> None:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:  # how a close looks to someone whose last bytes were not read
            data = b""
        if not data:
            raise Closed(f"the server closed after {self._received[-200:]!r}")
        self._received += data
