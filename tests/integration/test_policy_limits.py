# SPDX-License-Identifier: MIT
"""extmail-policyd's limits: what a message is counted as, by a client of its own and by a real Postfix."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.database import Database
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.site import Site
from support.smtp import Smtp
from support.smtpd_service import SmtpdServices
from support.tools import run

DOMAIN = "limits-policy.test"
LIMIT = '[[policyd.limit]]\nname = "small"\nper = "{per}"\ncount = "{count}"\nlimit = {limit}\n'
REACHED = "450 4.7.1 limit small is reached, please try again later"
_instances = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    for name in ("joe", "jane", "jack"):
        accounts.mailbox(f"{name}@{DOMAIN}")


@pytest.fixture
def limited(extra_daemon: Callable[[str], ExtraDaemon]) -> Callable[..., ExtraDaemon]:
    """A daemon with one limit and a state of its own, started."""

    def start(per: str = "sasl_username", count: str = "recipients", limit: int = 2, more: str = "") -> ExtraDaemon:
        daemon = extra_daemon("policyd")
        daemon.change("database_user =", "policy_table = true\ndatabase_user =")
        daemon.config += f'[policyd.state]\nfile = "{daemon.folder}/state.sqlite"\n'
        daemon.config += LIMIT.format(per=per, count=count, limit=limit) + more
        daemon.start()
        return daemon

    return start


@pytest.fixture
def administrator(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    yield database
    assert not database.run(f"DELETE FROM extmail_policy WHERE subject LIKE '%{DOMAIN}'").error


class Message:
    """One message of a session, asked about as smtpd asks."""

    def __init__(self, policy: PolicyClient, login: str = f"joe@{DOMAIN}") -> None:
        self._policy = policy
        self._attributes = {
            "instance": f"limits.{next(_instances)}",
            "sasl_username": login,
            "sender": login,
            "server_port": "587",
        }

    def on(self, policy: PolicyClient) -> Message:
        """The same message, asked about on another connection."""
        same = Message(policy)
        same._attributes = self._attributes
        return same

    def rcpt(self, recipient: str, size: int = 0) -> str:
        return self._policy.ask(**self._attributes, recipient=recipient, size=str(size))

    def end(self, recipients: int, size: int = 100) -> str:
        more = {"recipient": "" if recipients > 1 else "a@example.org", "recipient_count": str(recipients)}
        return self._policy.ask(**self._attributes, **more, protocol_state="END-OF-MESSAGE", size=str(size))


def test_what_came_to_be_is_counted_and_nothing_else(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited()
    with PolicyClient(str(daemon.socket)) as policy:
        first = Message(policy)
        assert [first.rcpt("a@example.org"), first.rcpt("a@example.org"), first.end(1)] == ["DUNNO"] * 3
        given_up = Message(policy)
        assert given_up.rcpt("b@example.org") == "DUNNO"
        second = Message(policy)
        assert second.rcpt("c@example.org") == "DUNNO"
        assert second.rcpt("d@example.org") == REACHED
        assert Message(policy, f"jane@{DOMAIN}").rcpt("d@example.org") == "DUNNO"
    daemon.log.wait_for(
        "info: deferred: stage=RCPT ", "rule=limits: 450 4.7.1 ", f"limit=small of=joe@{DOMAIN}: 2 of 2 recipients in 1 h"
    )


def test_a_closed_connection_gives_back(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(count="messages", limit=2)
    with PolicyClient(str(daemon.socket)) as policy:
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1)] == ["DUNNO"] * 2
        with PolicyClient(str(daemon.socket)) as other:
            assert Message(other).rcpt("a@example.org") == "DUNNO"
            assert Message(policy).rcpt("a@example.org") == REACHED
        wait_until(lambda: Message(policy).rcpt("a@example.org") == "DUNNO", "what was given up to be given back")


def test_counts_outlast_a_crash(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(count="bytes", limit=1000)
    with PolicyClient(str(daemon.socket)) as policy:
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1, size=900)] == ["DUNNO"] * 2

        def is_written() -> bool:
            written = b"".join(file.read_bytes() for file in daemon.folder.glob("state.sqlite*"))
            return f"joe@{DOMAIN}".encode() in written

        wait_until(is_written, "the state to be written")
    daemon.kill()
    daemon.start()
    with PolicyClient(str(daemon.socket)) as policy:
        assert Message(policy).rcpt("a@example.org", size=101) == REACHED
        assert Message(policy).rcpt("a@example.org", size=100) == "DUNNO"


def test_the_table_says_otherwise(limited: Callable[..., ExtraDaemon], administrator: Database) -> None:
    daemon = limited(count="messages", limit=1)

    def passes(policy: PolicyClient, login: str) -> int:
        """How many of five messages do."""
        messages = [Message(policy, login) for _ in range(5)]
        return sum(each.rcpt("a@example.org") == "DUNNO" and each.end(1) == "DUNNO" for each in messages)

    outcome = administrator.run(
        f"INSERT INTO extmail_policy (subject, kind, value) VALUES ('joe@{DOMAIN}', 'limit', 'small=3'), "
        f"('@{DOMAIN}', 'limit', 'small=unlimited'), ('jack@{DOMAIN}', 'limit', 'smallish')"
    )
    assert not outcome.error, outcome.message
    with PolicyClient(str(daemon.socket)) as policy:
        assert passes(policy, f"joe@{DOMAIN}") == 3
        assert passes(policy, f"jane@{DOMAIN}") == 5
        assert passes(policy, "elsewhere@example.org") == 1
        assert passes(policy, f"jack@{DOMAIN}") == 5  # its domain's
        daemon.log.wait_for("error: rule_failed: limits: ", f"extmail_policy: limit of jack@{DOMAIN} is ")
        assert not administrator.run(f"UPDATE extmail_policy SET value = 'small=0' WHERE subject = '@{DOMAIN}'").error
        wait_until(lambda: passes(policy, f"jane@{DOMAIN}") == 0, "the change to show")


def test_a_reload_keeps_what_was_counted(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(count="messages", limit=1)
    with PolicyClient(str(daemon.socket)) as policy:
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1)] == ["DUNNO"] * 2
        daemon.change("limit = 1\n", "limit = 2\n")
        daemon.reload()
        daemon.log.wait_for("reloaded: ")
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1)] == ["DUNNO"] * 2
        assert Message(policy).rcpt("a@example.org") == REACHED


def test_a_request_repeated_on_another_connection_counts_once(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(count="messages", limit=2)
    with PolicyClient(str(daemon.socket)) as first, PolicyClient(str(daemon.socket)) as second:
        message = Message(first)
        assert [message.rcpt("a@example.org"), message.end(1)] == ["DUNNO"] * 2
        assert message.on(second).end(1) == "DUNNO"
        assert Message(second).rcpt("a@example.org") == "DUNNO"
        assert Message(first).rcpt("a@example.org") == REACHED


def test_connections_that_close_while_there_is_no_limit_give_back(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(count="messages", limit=2)
    limits = daemon.config
    with PolicyClient(str(daemon.socket)) as policy:
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1)] == ["DUNNO"] * 2
        with PolicyClient(str(daemon.socket)) as other:
            assert Message(other).rcpt("a@example.org") == "DUNNO"
            daemon.config = limits[: limits.index("[[policyd.limit]]")]
            daemon.reload()
            daemon.log.wait_for("reloaded: ")
        daemon.config = limits
        daemon.reload()
        wait_until(lambda: len(daemon.log.matching("reloaded: ")) == 2, "the limit to be there again")
        wait_until(lambda: Message(policy).rcpt("a@example.org") == "DUNNO", "what was given up to be given back")


def test_a_row_that_names_no_limit_is_told(limited: Callable[..., ExtraDaemon], administrator: Database) -> None:
    insert = f"INSERT INTO extmail_policy (subject, kind, value) VALUES ('jane@{DOMAIN}', 'limit', 'smal=3')"
    assert not administrator.run(insert).error
    daemon = limited(count="messages", limit=1)
    with PolicyClient(str(daemon.socket)) as policy:
        for _ in range(3):
            Message(policy, f"jane@{DOMAIN}").rcpt("a@example.org")
    daemon.log.wait_for("warning: limit_unknown: ", f'limit of jane@{DOMAIN} is "smal=3"')
    assert len(daemon.log.matching("limit_unknown: ")) == 1


def test_what_is_left_can_be_asked(limited: Callable[..., ExtraDaemon], administrator: Database, site: Site) -> None:
    insert = f"INSERT INTO extmail_policy (subject, kind, value) VALUES ('jack@{DOMAIN}', 'limit', 'small=unlimited')"
    assert not administrator.run(insert).error
    daemon = limited(count="messages", limit=2, more=LIMIT.format(per="recipient_domain", count="bytes", limit=5000).replace("small", "large"))
    control = f"{daemon.folder}/control"
    daemon.stop()
    daemon.config += f'[[policyd.listen]]\nprotocol = "control"\npath = "{control}"\nmode = "0600"\n'
    daemon.start()

    def left(subject: str) -> list[dict[str, object]]:
        done = run([site.demo.layout.bin / "extmailctl", "--json", "limits", "--socket", control, subject])
        assert done.status == 0, done
        lines: list[dict[str, object]] = json.loads(done.output)
        return lines

    with PolicyClient(str(daemon.socket)) as policy:
        message = Message(policy)
        assert [message.rcpt("a@example.org"), message.end(1, size=300)] == ["DUNNO"] * 2
        for _ in range(2):  # to ask counts nothing
            (small, large) = left(f"joe@{DOMAIN}")
            assert {name: small[name] for name in ("limit", "subject", "used", "allowed", "room_in", "from")} == {
                "limit": "small",
                "subject": f"joe@{DOMAIN}",
                "used": 1,
                "allowed": 2,
                "room_in": 0,
                "from": "extmail.toml",
            }
            assert (large["subject"], large["used"]) == (DOMAIN, 0)
        assert [line["used"] for line in left("@example.org")] == [300]
        message = Message(policy)
        assert [message.rcpt("b@example.org"), message.end(1)] == ["DUNNO"] * 2
        small = left(f"joe@{DOMAIN}")[0]
        assert small["used"] == 2 and 3000 < int(str(small["room_in"])) < 4000
    small = left(f"jack@{DOMAIN}")[0]
    assert (small["used"], small["allowed"], small["from"]) == (None, None, f"jack@{DOMAIN}")
    assert left("192.0.2.1") == []


def test_a_real_postfix_counts_what_it_took(limited: Callable[..., ExtraDaemon], site: Site) -> None:
    daemon = limited(per="sender", count="recipients", limit=3, more='action = "reject"\ntext = "enough for today"\n')
    ask = f"check_policy_service,unix:{daemon.socket}"  # postconf -P takes no blanks
    sender = "someone@limited.example"
    with SmtpdServices(site) as services:
        port = services.open(
            "",
            "n",
            smtpd_recipient_restrictions=f"reject_unauth_destination,{ask}",
            smtpd_end_of_data_restrictions=ask,
        )
        services.start()
        with Smtp(port) as smtp:

            def begin(*names: str) -> list[str]:
                assert smtp.command(f"MAIL FROM:<{sender}>").startswith("250 ")
                return [smtp.command(f"RCPT TO:<{name}@{DOMAIN}>").split()[0] for name in names]

            def send() -> str:
                assert smtp.command("DATA").startswith("354 ")
                return smtp.command("Subject: counted\r\n\r\nHello.\r\n.").split()[0]

            assert begin("joe", "jane") == ["250", "250"] and send() == "250"
            assert begin("joe") == ["250"] and smtp.command("RSET").startswith("250 ")  # given up
            assert begin("jack", "joe") == ["250", "550"] and send() == "250"
            assert smtp.command(f"MAIL FROM:<{sender}>").startswith("250 ")
            reply = smtp.command(f"RCPT TO:<joe@{DOMAIN}>")
            assert reply == f"550 5.7.1 <joe@{DOMAIN}>: Recipient address rejected: enough for today"


def test_a_postfix_that_asks_at_rcpt_only_is_told(limited: Callable[..., ExtraDaemon]) -> None:
    daemon = limited(limit=1000)
    with PolicyClient(str(daemon.socket)) as policy:
        for _ in range(30):
            assert Message(policy).rcpt("a@example.org") == "DUNNO"
    daemon.log.wait_for("warning: limits_at_rcpt_only: ", "port 587 ", "smtpd_end_of_data_restrictions")
    assert len(daemon.log.matching("limits_at_rcpt_only: ")) == 1
