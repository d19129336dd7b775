# SPDX-License-Identifier: MIT
"""People who log in all the time, some of them with a wrong password, and what they were told when."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from extmail_demo import wait_until

from .accounts import Mailbox
from .dovecot_auth import PatientAuth

CLIENTS = 8


@dataclass(frozen=True)
class Login:
    began: float  # time.monotonic()
    is_right: bool  # the password
    answer: str


class LoginLoad:
    """From entering it to leaving it."""

    def __init__(self, socket: Path, user: Mailbox, wrong_password: str) -> None:
        self._socket = socket
        self._user = user
        self._wrong = wrong_password
        self._ends = threading.Event()
        self._logins: list[Login] = []
        self._threads = [threading.Thread(target=self._go_on) for _ in range(CLIENTS)]

    def __enter__(self) -> LoginLoad:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    @property
    def logins(self) -> list[Login]:
        return list(self._logins)

    def answers(self, is_right: bool, since: float = 0) -> set[str]:
        """To all logins that began since then."""
        return {each.answer for each in self.logins if each.is_right == is_right and each.began >= since}

    def wait_for(self, answer: str, *, is_right: bool = True, logins: int = 1) -> None:
        """Until so many more have had this answer."""
        began = time.monotonic()

        def enough() -> bool:
            found = [
                each for each in self.logins if (each.is_right, each.answer) == (is_right, answer) and each.began >= began
            ]
            return len(found) >= logins

        wait_until(enough, f"{logins} logins with the answer {answer!r}", timeout=60)

    def _go_on(self) -> None:
        client = PatientAuth(self._socket)
        is_right = True
        while not self._ends.is_set():
            began = time.monotonic()
            answer = client.log_in(self._user.address, self._user.password if is_right else self._wrong)
            self._logins.append(Login(began, is_right, answer))
            is_right = not is_right
        client.close()
