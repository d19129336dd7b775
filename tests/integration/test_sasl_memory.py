# SPDX-License-Identifier: MIT
"""The auxprop plugin in libsasl2's hands, watched by Valgrind: each mechanism, threads, fork, trouble of every kind."""

from __future__ import annotations

import re
from pathlib import Path

from support.tools import run

OURS = re.compile(r"\bextmail::(sasl|wire|client)::|libextmail\.so")  # in a stack; the file where the function is not named
SECONDS = 300  # ten on an idle machine

VALGRIND = (
    "valgrind --quiet --vgdb=no --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "
    "--keep-debuginfo=yes --num-callers=40"
).split()


def blocks(report: str) -> list[str]:
    """What Valgrind complains of, each with its stack."""
    lines = (re.sub(r"^==\d+== ?", "", line) for line in report.splitlines())
    return [block for block in "\n".join(lines).split("\n\n") if block.strip()]


def test_logins_leave_nothing_behind(build_dir: Path, tmp_path: Path) -> None:
    program, pid_file = build_dir / "tests" / "abi" / "test_sasl_plugin", tmp_path / "pid"
    command = [*VALGRIND, f"--log-file={tmp_path}/%p.log", program]
    done = run(["sh", "-c", 'echo $$ > "$0"; exec "$@"', pid_file, *command], seconds=SECONDS)
    assert done.status == 0, done.all

    main = f"{pid_file.read_text().strip()}.log"
    reports = {file.name: file.read_text(errors="replace") for file in tmp_path.glob("*.log")}
    assert main in reports and len(reports) >= 2  # the children that it forks too
    found = [(name, block) for name, report in reports.items() for block in blocks(report) if OURS.search(block)]
    # A child has no threads but the one that forked: what was on the stacks of the others nobody can free there.
    assert [block for name, block in found if name == main or "definitely lost" not in block] == []
    assert "Process terminating" not in "".join(reports.values())
