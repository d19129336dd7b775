# SPDX-License-Identifier: MIT
"""Ports for daemons that a test starts."""

from __future__ import annotations

import itertools
import os
import socket

# Below the range that the kernel takes ports for outgoing connections from (ip_local_port_range starts at 32768),
# so that no client's connection can take one between here and the daemon's start.
_FIRST, _COUNT = 20000, 12000
# Runs side by side begin at different places.
_offsets = itertools.count(os.getpid() * 97)


def free_port() -> int:
    """One on loopback that nobody has, and that this run gives to nobody else."""
    while True:
        port = _FIRST + next(_offsets) % _COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
