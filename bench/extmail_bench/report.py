# SPDX-License-Identifier: MIT
"""Rows of a comparison: medians of several rounds, a ratio, and whether it meets its target."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    what: str
    ours: float
    against: str
    theirs: float
    unit: str  # of both, less is better
    target: float  # ours / theirs at most

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.target


def median(values: list[float]) -> float:
    return statistics.median(values)


def table(results: list[Result]) -> str:
    rows = [("what", "ours", "against", "theirs", "ratio", "target", "")]
    rows += [
        (
            each.what,
            f"{each.ours:.1f} {each.unit}",
            each.against,
            f"{each.theirs:.1f} {each.unit}",
            f"{each.ratio:.2f}",
            f"<= {each.target:.2f}",
            "met" if each.is_met else "NOT met",
        )
        for each in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def write_json(results: list[Result], file: Path) -> None:
    values = [{**asdict(each), "ratio": each.ratio, "is_met": each.is_met} for each in results]
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
