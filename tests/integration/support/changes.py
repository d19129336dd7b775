# SPDX-License-Identifier: MIT
"""What daemons still have to read of the change log, and when they have."""

from __future__ import annotations

import itertools

from extmail_demo import wait_until

from .database import Database
from .extra_daemon import ExtraDaemon
from .site import Site
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


def await_changes_on(site: Site, domain: str) -> None:
    """The same for the demo's mapd and authd, by rows that it writes for a domain, which has no catch-all."""
    address = f"last{next(_numbers)}@{domain}"
    with site.auth() as auth:
        wait_until(lambda: auth.user(address).status == "unknown", "authd to reach the database again")
        mailbox = site.accounts.mailbox(address)
        wait_until(lambda: auth.user(address).status == "ok", "authd to see the last change")
        site.accounts.delete(mailbox)
    with site.maps() as maps:
        wait_until(
            lambda: maps.ask("virtual_alias_maps", address) == NOT_FOUND, "mapd to reach the database again"
        )
        site.accounts.alias(address, f"joe@{domain}")
        wait_until(lambda: maps.ask("virtual_alias_maps", address).startswith("OK "), "mapd to see the last change")
