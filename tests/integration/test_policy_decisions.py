# SPDX-License-Identifier: MIT
"""The table in which extmail-policyd notes what it decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.private_database import SQL, PrivateDatabase
from support.site import Site

DOMAIN = "decisions-policy.test"
REFUSED = "550 5.2.1 the mailbox has this service disabled, it does not accept mail"
COLUMNS = "stage, client, sasl_username, sender, recipient, queue_id, rule, action, text"


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.mailbox(f"joe@{DOMAIN}")
    accounts.mailbox(f"no-receive@{DOMAIN}", disablesmtp=1)


@pytest.fixture
def administrator(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    yield database
    assert not database.run("DELETE FROM extmail_decision").error


@pytest.fixture
def private_database(site: Site) -> Iterator[PrivateDatabase]:
    server = PrivateDatabase(site)
    yield server
    server.close()


def start(daemon: ExtraDaemon, retention: int = 30) -> None:
    daemon.config += f"[policyd.decisions]\nenabled = true\nretention = {retention}\n"
    daemon.start()


def count(database: Database, where: str = "1") -> int:
    return int(database.select(f"SELECT COUNT(*) FROM extmail_decision WHERE {where}")[0][0])


def test_what_was_decided_is_noted(extra_daemon: Callable[[str], ExtraDaemon], administrator: Database) -> None:
    daemon = extra_daemon("policyd")
    start(daemon)
    with PolicyClient(str(daemon.socket)) as policy:
        assert policy.ask(recipient=f"joe@{DOMAIN}") == "DUNNO"
        odd = {"sender": "a\\'b\tüser@example.org", "queue_id": "4F2A", "sasl_username": f"joe@{DOMAIN}"}
        assert policy.ask(recipient=f"no-receive@{DOMAIN}", **odd) == REFUSED
        for _ in range(300):  # more than is written at once
            assert policy.ask(recipient=f"no-receive@{DOMAIN}") == REFUSED
    wait_until(lambda: count(administrator) == 301, "all to be written")
    first = administrator.select(f"SELECT {COLUMNS} FROM extmail_decision ORDER BY id LIMIT 1")
    sender = "a\\'b\\x09üser@example.org"
    user, recipient = f"joe@{DOMAIN}", f"no-receive@{DOMAIN}"
    assert first == (("rcpt", "192.0.2.7", user, sender, recipient, "4F2A", "accounts", "reject", REFUSED),)
    assert count(administrator, "ABS(TIMESTAMPDIFF(SECOND, at, NOW())) < 600") == 301


def test_after_a_reload_it_is_noted_in_the_new_database(
    extra_daemon: Callable[[str], ExtraDaemon], administrator: Database, private_database: PrivateDatabase
) -> None:
    database = private_database.client()
    assert not database.run(
        "INSERT INTO domain (domain, active) VALUES ('private.test', 1)",
        "INSERT INTO mailbox (username, domain, active, disablesmtp) VALUES ('no-receive@private.test', 'private.test', 1, 1)",
    ).error
    daemon = extra_daemon("policyd")
    start(daemon)
    with PolicyClient(str(daemon.socket)) as policy:
        assert policy.ask(recipient=f"no-receive@{DOMAIN}") == REFUSED
        wait_until(lambda: count(administrator) == 1, "the first to be written")
        daemon.ask_hosts(f"unix:{private_database.socket}")
        daemon.reload()
        daemon.log.wait_for("notice: reloaded: ")
        assert policy.ask(recipient="no-receive@private.test") == REFUSED
        wait_until(lambda: count(database, "recipient = 'no-receive@private.test'") == 1, "the second to be written")
    assert count(administrator) == 1
    assert count(database) == 1


def test_what_is_old_goes(extra_daemon: Callable[[str], ExtraDaemon], administrator: Database) -> None:
    values = "'rcpt', '', '', '', '', '', 'lists', 'reject', '5'"
    for days, rows in ((2, 1500), (0, 5)):
        insert = f"INSERT INTO extmail_decision (at, {COLUMNS}) SELECT NOW() - INTERVAL {days} DAY, {values} FROM seq_1_to_{rows}"
        assert not administrator.run(insert).error
    daemon = extra_daemon("policyd")
    start(daemon, retention=1)
    wait_until(lambda: count(administrator) == 5, "the old ones to be removed, in two parts")


def test_no_mail_waits_for_it(extra_daemon: Callable[[str], ExtraDaemon], private_database: PrivateDatabase) -> None:
    """Without the table decisions wait, and are written when it is there."""
    database = private_database.client()
    assert not database.run(
        "DROP TABLE extmail_decision",
        "INSERT INTO domain (domain, active) VALUES ('private.test', 1)",
        "INSERT INTO mailbox (username, domain, active, disablesmtp) VALUES ('no-receive@private.test', 'private.test', 1, 1)",
    ).error
    daemon = extra_daemon("policyd")
    daemon.ask_hosts(f"unix:{private_database.socket}")
    start(daemon)
    with PolicyClient(str(daemon.socket)) as policy:
        assert policy.ask(recipient="no-receive@private.test") == REFUSED
        daemon.log.wait_for("warning: decisions_waiting: ", "1 decisions wait to be written, 0 found no room")
        assert policy.ask(recipient="no-receive@private.test") == REFUSED
        assert not database.source(SQL / "decision_extensions.sql").error
        wait_until(lambda: count(database) == 2, "both to be written")
