# SPDX-License-Identifier: MIT
"""Maps by a statement of the administrator's, on tables that only these tests have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from extmail_demo import wait_until

from .database import Database
from .socketmap import Socketmap

ACCOUNT = "'extmail_mapd'@'localhost'"
MAX_BYTES, MAX_ROWS = 100000, 10000  # core/record_source.hpp
TABLES = ("own_rows", "own_many")

# name, place, result, more
ROWS = [
    ("joe@own.test", 1, "smtp:[a.example]", None),
    ("jane@own.test", 1, "two", None),
    ("jane@own.test", 2, None, "columns"),
    ("jane@own.test", 3, "", "and"),
    ("jane@own.test", 4, "rows", ""),
    ("nothing@own.test", 1, None, ""),
    ("@own.test", 1, "everybody", None),
    ("own.test", 1, "domain", None),
    ("joe+x@own.test", 1, "extended", None),
    ("*", 1, "star", None),
    ("o'brien@own.test", 1, "quote", None),
    ("用户@own.test", 1, "utf8", None),
    ("a b@own.test", 1, "blank", None),
    ("100%@own.test", 1, "percent", None),
]

QUERY_MAPS = """
[maps.query.own]
sql = "SELECT result, more FROM own_rows WHERE name = ? ORDER BY place"
ttl = 1

[maps.query.own_address]
sql = "SELECT result, more FROM own_rows WHERE name = ? ORDER BY place"
lookup = "address"

[maps.query.own_domain]
sql = "SELECT result FROM own_rows WHERE name = ?"
lookup = "domain"

[maps.query.own_parts]
sql = "SELECT CONCAT_WS('|', ?, ?, ?, ?, ?)"
parameters = ["extension", "domain", "user", "address", "key"]

[maps.query.own_user]
sql = "SELECT result FROM own_rows WHERE name = CONCAT(?, '@', ?)"
parameters = ["user", "domain"]
"""


@contextmanager
def own_tables(administrator: Database) -> Iterator[None]:
    """own_rows with ROWS, and own_many with a row more than a result may have; extmail-mapd may read both."""
    rows = ", ".join("(" + ", ".join(map(quoted, row)) + ")" for row in ROWS)
    outcome = administrator.run(
        "CREATE TABLE own_rows (name varchar(255) NOT NULL, place int NOT NULL, result longtext, more varchar(255), "
        "PRIMARY KEY (name, place)) DEFAULT CHARSET utf8mb4",
        f"INSERT INTO own_rows VALUES {rows}",
        f"CREATE TABLE own_many SELECT seq FROM seq_1_to_{MAX_ROWS + 1}",
        *(f"GRANT SELECT ON {table} TO {ACCOUNT}" for table in TABLES),
    )
    assert not outcome.error, outcome.message
    yield
    for table in TABLES:
        outcome = administrator.run(f"REVOKE SELECT ON {table} FROM {ACCOUNT}", f"DROP TABLE {table}")
        assert not outcome.error, outcome.message


def quoted(value: str | int | None) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def statement(name: str, sql: str, *more: str) -> str:
    """A map for the configuration, with more of its keys."""
    return "\n".join([f"\n[maps.query.{name}]", f'sql = "{sql}"', *more, ""])


def put(administrator: Database, name: str, result: str) -> None:
    outcome = administrator.run(f"REPLACE INTO own_rows (name, place, result) VALUES ('{name}', 1, {result})")
    assert not outcome.error, outcome.message


def await_answer(maps: Socketmap, table: str, key: str, answer: str) -> None:
    wait_until(lambda: maps.ask(table, key) == answer, f"{answer} for {key} in {table}")
