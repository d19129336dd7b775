# SPDX-License-Identifier: MIT
"""Two Dovecots: who has their mail on the other host is connected there, by the column mailhost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.accounts import Accounts, Mailbox
from support.dovecot import ExtraDovecot
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.messages import STRANGER, mails_in, new_message
from support.passwords import new_password
from support.site import Site, imap_login

DOMAIN = "dovecot-proxy.test"


@pytest.fixture(scope="module")
def back(site: Site) -> Iterator[ExtraDovecot]:
    """Has the mail. Its extmail-authd is the demo's, which knows nothing of hosts."""
    dovecot = ExtraDovecot(site)
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()


@pytest.fixture(scope="module")
def front(site: Site) -> Iterator[ExtraDovecot]:
    """Has an extmail-authd of its own, which sends users to where their mail is."""
    authd, dovecot = ExtraDaemon(site, "authd"), ExtraDovecot(site)
    try:
        authd.change("[authd]\n", "[authd]\nproxy = true\n")
        authd.start()
        dovecot.ask(authd.socket)
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()
        authd.close()


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def afar(accounts: Accounts, back: ExtraDovecot) -> Mailbox:
    return accounts.mailbox(f"afar@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}")


class TestImap:
    def test_reads_the_mail_that_is_on_the_other_host(
        self, front: ExtraDovecot, back: ExtraDovecot, afar: Mailbox
    ) -> None:
        message, log = new_message(), LogWatch(back.log_file)
        with back.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, afar.address, message.text).startswith("250 ")
        imap = front.imap()
        imap_login(imap, afar.address, afar.password)
        assert imap.select()[0] == "OK"
        assert imap.search(None, "HEADER", "Message-ID", message.id)[1] != [b""]
        imap.logout()
        log.wait_for("imap-login: ", ": Log", f"user=<{afar.address}>")

    def test_the_front_host_refuses_a_wrong_password_itself(
        self, front: ExtraDovecot, back: ExtraDovecot, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"mistyped@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}")
        log = LogWatch(back.log_file)
        assert "[AUTHENTICATIONFAILED]" in front.imap_refusal(user.address, new_password())
        assert log.matching(user.address) == []

    def test_a_closed_account_is_not_connected(
        self, front: ExtraDovecot, back: ExtraDovecot, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"closed@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}", active=0)
        log = LogWatch(back.log_file)
        assert "the mailbox is inactive" in front.imap_refusal(user.address, user.password)
        assert log.matching(user.address) == []

    def test_the_other_host_away_is_told_as_such(self, front: ExtraDovecot, accounts: Accounts) -> None:
        user = accounts.mailbox(f"nowhere@{DOMAIN}", mailhost="127.0.0.1:1")
        assert "[UNAVAILABLE]" in front.imap_refusal(user.address, user.password)

    def test_who_has_no_host_is_served_here(
        self, front: ExtraDovecot, back: ExtraDovecot, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"near@{DOMAIN}", mailhost="", uidnumber=2525, gidnumber=2525)
        log = LogWatch(back.log_file)
        assert front.imap_refusal(user.address, user.password) == ""
        assert log.matching(user.address) == []


class TestPop3:
    def test_reads_the_mail_that_is_on_the_other_host(
        self, front: ExtraDovecot, back: ExtraDovecot, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"pop3@{DOMAIN}", mailhost=f"127.0.0.1:{back.pop3_port}")
        message = new_message()
        with back.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, message.text).startswith("250 ")
        pop3 = front.pop3()
        pop3.user(user.address)
        pop3.pass_(user.password)
        assert f"Message-ID: {message.id}".encode() in pop3.retr(1)[1]
        pop3.quit()
        assert message.id in mails_in(user.maildir)
