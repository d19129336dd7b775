# SPDX-License-Identifier: MIT
"""Builds what the demo runs, and no more; quick when nothing has changed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .dovecot import PLUGINS, dovecot_version
from .layout import SOURCE, Layout
from .tools import run_tool

DEFAULT_BUILD_DIR = SOURCE / "build"

PROGRAMS = ("maps/extmail-mapd", "authd/extmail-authd", "policyd/extmail-policyd", "ctl/extmailctl")
SASL_PLUGIN = "sasl-auxprop/libextmail.so"


def build(build_dir: Path, further: Sequence[str] = ()) -> None:
    """further: targets beside those that the demo needs itself."""
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
        dovecot_plugins = PLUGINS[dovecot_version()].values()
        run_tool("ninja", "-C", str(build_dir), *PROGRAMS, *dovecot_plugins, SASL_PLUGIN, *further)


def install_programs(build_dir: Path, layout: Layout) -> None:
    """Copies: the daemons' accounts may not get into the checkout, and a new build must not disturb them."""
    for program in PROGRAMS:
        shutil.copy(build_dir / program, layout.bin)


@contextmanager
def _alone_in(build_dir: Path) -> Iterator[None]:
    """Two demos may be started at once; two ninjas in one folder would trip over each other."""
    folder = os.open(build_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
