# SPDX-License-Identifier: MIT
"""Programs that run to their end, whoever starts the demo from wherever."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

from .errors import DemoError

END_SECONDS = 10

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


def clean_environment() -> dict[str, str]:
    """The same for everything that is started, but for the settings of builds with sanitizers."""
    kept = {name: os.environ[name] for name in _SANITIZERS if name in os.environ}
    return {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": "/", **kept}


def run_tool(*command: str, text: str = "") -> str:
    """Runs a program that reads the text; what it prints. DemoError, with all it said, when it fails."""
    tool = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=clean_environment(),
        start_new_session=True,
    )
    with tool:
        try:
            output, errors = tool.communicate(text)
        except BaseException:
            _end_with_children(tool)
            raise
    if tool.returncode:
        said = (output + errors).strip()
        raise DemoError(f"{said}\nexit status {tool.returncode} from: {shlex.join(command)}")
    return output


def _end_with_children(tool: subprocess.Popen[str]) -> None:
    """Returns when nobody holds the tool's output any more, which a child may do after the tool's own end."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(tool.pid, how)
            tool.communicate(timeout=END_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
