# SPDX-License-Identifier: MIT
"""The measurements run through and say what they should; what they measure is not a test's business."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.tools import run

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--rounds 1 --domains 10 --mailboxes 2000 --aliases 100 --warm 500 --keys 500 --cold 320 --seconds 0.2 --memory 2000"


def test_every_row_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/maps", "--build-dir", build_dir, "--json", file, *SMALL.split()]
    done = run(command, seconds=120)
    assert done.status == 0, done.all
    rows = {(row["what"], row["against"]) for row in json.loads(file.read_text(encoding="utf-8"))}
    assert rows == {
        ("cached, 1 client", "constant responder"),
        ("cached, 1 client", "mysql:"),
        ("cached, 1 client", "proxy:mysql:"),
        ("cold, 1 client", "mysql:"),
        ("cold, 16 clients", "16 x mysql:"),
        ("cached, 512 connections", "1 connection"),
        ("its 99th percentile, 512 connections", "its median"),
        ("a change shows, at worst", "the target"),
        ("resident at start", "the target"),
        ("resident with 2000 mailboxes", "the target"),
    }
    assert all(what in done.output for what, _ in rows)
