# SPDX-License-Identifier: MIT
"""What a daemon that has just begun to follow the change log still has to read of it."""

from __future__ import annotations

import itertools

from extmail_demo import wait_until

from .database import Database
from .extra_daemon import ExtraDaemon
from .socketmap import NOT_FOUND, Socketmap

_numbers = itertools.count(1)


def await_changes(daemon: ExtraDaemon, database: Database) -> None:
    """Returns when it has read all that was written so far.

    It begins with changes from before its start, so what was asked meanwhile may be dropped from memory once more.
    """
    daemon.log.wait_for("change_log_followed: ")
    address = f"mark{next(_numbers)}@marks.test"
    with Socketmap(str(daemon.socket)) as maps:
        assert maps.ask("virtual_alias_maps", address) == NOT_FOUND
        outcome = database.run(f"INSERT INTO alias (address, goto, domain, active) VALUES ('{address}', 'x@x.test', '', 1)")
        assert not outcome.error, outcome.message
        wait_until(lambda: maps.ask("virtual_alias_maps", address) == "OK x@x.test", "the last change to show")
    assert not database.run(f"DELETE FROM alias WHERE address = '{address}'").error
