# SPDX-License-Identifier: MIT
"""Rows of a comparison: medians of several rounds, a ratio, and whether it meets its target."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Row = tuple[str, ...]


@dataclass(frozen=True)
class Result:
    what: str
    ours: float
    against: str
    theirs: float
    unit: str  # of both, less is better
    target: float | None  # ours / theirs at most; None: only shown

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def is_met(self) -> bool:
        return self.target is None or self.ratio <= self.target


def median(values: list[float]) -> float:
    return statistics.median(values)


def table(results: list[Result]) -> str:
    rows: list[Row] = [("what", "ours", "against", "theirs", "ratio", "target", "")]
    rows += [
        (
            each.what,
            f"{each.ours:.1f} {each.unit}",
            each.against,
            f"{each.theirs:.1f} {each.unit}",
            f"{each.ratio:.2f}",
            *_verdict(each),
        )
        for each in results
    ]
    return columns(rows)


def _verdict(result: Result) -> tuple[str, str]:
    if result.target is None:
        return "", ""
    return f"<= {result.target:.2f}", "met" if result.is_met else "NOT met"


def columns(rows: Sequence[Row]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def values(results: list[Result]) -> list[dict[str, object]]:
    return [{**asdict(each), "ratio": each.ratio, "is_met": each.is_met} for each in results]


def write_json(values: object, file: Path) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
