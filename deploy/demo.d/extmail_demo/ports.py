# SPDX-License-Identifier: MIT
"""Free loopback ports, kept free for us until the servers listen on them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    smtp: int
    submission: int
    imap: int
    pop3: int


@contextmanager
def reserved_ports() -> Iterator[Ports]:
    """Ports that the kernel gives to nobody else meanwhile, so that demos may start side by side.

    They are bound but not listened on: Linux lets a server that sets SO_REUSEADDR, as Postfix and Dovecot do,
    bind and listen on such a port all the same.
    """
    held = []
    try:
        for _ in fields(Ports):
            reservation = socket.socket()
            held.append(reservation)
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reservation.bind((LOOPBACK, 0))
        yield Ports(*(reservation.getsockname()[1] for reservation in held))
    finally:
        for reservation in held:
            reservation.close()


def accepts(address: tuple[str, int] | str) -> bool:
    """Does a server accept connections at this TCP address or unix socket?"""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as probe:
        probe.settimeout(1)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def greets(path: str) -> bool:
    """Does the server at this unix socket speak first? A MariaDB that only listens yet may lose a SIGTERM and run on."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
            return bool(probe.recv(1))
        except OSError:
            return False
