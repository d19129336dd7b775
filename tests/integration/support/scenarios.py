# SPDX-License-Identifier: MIT
"""The scenario table of the unit tests: its lines, as `scenario_tool table` prints them, and its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .site import Site
from .socketmap import NOT_FOUND
from .tools import run

SCHEMA = Path(__file__).resolve().parents[3] / "sql/extmail.sql"

MAX_ANSWER = 100000 - len("OK ")  # wire/socketmap.hpp
TOO_LONG = "the answer is over 100000 bytes"


@dataclass(frozen=True)
class Scenario:
    rules: str
    map: str
    key: bytes
    outcome: str  # found, not_found, refused
    answer: str  # of "refused" a part of the reason
    story: str

    @property
    def is_answer(self) -> bool:
        """Not a failure."""
        return self.outcome == "not_found" or (self.outcome == "found" and not self.reason)

    @property
    def reason(self) -> str:
        """What the failure says; empty where there is none."""
        if self.outcome == "refused":
            return self.answer
        return TOO_LONG if len(self.answer.encode()) > MAX_ANSWER else ""

    @property
    def found(self) -> str | None:
        return self.answer if self.outcome == "found" else None

    def is_answered_by(self, reply: str) -> bool:
        if not self.is_answer:
            return reply.startswith("PERM ") and self.reason in reply
        return reply == (NOT_FOUND if self.outcome == "not_found" else f"OK {self.answer}")

    def __str__(self) -> str:
        return f"{self.story}: {self.map} {self.key[:100]!r}"


def read_table(text: str) -> list[Scenario]:
    scenarios = []
    for line in text.splitlines():
        rules, name, key, outcome, answer, story = line.split("\t")
        scenarios.append(
            Scenario(rules, name, bytes.fromhex(key), outcome, bytes.fromhex(answer).decode(), story)
        )
    return scenarios


@contextmanager
def scenario_database(site: Site, tool: Path, name: str) -> Iterator[None]:
    """A database with the scenarios' rows, which extmail-mapd's account may read."""
    mariadb = site.demo.mariadb
    mariadb.sql(f"CREATE DATABASE {name}", database="mysql")
    mariadb.load(SCHEMA, database=name)
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(run([tool, "sql"]).output)
        file.flush()
        mariadb.load(Path(file.name), database=name)
    mariadb.sql(f"GRANT SELECT ON {name}.* TO 'extmail_mapd'@'localhost'", database="mysql")
    yield
    mariadb.sql(f"REVOKE SELECT ON {name}.* FROM 'extmail_mapd'@'localhost'", database="mysql")
    mariadb.sql(f"DROP DATABASE {name}", database="mysql")
