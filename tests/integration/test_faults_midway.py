# SPDX-License-Identifier: MIT
"""A server goes while sessions are open and mail is under way: they go on later, and nothing is lost or bounces."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.changes import await_changes_on
from support.log_watch import LogWatch
from support.mail_server import MailServer
from support.messages import mails_in, new_message, new_sender, wait_for_mail
from support.outages import Outage
from support.site import Site, imap_login
from support.smtp import Smtp
from support.socketmap import request
from support.tools import run

DOMAIN = "faults-midway.test"
DEADLINE_SECONDS = 30  # for any answer, however ill we are; Postfix itself gives up after 100
RECOVERY_SECONDS = 15
DELIVERY_SECONDS = 60
MAILS = 100

_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def joe(site: Site, accounts: Accounts) -> Mailbox:
    """Whom the daemons know: they won't look again for a change that they have not seen."""
    accounts.domain(DOMAIN)
    joe = accounts.mailbox(f"joe@{DOMAIN}", scheme="{PLAIN}")
    await_changes_on(site, DOMAIN)
    return joe


@pytest.fixture
def outage(site: Site) -> Iterator[Callable[[str], Outage]]:
    """Begins one, which ends with the test at the latest; the next one finds the daemons well again."""
    begun: list[Outage] = []

    def begin(fault: str) -> Outage:
        begun.append(Outage(site.demo, fault))
        return begun[-1]

    yield begin
    for outage in begun:
        outage.end()
    await_changes_on(site, DOMAIN)


class TestSessionsThatAreOpen:
    @pytest.mark.parametrize("fault", ["MariaDB killed", "mapd killed"])
    def test_a_logged_in_sender_is_asked_to_come_back(
        self, site: Site, joe: Mailbox, outage: Callable[[str], Outage], fault: str
    ) -> None:
        """Neither the sender nor the recipient is refused for good, and the session goes on afterwards."""

        def attempt(smtp: Smtp) -> str:
            """With another extension each time, for smtpd's memory."""
            smtp.command("RSET")
            assert smtp.mail(f"joe+{next(_numbers)}@{DOMAIN}").startswith("250 ")
            return smtp.rcpt(joe.address)[:4]

        with site.submission() as smtp:
            assert smtp.auth_plain(joe.address, joe.password).startswith("235 ")
            assert attempt(smtp) == "250 "
            broken = outage(fault)
            assert attempt(smtp) == "451 "
            broken.end()
            wait_until(
                lambda: attempt(smtp) == "250 ", "the recipient to be accepted", timeout=RECOVERY_SECONDS
            )

    def test_a_reader_reads_on(self, site: Site, joe: Mailbox, outage: Callable[[str], Outage]) -> None:
        message = new_message()
        with site.lmtp() as client:
            client.transact("someone@example.org", joe.address, message.text)
        reader = site.imap()
        imap_login(reader, joe.address, joe.password)
        outage("MariaDB killed")
        assert reader.select()[0] == "OK"
        assert reader.search(None, "HEADER", "Message-ID", message.id)[1] != [b""]
        reader.logout()


class TestHung:
    def test_a_crowd_is_answered_in_time(self, site: Site, outage: Callable[[str], Outage]) -> None:
        """More than there are connections to the database, all at once."""
        clients = [site.maps() for _ in range(50)]
        try:
            for client in clients:
                client.ask("virtual_mailbox_domains", DOMAIN)
            outage("MariaDB hung")
            began = time.monotonic()
            for client in clients:
                client.send(request("virtual_mailbox_domains", DOMAIN))
            assert {client.reply().split()[0] for client in clients} == {"OK"}
            for number, client in enumerate(clients):
                client.send(request("virtual_mailbox_maps", f"crowd{number}@{DOMAIN}"))
            assert {client.reply().split()[0] for client in clients} == {"TEMP"}
            assert time.monotonic() - began < DEADLINE_SECONDS
        finally:
            for client in clients:
                client.close()

    def test_the_log_says_it_once_each_time(self, site: Site, outage: Callable[[str], Outage]) -> None:
        def recovered() -> bool:
            return lookup_of_a_stranger(site).startswith("NOTFOUND")

        wait_until(recovered, "earlier outages to be over")
        log = site.log("mapd")
        for _ in range(2):
            broken = outage("MariaDB stopped")
            for _ in range(5):
                assert lookup_of_a_stranger(site).startswith("TEMP ")
            broken.end()
            wait_until(recovered, "it to recover")
        lost, back = " error: database_down: unix:", " notice: database_up: connected to unix:"
        wait_until(lambda: len(log.matching(lost)) == 2 and back in log.matching(" database_")[-1], "both in the log")
        said = [lost in line for line in log.matching(" database_") if lost in line or back in line]
        # The end of an outage of an earlier test may be said late.
        assert said[said.index(True) :] == [True, False, True, False]


