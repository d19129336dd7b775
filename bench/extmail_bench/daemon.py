# SPDX-License-Identifier: MIT
"""What extmail-mapd promises beside the peers: many connections, fresh rows, little memory."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from extmail_demo import Demo

from .report import Result, median
from .site import Tables, ask_one, mailbox, resident_mebibytes

CONNECTIONS = 512


def _load(demo: Demo, keys: Path, connections: int, seconds: float) -> tuple[float, float, float]:
    """Microseconds a lookup, and the median and 99th percentile of the time that one takes."""
    program = demo.build_dir / "bench/lookup_load"
    command = [program, demo.layout.maps_socket, "virtual_mailbox_maps", str(connections), str(seconds)]
    with keys.open() as source:
        done = subprocess.run(command, stdin=source, stdout=subprocess.PIPE, text=True, check=True)
    throughput, p50, p99, failed = map(float, done.stdout.split())
    if failed:
        raise SystemExit(f"bench/maps: {failed:.0f} lookups failed with {connections} connections")
    return 1e6 / throughput, p50, p99


def measure_connections(demo: Demo, keys: Path, rounds: int, seconds: float) -> list[Result]:
    """The same keys, cached, by one connection and by many."""
    one, many, spread = [], [], []
    for _ in range(rounds):
        one.append(_load(demo, keys, 1, seconds)[0])
        time_each, p50, p99 = _load(demo, keys, CONNECTIONS, seconds)
        many.append(time_each)
        spread.append((p50, p99))
    p50, p99 = (median([pair[i] for pair in spread]) for i in (0, 1))
    return [
        Result(f"cached, {CONNECTIONS} connections", median(many), "1 connection", median(one), "us", 1),
        Result(f"its 99th percentile, {CONNECTIONS} connections", p99, "its median", p50, "us", 20),
    ]


def measure_freshness(demo: Demo, tables: Tables, domains: int, rounds: int) -> list[Result]:
    """From the end of an UPDATE until `postmap -q` shows it, of rows that are cached."""
    table = tables.ours.replace("virtual_mailbox_maps", "virtual_mailbox_limit_maps")
    waits = []
    for number in range(4 * rounds):
        name, size = mailbox(number, domains), f"{1000 + number}"
        before = ask_one(demo, table, name)
        demo.sql(f"UPDATE mailbox SET quota = '{size}' WHERE username = '{name}'")
        changed = time.perf_counter()
        while (shown := ask_one(demo, table, name)) != size:
            if shown != before or time.perf_counter() - changed > 10:
                raise SystemExit(f"bench/maps: {name} is {shown}, not {size}")
        waits.append(time.perf_counter() - changed)
    return [Result("a change shows, at worst", max(waits) * 1e3, "the target", 1000, "ms", 1)]


def measure_memory(demo: Demo, folder: Path, domains: int, mailboxes: int, ask: Callable[[str], None]) -> list[Result]:
    """The daemon started anew, and then with every mailbox in its cache."""
    config = demo.layout.extmail_toml
    text = config.read_text()
    size = next(line for line in text.splitlines() if line.startswith("cache_size"))
    config.write_text(text.replace(size, "cache_size = 1024"))
    demo.mapd.stop()
    demo.mapd.start()
    pid = demo.mapd.pid()
    assert pid
    at_start = resident_mebibytes(pid)
    file = folder / "all"
    file.write_text("".join(f"{mailbox(number, domains)}\n" for number in range(mailboxes)))
    ask(str(file))
    filled = resident_mebibytes(pid)
    return [
        Result("resident at start", at_start, "the target", 15, "MiB", 1),
        Result(f"resident with {mailboxes} mailboxes", filled, "the target", 250 * mailboxes / 1e6, "MiB", 1),
    ]
