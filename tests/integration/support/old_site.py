# SPDX-License-Identifier: MIT
"""A database of an older release, on a server of the tests' own, with a configuration for extmailctl."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extmail_demo.layout import Layout
from extmail_demo.mariadb import MariaDb

from .database import Database
from .tools import Done, run

DAEMONS = ("mapd", "authd", "policyd")


@contextmanager
def server() -> Iterator[Layout]:
    """In which nobody else depends on the accounts."""
    layout = Layout(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
    layout.claim()
    mariadb = MariaDb(layout)
    mariadb.prepare()
    mariadb.start()
    try:
        yield layout
    finally:
        mariadb.stop()
        layout.remove()


class OldSite:
    """A database of its own, and a configuration for it."""

    def __init__(self, layout: Layout, build_dir: Path) -> None:
        self.name = f"old_{secrets.token_hex(4)}"
        self.socket = str(layout.mysql_socket)
        self.server = Database(self.socket, name="mysql")
        assert not self.server.run(f"CREATE DATABASE {self.name} CHARACTER SET latin1").error
        self.database = Database(self.socket, name=self.name)
        self.folder = layout.root / self.name
        self.folder.mkdir()
        self.config = self.folder / "extmail.toml"
        self.program = build_dir / "ctl/extmailctl"
        text = f'[database]\nname = "{self.name}"\nhosts = ["unix:{self.socket}"]\n[mail]\nexpiry = "ignore"\n'
        for daemon in DAEMONS:
            password = self.folder / f"{daemon}.password"
            password.write_text(f"{daemon}'s \\secret\n")
            password.chmod(0o600)
            text += f'[{daemon}]\ndatabase_user = "extmail_{daemon}"\ndatabase_password_file = "{password}"\n'
        self.config.write_text(text)

    def make(self, *statements: str) -> None:
        # The rows of 2008 were written by clients that no server was strict to.
        outcome = self.database.run(*statements, sql_mode="NO_ENGINE_SUBSTITUTION")
        assert not outcome.error, outcome.message

    def command(self, *words: str) -> list[str]:
        return [str(self.program), "--config", str(self.config), *words]

    def __call__(self, *words: str, text: str = "") -> Done:
        return run(self.command(*words), text)

    def migrate(self, *words: str) -> Done:
        return self("migrate", *words)

    def ok(self, *words: str) -> str:
        done = self.migrate(*words)
        assert done.status == 0, done.all
        return done.output

    def columns(self, table: str) -> list[str]:
        return [
            name
            for (name,) in self.database.select(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
                f"AND table_name = '{table}' ORDER BY ordinal_position"
            )
        ]

    def objects(self) -> set[str]:
        """All that there is in the database, with what tells one state from another."""
        found = self.database.select(
            "SELECT CONCAT(table_name, ' ', engine, ' ', table_collation) FROM information_schema.tables "
            "WHERE table_schema = DATABASE() UNION "
            "SELECT CONCAT(table_name, '.', column_name, ' ', column_type, ' ', COALESCE(character_set_name, '')) "
            "FROM information_schema.columns WHERE table_schema = DATABASE() UNION "
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() UNION "
            "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"
        )
        return {name for (name,) in found}

    def names(self) -> tuple[str, str, str]:
        """The three texts that were Chinese."""
        return (
            self.database.select("SELECT description FROM domain")[0][0],
            self.database.select("SELECT name FROM mailbox WHERE uid = 'zhang'")[0][0],
            self.database.select("SELECT name FROM manager")[0][0],
        )

    def close(self) -> None:
        self.server.run("SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION'", f"DROP DATABASE {self.name}")
        for daemon in DAEMONS:
            self.server.run(f"DROP USER IF EXISTS 'extmail_{daemon}'@'localhost'")
