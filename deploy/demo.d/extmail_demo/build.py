# SPDX-License-Identifier: MIT
"""Builds what the demo runs, and no more; quick when nothing has changed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .layout import SOURCE, Layout
from .tools import run_tool

DEFAULT_BUILD_DIR = SOURCE / "build"

DAEMONS = ("maps/extmail-mapd", "authd/extmail-authd", "policyd/extmail-policyd")
DOVECOT_PLUGIN = "dovecot-auth-plugin/libauthdb_extmail.so"
SASL_PLUGIN = "sasl-auxprop/libextmail.so"


def build(build_dir: Path) -> None:
    build_dir.mkdir(parents=True, exist_ok=True)
    with _alone_in(build_dir):
        if not (build_dir / "build.ninja").exists():
            # The plugins are optional to Meson; the demo can't do without.
            run_tool(
                "meson",
                "setup",
                str(build_dir),
                str(SOURCE),
                "-Ddovecot_plugin=enabled",
                "-Dsasl_plugin=enabled",
            )
        run_tool("ninja", "-C", str(build_dir), *DAEMONS, DOVECOT_PLUGIN, SASL_PLUGIN)


def install_daemons(build_dir: Path, layout: Layout) -> None:
    """Copies: the daemons' accounts may not get into the checkout, and a new build must not disturb them."""
    for daemon in DAEMONS:
        shutil.copy(build_dir / daemon, layout.bin)


@contextmanager
def _alone_in(build_dir: Path) -> Iterator[None]:
    """Two demos may be started at once; two ninjas in one folder would trip over each other."""
    folder = os.open(build_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
