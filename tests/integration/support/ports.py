# SPDX-License-Identifier: MIT
"""Ports for daemons that a test starts."""

from __future__ import annotations

import socket


def free_port() -> int:
    """One on loopback that nobody had a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
