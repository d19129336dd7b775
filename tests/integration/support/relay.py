# SPDX-License-Identifier: MIT
"""Stands between a daemon and its database, and does to their connections what networks, proxies and servers do."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType

PREPARE = 0x16  # COM_STMT_PREPARE: what will be asked
EXECUTE = 0x17  # COM_STMT_EXECUTE, with which each question is asked
CHANGE_LOG = b"extmail_change"
HEADER_BYTES = 4


class Relay:
    """From a TCP port on loopback to a unix socket. Connections pass until told otherwise; close() ends all.

    accepted: connections so far; connections: those that are open; peak: the most that were at once.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._changed = threading.Condition()  # guards all below
        self._is_stalled = False
        self._delay = 0.0
        self._errors: list[tuple[int, bool]] = []
        self._loss: tuple[bytes, bool] | None = None
        self._deaf: set[socket.socket] = set()  # servers whose next answer is lost
        self._open: set[socket.socket] = set()
        self.accepted = 0
        self.peak = 0
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.restore()

    def restore(self) -> None:
        """Takes connections again after cut(), on the port from before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(100)
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._run(self._accept, listener)

    def cut(self) -> None:
        """Closes all connections, and takes no further one."""
        if self._listener is not None:
            # Wakes up who waits in accept(), which close() alone does not.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._changed:
            for end in self._open:
                _shut(end)

    def stall(self) -> None:
        """Passes nothing on, and takes connections that nobody greets."""
        with self._changed:
            self._is_stalled = True

    def flow(self) -> None:
        with self._changed:
            self._is_stalled = False
            self._errors.clear()
            self._delay = 0.0
            self._changed.notify_all()

    def delay(self, seconds: float) -> None:
        """Holds up all that the server says."""
        with self._changed:
            self._delay = seconds

    def answer_with(self, error: int, always: bool = False) -> None:
        """The next question for rows, or each until flow(), gets this server error, and the server never sees it."""
        with self._changed:
            self._errors.append((error, always))

    def lose(self, question: bytes, is_heard: bool) -> None:
        """The connection ends with the next question that this is all of: before the server hears it, or with its answer."""
        with self._changed:
            self._loss = (question, is_heard)

    @property
    def connections(self) -> int:
        with self._changed:
            return len(self._open) // 2

    def forget_peak(self) -> None:
        with self._changed:
            self.peak = len(self._open) // 2

    @property
    def has_errors_left(self) -> bool:
        with self._changed:
            return bool(self._errors)

    def close(self) -> None:
        self.flow()
        self.cut()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                server.close()
                continue
            with self._changed:
                self.accepted += 1
                self._open |= {client, server}
                self.peak = max(self.peak, len(self._open) // 2)
                if self._listener is None:  # cut meanwhile
                    _shut(client)
                    _shut(server)
            self._run(self._pass_questions, client, server)
            self._run(self._pass_answers, client, server)

    def _pass_questions(self, client: socket.socket, server: socket.socket) -> None:
        """Packet by packet."""
        follows_changes = False
        try:
            while True:
                header = _receive(client, HEADER_BYTES)
                payload = _receive(client, int.from_bytes(header[:3], "little"))
                self._await_flow()
                command = payload[0] if payload and header[3] == 0 else 0
                follows_changes |= command == PREPARE and CHANGE_LOG in payload
                error = self._take_error() if command == EXECUTE and not follows_changes else 0
                if error:
                    client.sendall(_error_packet(error))
                else:
                    self._lose_if_told(payload[1:], server)
                    server.sendall(header + payload)
        except OSError:
            pass
        finally:
            self._end(client, server)

    def _pass_answers(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                self._await_flow()
                with self._changed:
                    if server in self._deaf:
                        break
                if self._delay:
                    time.sleep(self._delay)
                client.sendall(data)
        except OSError:
            pass
        finally:
            self._end(client, server)

    def _await_flow(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_stalled)

    def _take_error(self) -> int:
        with self._changed:
            if not self._errors:
                return 0
            error, always = self._errors[0]
            if not always:
                del self._errors[0]
            return error

    def _lose_if_told(self, question: bytes, server: socket.socket) -> None:
        with self._changed:
            if self._loss is None or question.lower() != self._loss[0].lower():
                return
            if not self._loss[1]:
                raise ConnectionResetError
            self._deaf.add(server)

    def _end(self, *ends: socket.socket) -> None:
        """Called by both directions; the second one closes."""
        with self._changed:
            for end in ends:
                _shut(end)
            if not self._open.isdisjoint(ends):
                self._open.difference_update(ends)
                return
        for end in ends:
            end.close()


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was


def _receive(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = end.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _error_packet(error: int) -> bytes:
    payload = b"\xff" + error.to_bytes(2, "little") + b"#HY000said by the relay"
    return len(payload).to_bytes(3, "little") + b"\x01" + payload
