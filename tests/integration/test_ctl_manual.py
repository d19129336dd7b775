# SPDX-License-Identifier: MIT
"""The examples of extmailctl(8) that administer objects, one after the other, as an administrator would type them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.database import Database
from support.extmailctl import Extmailctl
from support.site import Site
from support.tools import run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
# Those of other commands are run by the tests of these.
OBJECTS = re.compile(r"# extmailctl (--csv )?(domain|alias|manager|policy|expire)\b")
BLOCKS = [text for text in re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL) if OBJECTS.match(text)]
# Each with what the page shows of it, if anything.
COMMANDS = [found for text in BLOCKS for found in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", text, flags=re.MULTILINE)]


@pytest.fixture
def database(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    yield database
    for table in ("mailbox", "alias", "domain_manager", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain IN ('example.com', 'shop.example')")


def test_the_examples(site: Site, database: Database) -> None:
    ctl = Extmailctl(site)
    assert len(COMMANDS) >= 10
    for command, shown in COMMANDS:
        done = run(["bash", "-c", f'exec 2>&1; extmailctl() {{ {" ".join(ctl.command())} "$@"; }}; {command}'])
        if shown:
            assert (command, done.output.replace(site.env["MAIL_BASE"], "/var/mailbox")) == (command, shown)
        else:
            assert done.status == 0, f"{command}: {done.output}"