def lookup_of_a_stranger(site: Site) -> str:
    with site.maps() as maps:
        return maps.ask("virtual_mailbox_maps", f"stranger{next(_numbers)}@{DOMAIN}")


class TestMailInTheQueue:
    def test_waits_until_it_can_be_delivered(
        self,
        site: Site,
        accounts: Accounts,
        joe: Mailbox,
        outage: Callable[[str], Outage],
        log: Callable[[str], LogWatch],
    ) -> None:
        """Accepted while Dovecot has nobody to ask; tried while the database is gone; then delivered."""
        user = accounts.mailbox(f"patient@{DOMAIN}")
        early, late = new_message(), new_message()
        no_authd = outage("authd killed")
        with site.smtp() as smtp:
            assert smtp.transact(new_sender(), user.address, early.text).startswith("250 ")
        log("postfix").wait_for(
            f"to=<{user.address}>", "status=deferred", "451 4.3.0", seconds=DEADLINE_SECONDS
        )
        no_database = outage("MariaDB killed")
        no_authd.end()
        site.log("postfix").wait_for(f"to=<{user.address}>", "status=deferred", seconds=DEADLINE_SECONDS)
        assert mails_in(user.maildir) == {}
        no_database.end()
        # Postfix's queue manager keeps the last address that it could not resolve in mind for 30 seconds, or
        # until it has to do with another one.
        with site.smtp() as smtp:
            wait_until(
                lambda: smtp.command("RSET")
                and smtp.transact(new_sender(), joe.address, late.text)[0] == "2",
                "mail to be accepted again",
                timeout=RECOVERY_SECONDS,
            )
        wait_for_mail(joe.maildir, late, log("postfix").file)
        wait_for_mail(user.maildir, early, log("postfix").file)
        assert log("postfix").matching("status=bounced") == []


class TestAHundredMails:
    def test_none_is_lost_and_none_bounces_when_mariadb_is_killed_in_the_middle(
        self,
        site: Site,
        accounts: Accounts,
        outage: Callable[[str], Outage],
        log: Callable[[str], LogWatch],
    ) -> None:
        accounts.domain("hundred-faults.test")
        user = accounts.mailbox("user@hundred-faults.test")
        accounts.alias("alias@hundred-faults.test", user.address)
        accounts.alias("@hundred-faults.test", user.address)
        await_changes_on(site, DOMAIN)
        recipients = [f"{name}@hundred-faults.test" for name in ("user", "alias", "anybody", "user+tag")]
        messages = [new_message(subject=f"Mail {n}") for n in range(MAILS)]

        # A quarter before the kill, a quarter while it comes, and the rest without the database.
        with MailServer(int(site.env["SMTP_PORT"]), recipients) as sender:
            sender.send(messages)
            sender.allow(MAILS // 2)
            wait_until(lambda: len(sender.accepted) >= MAILS // 4, "the first mails to be accepted")
            broken = outage("MariaDB killed")
            sender.allow(MAILS // 2)
            wait_until(lambda: len(sender.accepted) == MAILS, "the rest to be accepted", timeout=RECOVERY_SECONDS)
            broken.end()
            sender.finish()

        ids = {message.id for message in messages}
        assert sender.refused == []
        assert sender.put_off == 0
        assert set(sender.accepted) == ids
        queue = ["postqueue", "-c", site.env["POSTFIX_CONFIG"], "-p"]
        wait_until(
            lambda: "Mail queue is empty" in run(queue).output,
            "the queue to be empty",
            log("postfix").file,
            timeout=DELIVERY_SECONDS,
        )
        assert log("postfix").matching("status=(bounced|expired)|non-delivery") == []
        assert ids - set(mails_in(user.maildir)) == set()
