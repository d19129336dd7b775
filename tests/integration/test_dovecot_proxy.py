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
from support.ports import free_port
from support.site import Site, imap_login

DOMAIN = "dovecot-proxy.test"

_LMTP = """
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
"""


class Back(ExtraDovecot):
    """Takes mail from another host, too."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.lmtp_port = free_port()
        self.after = _LMTP.format(port=self.lmtp_port)


@pytest.fixture(scope="module")
def back(site: Site) -> Iterator[Back]:
    """Has the mail. Its extmail-authd is the demo's, which knows nothing of hosts."""
    dovecot = Back(site)
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
        dovecot.after = "lmtp_proxy = yes\n"
        dovecot.start()
        yield dovecot
    finally:
        dovecot.close()
        authd.close()


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def afar(accounts: Accounts, back: Back) -> Mailbox:
    return accounts.mailbox(f"afar@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}")


class TestImap:
    def test_reads_the_mail_that_is_on_the_other_host(
        self, front: ExtraDovecot, back: Back, afar: Mailbox
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
        self, front: ExtraDovecot, back: Back, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"mistyped@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}")
        log = LogWatch(back.log_file)
        assert "[AUTHENTICATIONFAILED]" in front.imap_refusal(user.address, new_password())
        assert log.matching(user.address) == []

    def test_a_closed_account_is_not_connected(
        self, front: ExtraDovecot, back: Back, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"closed@{DOMAIN}", mailhost=f"127.0.0.1:{back.imap_port}", active=0)
        log = LogWatch(back.log_file)
        assert "the mailbox is inactive" in front.imap_refusal(user.address, user.password)
        assert log.matching(user.address) == []

    def test_the_other_host_away_is_told_as_such(self, front: ExtraDovecot, accounts: Accounts) -> None:
        user = accounts.mailbox(f"nowhere@{DOMAIN}", mailhost="127.0.0.1:1")
        assert "[UNAVAILABLE]" in front.imap_refusal(user.address, user.password)

    def test_who_has_no_host_is_served_here(
        self, front: ExtraDovecot, back: Back, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"near@{DOMAIN}", mailhost="", uidnumber=2525, gidnumber=2525)
        log = LogWatch(back.log_file)
        assert front.imap_refusal(user.address, user.password) == ""
        assert log.matching(user.address) == []


class TestPop3:
    def test_reads_the_mail_that_is_on_the_other_host(
        self, front: ExtraDovecot, back: Back, accounts: Accounts
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


class TestLmtp:
    """Dovecot asks the passdb whom a recipient's host is, without a login."""

    def test_hands_mail_on_to_the_other_host(self, front: ExtraDovecot, back: Back, accounts: Accounts) -> None:
        user = accounts.mailbox(f"lmtp@{DOMAIN}", mailhost=f"127.0.0.1:{back.lmtp_port}")
        message, log = new_message(), LogWatch(back.log_file)
        with front.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, message.text).startswith("250 ")
        assert message.id in mails_in(user.maildir)
        log.wait_for("lmtp(", user.address, "saved mail to INBOX")

    def test_the_other_host_away_is_a_temporary_failure(self, front: ExtraDovecot, accounts: Accounts) -> None:
        user = accounts.mailbox(f"lmtp-nowhere@{DOMAIN}", mailhost="127.0.0.1:1")
        with front.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, new_message().text).startswith("451 ")

    def test_a_closed_account_is_refused_at_the_front(
        self, front: ExtraDovecot, back: Back, accounts: Accounts
    ) -> None:
        user = accounts.mailbox(f"lmtp-closed@{DOMAIN}", mailhost=f"127.0.0.1:{back.lmtp_port}", active=0)
        log = LogWatch(back.log_file)
        with front.lmtp() as lmtp:
            lmtp.mail(STRANGER)
            assert lmtp.rcpt(user.address).startswith("5")
        assert log.matching(user.address) == []

    def test_who_is_nobody_is_refused(self, front: ExtraDovecot) -> None:
        with front.lmtp() as lmtp:
            lmtp.mail(STRANGER)
            assert lmtp.rcpt(f"lmtp-nobody@{DOMAIN}").startswith("550 5.1.1 ")

    def test_who_has_no_host_gets_it_here(self, front: ExtraDovecot, back: Back, accounts: Accounts) -> None:
        user = accounts.mailbox(f"lmtp-near@{DOMAIN}", mailhost="", uidnumber=2525, gidnumber=2525)
        message, log = new_message(), LogWatch(back.log_file)
        with front.lmtp() as lmtp:
            assert lmtp.transact(STRANGER, user.address, message.text).startswith("250 ")
        assert message.id in mails_in(user.maildir)
        assert log.matching(user.address) == []
