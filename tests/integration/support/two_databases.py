# SPDX-License-Identifier: MIT
"""Two database servers, each of which answers with its own name, and questions that show which one it was."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from extmail_demo import wait_until

from .private_database import PrivateDatabase
from .site import Site
from .socketmap import Socketmap

DOMAIN = "hosts.test"
FIRST, SECOND = "OK first@example.org", "OK second@example.org"
RECOVERY_SECONDS = 60

_numbers = itertools.count(1)


@contextmanager
def two_databases(site: Site) -> Iterator[tuple[PrivateDatabase, PrivateDatabase]]:
    made: list[PrivateDatabase] = []
    try:
        for name in ("first", "second"):
            made.append(PrivateDatabase(site))
            fill(made[-1], name)
        yield made[0], made[1]
    finally:
        for database in made:
            database.close()


def fill(database: PrivateDatabase, name: str) -> None:
    """Rows that tell one server from the other."""
    database.sql(
        f"INSERT INTO domain (domain, active) VALUES ('{DOMAIN}', 1)",
        "INSERT INTO alias (address, goto, domain, active) VALUES "
        f"('@{DOMAIN}', '{name}@example.org', '{DOMAIN}', 1), "
        f"('known@{DOMAIN}', '{name}@example.org', '{DOMAIN}', 1)",
    )


def host(database: PrivateDatabase) -> str:
    return f"unix:{database.socket}"


def new_address() -> str:
    return f"new{next(_numbers)}@{DOMAIN}"


def ask_new(maps: Socketmap) -> str:
    """A key that nobody knows yet, which its domain's catch-all answers."""
    return maps.ask("virtual_alias_maps", new_address())


def ask_known(maps: Socketmap) -> str:
    return maps.ask("virtual_alias_maps", f"known@{DOMAIN}")


def await_server(maps: Socketmap, server: str) -> list[str]:
    """Asks until this server answers; what was said before."""
    said: list[str] = []

    def answers() -> bool:
        said.append(ask_new(maps))
        return said[-1] == server

    wait_until(answers, f"the answer {server}", timeout=RECOVERY_SECONDS)
    return said[:-1]


def not_temporary(said: list[str], *servers: str) -> list[str]:
    """What was said besides temporary failures and the answers of these servers."""
    return [answer for answer in said if not answer.startswith("TEMP database: ") and answer not in servers]
