# SPDX-License-Identifier: MIT
"""Courier's own programs and maildrop, as Debian has them, with extmail-authd in place of authdaemond."""

from __future__ import annotations

import base64
import hmac
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.authdaemond import CHALLENGES
from support.courier import Courier, unpack
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.messages import mails_in
from support.outages import Outage
from support.passwords import new_password
from support.site import Site
from support.tools import Done, run

DOMAIN = "courier.test"
REMOTE = "198.51.100.71"
DENIED = "Authentication FAILED: Operation not permitted"
TROUBLE = "Authentication FAILED: Input/output error"
NO_USER, LATER = 67, 75  # sysexits.h, for maildrop's caller
MAIL_UID = 2525


@pytest.fixture(scope="module")
def courier(site: Site, build_dir: Path) -> Courier:
    return Courier(unpack(build_dir / "courier"), site.env["AUTHDAEMOND_SOCKET"])


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"joe@{DOMAIN}", name="Joe, in the office", netdiskquota="5S", disablenetdisk=1)


def make_maildir(user: Mailbox) -> Mailbox:
    """Courier makes none."""
    as_owner = ["setpriv", f"--reuid={MAIL_UID}", f"--regid={MAIL_UID}", "--clear-groups"]
    made = run([*as_owner, "mkdir", "-p", *(user.maildir / name for name in ("cur", "new", "tmp"))])
    assert made.status == 0, made.all
    return user


@pytest.fixture(scope="module")
def with_maildir(joe: Mailbox) -> Mailbox:
    return make_maildir(joe)


def told(done: Done) -> dict[str, str]:
    """What authtest prints of an account."""
    assert done.status == 0, done.all
    lines = [line.split(":", 1) for line in done.output.splitlines() if ":" in line]
    return {name.strip(): value.strip() for name, value in lines}


