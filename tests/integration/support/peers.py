# SPDX-License-Identifier: MIT
"""Being someone else for a moment: a unix socket knows who connected (SO_PEERCRED), and its mode who may."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def acting_as(uid: int, gid: int) -> Iterator[None]:
    """Connects in here come from this user, with this group and no other."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
