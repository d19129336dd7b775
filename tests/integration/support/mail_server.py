# SPDX-License-Identifier: MIT
"""A mail server that sends to ours, several mails at once: what is put off is tried again, as a real one does."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from .messages import Message
from .smtp import Smtp
from .stream import Closed

AT_ONCE = 4
BACK_OFF_SECONDS = 0.2  # of real ones: minutes
PATIENCE_SECONDS = 120  # and days


class MailServer:
    """Sends as many mails as it has been allowed to. What became of them is counted."""

    def __init__(self, port: int, recipients: list[str]) -> None:
        self._port = port
        self._recipients = itertools.cycle(recipients)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._allowed = threading.Semaphore(0)
        self._gives_up_at = time.monotonic() + PATIENCE_SECONDS
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self.accepted: list[str] = []  # Message-IDs
        self.refused: list[str] = []  # replies
        self.put_off = 0

    def send(self, messages: list[Message]) -> None:
        """Returns at once."""
        for message in messages:
            self._pool.submit(self._send, message)

    def allow(self, mails: int) -> None:
        self._allowed.release(mails)

    def finish(self) -> None:
        """Returns when every mail was accepted or refused, or patience has ended."""
        self._pool.shutdown()

    def __enter__(self) -> MailServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._gives_up_at = 0
        self._pool.shutdown(cancel_futures=True)

    def _send(self, message: Message) -> None:
        while not self._allowed.acquire(timeout=1):
            if time.monotonic() > self._gives_up_at:
                return
        with self._lock:
            sender, recipient = f"sender{next(self._numbers)}@example.com", next(self._recipients)
        while time.monotonic() < self._gives_up_at:
            reply = self._try(sender, recipient, message)
            with self._lock:
                if reply.startswith("2"):
                    self.accepted.append(message.id)
                    return
                if reply.startswith("5"):
                    self.refused.append(reply)
                    return
                self.put_off += 1
            time.sleep(BACK_OFF_SECONDS)

    def _try(self, sender: str, recipient: str, message: Message) -> str:
        try:
            with Smtp(self._port) as smtp:
                return smtp.transact(sender, recipient, message.text)
        except (Closed, OSError) as error:
            return f"no reply: {error}"