class TestAuthtest:
    def test_looks_up_a_user(self, site: Site, accounts: Accounts, courier: Courier, joe: Mailbox) -> None:
        account = told(courier.run("authtest", joe.address))
        base = site.env["MAIL_BASE"]
        assert account["Authenticated"] == f"{joe.address}  (uid {MAIL_UID}, gid {MAIL_UID})"
        assert account["Home Directory"] == f"{base}/{DOMAIN}/joe"
        assert account["Maildir"] == f"{base}/{DOMAIN}/joe/Maildir/"
        assert account["Quota"] == "104857600S"
        assert account["Encrypted Password"] == accounts.stored_password(joe)
        assert account["Cleartext Password"] == "(none)"
        assert account["Options"] == "disablenetdisk=1,netdiskquota=5S"

    @pytest.mark.parametrize("service", ["login", "imap", "extmail"])
    def test_checks_a_password(self, courier: Courier, joe: Mailbox, service: str) -> None:
        account = told(courier.run("authtest", "-s", service, joe.address, joe.password))
        assert account["Cleartext Password"] == joe.password

    def test_says_no(self, courier: Courier, accounts: Accounts, joe: Mailbox) -> None:
        off = accounts.mailbox(f"off@{DOMAIN}", active=0)
        no_imap = accounts.mailbox(f"no-imap@{DOMAIN}", disableimap=1)
        for words in (
            (joe.address, new_password()),
            (f"nobody@{DOMAIN}",),
            (f"nobody@{DOMAIN}", joe.password),
            (off.address,),
            (off.address, off.password),
            ("-s", "imap", no_imap.address, no_imap.password),
        ):
            done = courier.run("authtest", *words)
            assert (done.status, done.all.strip()) == (1, DENIED)
        account = told(courier.run("authtest", "-s", "pop3", no_imap.address, no_imap.password))
        assert account["Options"].startswith("disableimap=1")

    def test_a_broken_row_is_trouble_and_no_wrong_password(self, courier: Courier, accounts: Accounts) -> None:
        broken = accounts.mailbox(f"broken@{DOMAIN}", stored="{MD5}xxx")
        done = courier.run("authtest", broken.address, new_password())
        assert (done.status, done.all.strip()) == (1, TROUBLE)

    @pytest.mark.usefixtures("joe")
    def test_changes_a_password(
        self, site: Site, courier: Courier, accounts: Accounts, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        """And says so, and says if not: by an extmail-authd that may."""
        user = accounts.mailbox(f"changing@{DOMAIN}")
        daemon = extra_daemon("authd")
        daemon.change('protocol = "auth"', 'protocol = "authdaemond"')
        daemon.config += "\n[authd.password_change]\nenabled = true\n"
        daemon.start()
        mine = Courier(courier.root, daemon.socket)
        new = new_password()
        right = "UPDATE (password, clearpwd) ON extmail.mailbox {} 'extmail_authd'@'localhost'"
        assert not site.database().run("GRANT " + right.format("TO")).error
        try:
            done = mine.run("authtest", "-s", "extmail", user.address, new_password(), new)
            assert (done.status, done.all.strip()) == (1, DENIED)
            done = mine.run("authtest", "-s", "extmail", user.address, user.password, new)
            assert (done.status, done.all.strip()) == (0, "Password change succeeded.")
        finally:
            assert not site.database().run("REVOKE " + right.format("FROM")).error
        assert told(mine.run("authtest", user.address, new))["Cleartext Password"] == new
        done = mine.run("authtest", user.address, user.password)
        assert (done.status, done.all.strip()) == (1, DENIED)
        # Without the right to write. Courier's library takes no answer for a refusal here: only the log tells.
        done = mine.run("authtest", user.address, new, new_password())
        assert (done.status, done.all.strip()) == (1, DENIED)
        daemon.log.wait_for(f"password_change_failed: user={user.address} ", "UPDATE command denied")

    def test_lists_all(self, courier: Courier, joe: Mailbox) -> None:
        done = courier.run("authenumerate", "-o")
        assert done.status == 0, done.all
        lines = {line.split("\t")[0]: line.split("\t")[1:] for line in done.output.splitlines()}
        home = str(joe.maildir.parent)
        assert lines[joe.address] == [str(MAIL_UID), str(MAIL_UID), home, f"{home}/Maildir/", ""]


class TestMaildrop:
    MAIL = "From: someone@example.org\nSubject: maildrop\n\nHello.\n"

    def deliver(self, courier: Courier, user: str, *options: str) -> Done:
        return courier.run("maildrop", *options, "-d", user, text=self.MAIL)

    def test_delivers(self, courier: Courier, with_maildir: Mailbox) -> None:
        before = len(mails_in(with_maildir.maildir))
        done = self.deliver(courier, with_maildir.address)
        assert done.status == 0, done.all
        assert len(mails_in(with_maildir.maildir)) == before + 1
        newest = max((with_maildir.maildir / "new").iterdir(), key=lambda mail: mail.stat().st_mtime_ns)
        assert newest.stat().st_uid == MAIL_UID

    def test_knows_no_stranger(self, courier: Courier) -> None:
        assert self.deliver(courier, f"nobody@{DOMAIN}").status == NO_USER

    def test_trouble_is_trouble_if_it_is_told_to_say_so(self, courier: Courier, accounts: Accounts) -> None:
        outside = accounts.mailbox(f"outside@{DOMAIN}", maildir="../x/")
        assert self.deliver(courier, outside.address, "-a").status == LATER


class TestServers:
    """IMAP and POP3 of Courier, which look into the maildir that they are told of."""

    def test_imap(self, courier: Courier, with_maildir: Mailbox, log: Callable[[str], LogWatch]) -> None:
        with courier.imap(REMOTE) as imap:
            assert imap.line().startswith("* OK")
            assert imap.ask(f"a LOGIN {with_maildir.address} {with_maildir.password}", "a ").startswith("a OK")
            assert imap.ask("b SELECT INBOX", "b ").startswith("b OK")
        log("authd").wait_for(f"login_ok: user={with_maildir.address} service=imap remote={REMOTE}")

    @pytest.mark.parametrize("kind", CHALLENGES)
    def test_imap_by_a_challenge(self, courier: Courier, accounts: Accounts, kind: str) -> None:
        user = make_maildir(accounts.mailbox(f"{kind}@{DOMAIN}", scheme="{PLAIN}"))
        for password, result in ((new_password(), "a NO"), (user.password, "a OK")):
            with courier.imap(REMOTE) as imap:
                imap.line()
                sent = base64.b64decode(imap.ask(f"a AUTHENTICATE {kind.upper()}", "+ ").removeprefix("+ "))
                digest = hmac.new(password.encode(), sent, CHALLENGES[kind]).hexdigest()
                said = imap.ask(base64.b64encode(f"{user.address} {digest}".encode()).decode(), "a ")
                assert said.startswith(result)

    def test_pop3(self, courier: Courier, with_maildir: Mailbox, log: Callable[[str], LogWatch]) -> None:
        with courier.pop3(REMOTE) as pop3:
            assert pop3.line().startswith("+OK")
            assert pop3.ask(f"USER {with_maildir.address}").startswith("+OK")
            assert pop3.ask(f"PASS {with_maildir.password}").startswith("+OK")
            assert pop3.ask("STAT").startswith("+OK")
        log("authd").wait_for(f"login_ok: user={with_maildir.address} service=pop3 remote={REMOTE}")

    def test_a_wrong_password(self, courier: Courier, joe: Mailbox) -> None:
        with courier.imap(REMOTE) as imap:
            imap.line()
            assert imap.ask(f"a LOGIN {joe.address} {new_password()}", "a ").startswith("a NO")


def await_recovery(site: Site) -> None:
    """Of all that the next test may ask."""
    strangers = (f"stranger{number}@{DOMAIN}" for number in itertools.count(1))  # each is asked of the database
    with site.auth() as auth, site.maps() as maps:
        wait_until(lambda: auth.user(next(strangers)).status == "unknown", "authd to recover")
        wait_until(
            lambda: maps.ask("virtual_mailbox_maps", next(strangers)).startswith("NOTFOUND"), "mapd to recover"
        )


@pytest.mark.usefixtures("joe")
class TestFaults:
    def test_without_database(self, site: Site, courier: Courier, accounts: Accounts) -> None:
        """Of somebody whom nobody has asked for yet."""
        user = accounts.mailbox(f"unseen@{DOMAIN}")
        outage = Outage(site.demo, "MariaDB killed")
        try:
            for words in ((user.address,), (user.address, user.password), (user.address, new_password())):
                done = courier.run("authtest", *words)
                assert (done.status, done.all.strip()) == (1, TROUBLE)
            assert courier.run("authenumerate").status == 1
            maildrop = courier.run("maildrop", "-a", "-d", user.address, text="Subject: later\n\n")
            assert maildrop.status == LATER, maildrop.all
        finally:
            outage.end()
            await_recovery(site)
        assert told(courier.run("authtest", user.address, user.password))["Cleartext Password"] == user.password
