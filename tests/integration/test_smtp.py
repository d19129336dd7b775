# SPDX-License-Identifier: MIT
"""Postfix with our maps, policy and SASL plugin: who may log in, send and receive, told by SMTP itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.log_watch import LogWatch
from support.messages import STRANGER, mails_in, new_message, wait_for_mail
from support.passwords import hash_password, new_password, remember
from support.site import POSTMASTER, Site
from support.smtp import Smtp, base64_text
from support.stream import Stream

CHANGE_SECONDS = 5  # a change shows within one, on a machine that has nothing else to do
DOMAIN = "smtp.test"
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
SCHEMES = ("$1$", "$5$", "$6$", "$2y$", "$y$", "{CRYPT}$6$", "{PLAIN}", "{CLEARTEXT}")

OFF: dict[str, Columns] = {
    "no smtpd": {"disablesmtpd": 1},
    "inactive": {"active": 0},
    "expired": {"expiredate": "2010-01-01"},
}

REFUSED = "535 5.7.8 Error: authentication failed: "
NOT_DELIVERABLE = "550 5.1.1 "


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.domain("inactive-smtp.test", active=0)


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    return accounts.mailbox(f"joe@{DOMAIN}")


@pytest.fixture
def smtp(site: Site) -> Iterator[Smtp]:
    with site.smtp() as client:
        yield client


@pytest.fixture(params=["SMTP_PORT", "SUBMISSION_PORT"])
def any_smtp(site: Site, request: pytest.FixtureRequest) -> Iterator[Smtp]:
    with Smtp(int(site.env[request.param])) as client:
        yield client


class TestTheGuide:
    """The original guide's test with telnet, the same to the byte."""

    @pytest.mark.parametrize("port", ["SMTP_PORT", "SUBMISSION_PORT"])
    @pytest.mark.parametrize("pace", ["by lines", "by bytes"])
    @pytest.mark.parametrize("command", [b"AUTH LOGIN", b"auth login"])
    def test_transcript(self, site: Site, port: str, pace: str, command: bytes) -> None:
        conversation: list[tuple[bytes, bytes]] = [
            (command, b"334 VXNlcm5hbWU6"),
            (b"cG9zdG1hc3RlckB0ZXN0LmNvbQ==", b"334 UGFzc3dvcmQ6"),
            (b"ZXh0bWFpbA==", b"235 2.7.0 Authentication successful"),
            (b"QUIT", b"221 2.0.0 Bye"),
        ]
        with Stream(int(site.env[port])) as telnet:

            def say(line: bytes) -> None:
                for part in (bytes([byte]) for byte in line) if pace == "by bytes" else (line,):
                    telnet.send(part)

            assert telnet.receive_until(b"\r\n").startswith(b"220 mail.demo.test ESMTP")
            say(b"EHLO client.example.org\r\n")
            extensions = telnet.receive_until(b"\r\n250 ") + telnet.receive_until(b"\r\n")
            assert b"\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n" in extensions
            for line, answer in conversation:
                say(line + b"\r\n")
                assert telnet.receive_until(b"\r\n") == answer + b"\r\n"
            assert telnet.receive_all() == b""


class TestLogins:
    @pytest.mark.parametrize("scheme", SCHEMES)
    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    def test_right_and_wrong(self, site: Site, accounts: Accounts, scheme: str, mechanism: str) -> None:
        user = accounts.mailbox(f"{mechanism.lower()}{SCHEMES.index(scheme)}@{DOMAIN}", scheme=scheme)
        for password, answer in ((user.password, "235 2.7.0 "), (new_password(), REFUSED), ("", REFUSED)):
            with site.smtp() as smtp:
                assert smtp.auth(mechanism, user.address, password).startswith(answer)

    def test_after_a_wrong_password_the_right_one_is_taken(self, any_smtp: Smtp, joe: Mailbox) -> None:
        assert any_smtp.auth_login(joe.address, new_password()).startswith(REFUSED)
        assert any_smtp.auth_plain(joe.address, new_password()).startswith(REFUSED)
        assert any_smtp.auth_plain(joe.address, joe.password).startswith("235 ")
        assert any_smtp.auth_plain(joe.address, joe.password).startswith("503 ")

    def test_plain_with_the_password_on_a_line_of_its_own(self, smtp: Smtp, joe: Mailbox) -> None:
        assert smtp.command("AUTH PLAIN") == "334 "
        assert smtp.command(base64_text(f"\0{joe.address}\0{joe.password}")).startswith("235 ")

    def test_one_can_not_log_in_for_somebody_else(self, site: Site, joe: Mailbox) -> None:
        for other in (POSTMASTER, f"nobody@{DOMAIN}", "root"):
            with site.smtp() as smtp:
                assert smtp.auth_plain(joe.address, joe.password, authorise_as=other).startswith(REFUSED)
        with site.smtp() as smtp:
            assert smtp.auth_plain(joe.address, joe.password, authorise_as=joe.address).startswith("235 ")

    @pytest.mark.parametrize(
        "password", ["pass word", 'it\'s "quoted"', "pärolen密码", "{PLAIN}\\$1$", "a" * 200]
    )
    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_any_password(self, site: Site, accounts: Accounts, mechanism: str, password: str) -> None:
        address = f"any-{mechanism.lower()}{len(password.encode())}@{DOMAIN}"
        user = accounts.mailbox(address, remember(password + "-sesame"), "{PLAIN}")
        with site.smtp() as smtp:
            assert smtp.auth(mechanism, user.address, user.password).startswith("235 ")

    @pytest.mark.parametrize(
        "name",
        [
            f"nobody@{DOMAIN}",
            f"jóe@{DOMAIN}",
            f"joe+tag@{DOMAIN}",
            "joe",
            "@",
            f"' or ''='@{DOMAIN}",
            f"'; drop table mailbox; --@{DOMAIN}",
            "a" * 200 + f"@{DOMAIN}",
            "a" * 300 + f"@{DOMAIN}",
            "joe@inactive-smtp.test",
        ],
        ids=lambda name: str(name)[:30],
    )
    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_other_names(self, smtp: Smtp, joe: Mailbox, mechanism: str, name: str) -> None:
        assert smtp.auth(mechanism, name, joe.password).startswith(REFUSED)

    def test_an_alias_does_not_log_in(self, smtp: Smtp, accounts: Accounts, joe: Mailbox) -> None:
        accounts.alias(f"alias@{DOMAIN}", joe.address)
        assert smtp.auth_plain(f"alias@{DOMAIN}", joe.password).startswith(REFUSED)

    @pytest.mark.parametrize("length", [256, 257, 700])
    def test_a_password_that_is_too_long_is_wrong(self, smtp: Smtp, joe: Mailbox, length: int) -> None:
        """Not a temporary failure, which mail programs would try again for ever."""
        assert smtp.auth_login(joe.address, "p" * length).startswith(REFUSED)

    @pytest.mark.parametrize(
        ("command", "answer"),
        [("AUTH LOGIN", "334 "), ("AUTH PLAIN", "334 "), ("AUTH CRAM-MD5", "334 ")],
    )
    def test_one_can_change_ones_mind(self, smtp: Smtp, joe: Mailbox, command: str, answer: str) -> None:
        assert smtp.command(command).startswith(answer)
        assert smtp.command("*").startswith("501 ")
        assert smtp.auth_plain(joe.address, joe.password).startswith("235 ")

    @pytest.mark.parametrize("garbage", ["!!!", "====", "AA", "A" * 1500, "\1\2"])
    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_garbage_is_no_login(self, smtp: Smtp, mechanism: str, garbage: str) -> None:
        assert smtp.command(f"AUTH {mechanism}").startswith("334 ")
        answer = smtp.command(garbage)
        if answer.startswith("334 "):
            answer = smtp.command(garbage)
        assert answer[:4] in ("535 ", "501 ")
        assert smtp.command("NOOP").startswith("250 ")


class TestCramMd5:
    @pytest.mark.parametrize("scheme", ["{PLAIN}", "{CLEARTEXT}"])
    def test_with_a_password_stored_in_clear(self, site: Site, accounts: Accounts, scheme: str) -> None:
        user = accounts.mailbox(f"cram-{scheme[1:3].lower()}@{DOMAIN}", scheme=scheme)
        with site.smtp() as smtp:
            assert smtp.auth_cram_md5(user.address, new_password()).startswith(REFUSED)
            assert smtp.auth_cram_md5(user.address, user.password).startswith("235 ")

    def test_with_the_copy_that_the_webmail_stores(self, site: Site, accounts: Accounts) -> None:
        password = new_password()
        user = accounts.mailbox(f"cram-copy@{DOMAIN}", password, "$6$", clearpwd=password)
        with site.submission() as smtp:
            assert smtp.auth_cram_md5(user.address, password).startswith("235 ")

    def test_a_copy_older_than_the_password_does_not_log_in(self, site: Site, accounts: Accounts) -> None:
        old, new = new_password(), new_password()
        user = accounts.mailbox(f"cram-old@{DOMAIN}", stored=hash_password(new, "$6$"), clearpwd=old)
        for mechanism in MECHANISMS:
            with site.smtp() as smtp:
                assert smtp.auth(mechanism, user.address, old).startswith(REFUSED)
        with site.smtp() as smtp:
            assert smtp.auth_plain(user.address, new).startswith("235 ")

    @pytest.mark.parametrize("scheme", ["$1$", "$6$", "{CRYPT}$6$"])
    def test_a_hash_is_refused_and_the_log_says_why(
        self, smtp: Smtp, accounts: Accounts, log: Callable[[str], LogWatch], scheme: str
    ) -> None:
        user = accounts.mailbox(f"cram-hash{SCHEMES.index(scheme)}@{DOMAIN}", scheme=scheme)
        assert smtp.auth_cram_md5(user.address, user.password).startswith(REFUSED)
        log("postfix").wait_for(
            f"{user.address} stores no clear password, and CRAM-MD5 can't work with a hash"
        )


class TestDisabledAccounts:
    @pytest.mark.parametrize("name", OFF)
    @pytest.mark.parametrize("scheme", ["$6$", "{PLAIN}"])
    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_do_not_log_in(
        self, any_smtp: Smtp, accounts: Accounts, mechanism: str, scheme: str, name: str
    ) -> None:
        user = accounts.mailbox(f"{new_password()[7:]}@{DOMAIN}", scheme=scheme, **OFF[name])
        assert any_smtp.auth(mechanism, user.address, user.password).startswith(REFUSED)

    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_nor_those_of_an_inactive_domain(self, smtp: Smtp, accounts: Accounts, mechanism: str) -> None:
        user = accounts.mailbox(f"{mechanism.lower()}@inactive-smtp.test", scheme="{PLAIN}")
        assert smtp.auth(mechanism, user.address, user.password).startswith(REFUSED)

    def test_those_that_may_not_read_may_still_send(self, smtp: Smtp, accounts: Accounts) -> None:
        user = accounts.mailbox(
            f"send-only@{DOMAIN}", disableimap=1, disablepop3=1, disablewebmail=1, disablesmtp=1
        )
        assert smtp.auth_plain(user.address, user.password).startswith("235 ")

    @pytest.mark.parametrize("name", [*OFF, "deleted"])
    def test_disabled_after_the_login_can_not_go_on(
        self, any_smtp: Smtp, accounts: Accounts, log: Callable[[str], LogWatch], name: str
    ) -> None:
        """On the session that is open, within a second."""
        user = accounts.mailbox(f"{new_password()[7:]}@{DOMAIN}")
        assert any_smtp.auth_plain(user.address, user.password).startswith("235 ")
        assert any_smtp.mail(user.address).startswith("250 ")
        assert any_smtp.rcpt(POSTMASTER).startswith("250 ")
        assert any_smtp.command("RSET").startswith("250 ")
        if name == "deleted":
            accounts.delete(user)
        else:
            accounts.change(user, **OFF[name])

        def refusal() -> str:
            # The null sender is nobody's, so that it is the policy that speaks, not the sender's owner.
            assert any_smtp.mail("").startswith("250 ")
            answer = any_smtp.rcpt(POSTMASTER)
            assert any_smtp.command("RSET").startswith("250 ")
            return "" if answer.startswith("250 ") else answer

        refused = wait_until(refusal, "the change to show", timeout=CHANGE_SECONDS)
        assert refused.startswith("554 5.7.1 ") and f"{user.address} may no longer send: " in refused
        log("policyd").wait_for("info: refused: ", f"login={user.address}")


class TestRecipients:
    def test_unknown(self, smtp: Smtp) -> None:
        smtp.mail(STRANGER)
        assert smtp.rcpt(f"nobody@{DOMAIN}").startswith(NOT_DELIVERABLE)

    def test_in_a_domain_that_is_not_ours(self, smtp: Smtp) -> None:
        smtp.mail(STRANGER)
        for recipient in ("someone@example.org", "joe@inactive-smtp.test"):
            assert smtp.rcpt(recipient).startswith("554 5.7.1 ")

    @pytest.mark.parametrize(
        ("name", "columns", "why"),
        [
            ("no-receive", {"disablesmtp": 1}, "the mailbox has this service disabled"),
            ("inactive", {"active": 0}, "the mailbox is inactive"),
            ("expired", {"expiredate": "2010-01-01"}, "the mailbox has expired"),
        ],
    )
    def test_that_may_not_receive(
        self, smtp: Smtp, accounts: Accounts, name: str, columns: Columns, why: str
    ) -> None:
        user = accounts.mailbox(f"{name}@{DOMAIN}", **columns)
        smtp.mail(STRANGER)
        refused = smtp.rcpt(user.address)
        assert refused.startswith("550 5.2.1 ") and f"{why}, it does not accept mail" in refused

    @pytest.mark.parametrize(
        ("recipient", "answer"),
        [
            (f"joe@{DOMAIN}", "250 "),
            (f"JOE@{DOMAIN.upper()}", "250 "),
            (f"joe+tag@{DOMAIN}", "250 "),
            (f'"joe"@{DOMAIN}', "250 "),
            (f"nobody+tag@{DOMAIN}", NOT_DELIVERABLE),
            (f"jóe@{DOMAIN}", NOT_DELIVERABLE),
            (f'"\'; drop table mailbox; --"@{DOMAIN}', NOT_DELIVERABLE),
            (f"'or''='@{DOMAIN}", NOT_DELIVERABLE),
            (f'"no body"@{DOMAIN}', NOT_DELIVERABLE),
            (f"*@{DOMAIN}", NOT_DELIVERABLE),
            (f"_oe@{DOMAIN}", NOT_DELIVERABLE),
            (f"@{DOMAIN}", NOT_DELIVERABLE),
            ("a" * 64 + f"@{DOMAIN}", NOT_DELIVERABLE),
            ("a" * 255 + f"@{DOMAIN}", NOT_DELIVERABLE),
            ("a" * 1000 + f"@{DOMAIN}", NOT_DELIVERABLE),
            ("+" * 1000 + f"@{DOMAIN}", NOT_DELIVERABLE),
            ('"' + "\\" * 1000 + f'"@{DOMAIN}', NOT_DELIVERABLE),
            ("a" * 5000 + f"@{DOMAIN}", "501 "),
            ("joe@" + "a" * 300, "501 "),
        ],
        ids=lambda text: str(text)[:30],
    )
    def test_however_written(self, smtp: Smtp, joe: Mailbox, recipient: str, answer: str) -> None:
        smtp.mail(STRANGER)
        assert smtp.rcpt(recipient).startswith(answer)

    def test_beyond_ascii(self, smtp: Smtp, accounts: Accounts) -> None:
        accounts.mailbox(f"用户@{DOMAIN}")
        smtp.mail(STRANGER, "SMTPUTF8")
        assert smtp.rcpt(f"用户@{DOMAIN}").startswith("250 ")
        assert smtp.rcpt(f"用戶@{DOMAIN}").startswith(NOT_DELIVERABLE)
        assert smtp.rcpt(f"юзер@{DOMAIN}").startswith(NOT_DELIVERABLE)

    def test_the_tables_are_still_there(self, site: Site) -> None:
        assert site.demo.sql("SELECT COUNT(*) > 0 FROM mailbox WHERE domain = ?", DOMAIN) == [("1",)]


class TestDelivery:
    """From RCPT to the file in the Maildir."""

    @pytest.mark.parametrize(
        "written",
        ["joe@{d}", "Joe@{d}", "joe+tag@{d}", "info@{d}", "info+tag@{d}", "chain@{d}", "bare@{d}"],
    )
    def test_reaches_the_mailbox(
        self, site: Site, accounts: Accounts, joe: Mailbox, written: str, aliases: None
    ) -> None:
        message = new_message()
        with site.smtp() as smtp:
            assert smtp.transact(STRANGER, written.format(d=DOMAIN), message.text).startswith("250 ")
        wait_for_mail(joe.maildir, message)

    @pytest.fixture(scope="class")
    def aliases(self, accounts: Accounts) -> None:
        accounts.alias(f"info@{DOMAIN}", f"joe@{DOMAIN}")
        accounts.alias(f"chain@{DOMAIN}", f"info@{DOMAIN}")
        accounts.alias(f"bare@{DOMAIN}", "joe")

    def test_an_alias_to_many_reaches_all(self, site: Site, accounts: Accounts) -> None:
        members = [accounts.mailbox(f"member{n}@{DOMAIN}") for n in range(5)]
        accounts.alias(f"members@{DOMAIN}", ",".join(member.address for member in members))
        message = new_message()
        with site.smtp() as smtp:
            assert smtp.transact(STRANGER, f"members@{DOMAIN}", message.text).startswith("250 ")
        for member in members:
            wait_for_mail(member.maildir, message)

    def test_a_mailbox_wins_over_the_catch_all_which_takes_the_rest(
        self, site: Site, accounts: Accounts
    ) -> None:
        accounts.domain("catch-all-smtp.test")
        ann, bob = (accounts.mailbox(f"{name}@catch-all-smtp.test") for name in ("ann", "bob"))
        accounts.alias("@catch-all-smtp.test", bob.address)
        for recipient, owner, other in (
            (ann.address, ann, bob),
            ("ann+tag@catch-all-smtp.test", ann, bob),
            ("anybody@catch-all-smtp.test", bob, ann),
            (bob.address, bob, ann),
        ):
            message = new_message()
            with site.smtp() as smtp:
                assert smtp.transact(STRANGER, recipient, message.text).startswith("250 ")
            wait_for_mail(owner.maildir, message)
            assert message.id not in mails_in(other.maildir)

    def test_an_alias_with_the_name_of_a_mailbox_may_list_it(self, site: Site, accounts: Accounts) -> None:
        kept, copy = (accounts.mailbox(f"{name}@{DOMAIN}") for name in ("kept", "copy"))
        accounts.alias(kept.address, f"{kept.address},{copy.address}")
        message = new_message()
        with site.smtp() as smtp:
            assert smtp.transact(STRANGER, kept.address, message.text).startswith("250 ")
        wait_for_mail(kept.maildir, message)
        wait_for_mail(copy.maildir, message)

    def test_a_user_writes_to_a_user(self, site: Site, accounts: Accounts, joe: Mailbox) -> None:
        writer = accounts.mailbox(f"writer@{DOMAIN}")
        message = new_message(sender=writer.address)
        with site.submission() as smtp:
            assert smtp.auth_plain(writer.address, writer.password).startswith("235 ")
            assert smtp.transact(writer.address, joe.address, message.text).startswith("250 ")
        wait_for_mail(joe.maildir, message)

    @pytest.mark.parametrize("local", ["o'brien", '"john doe"', "a=b"])
    def test_what_was_accepted_is_delivered(
        self, site: Site, accounts: Accounts, log: Callable[[str], LogWatch], local: str
    ) -> None:
        """A name that Postfix takes for a mailbox and Dovecot does not would bounce."""
        user = accounts.mailbox(f"{local.strip(chr(34))}@{DOMAIN}")
        message = new_message()
        with site.smtp() as smtp:
            reply = smtp.transact(STRANGER, f"{local}@{DOMAIN}", message.text)
        assert reply.startswith("250 ")
        queue_id = reply.rpartition(" queued as ")[2]
        assert "status=sent" in log("postfix").wait_for(f"{queue_id}: to=", "status=")
        assert message.id in mails_in(user.maildir)


class TestSenders:
    NOT_OWNED = "553 5.7.1 "

    @pytest.fixture(scope="class")
    def owner(self, accounts: Accounts) -> Mailbox:
        user = accounts.mailbox(f"owner@{DOMAIN}")
        accounts.alias(f"sales@{DOMAIN}", user.address)
        accounts.alias(f"orders@{DOMAIN}", f"sales@{DOMAIN},joe@{DOMAIN}")
        accounts.alias(f"was-mine@{DOMAIN}", user.address, active=0)
        return user

    @pytest.mark.parametrize(
        ("sender", "answer"),
        [
            (f"owner@{DOMAIN}", "250 "),
            (f"OWNER@{DOMAIN}", "250 "),
            (f"owner+tag@{DOMAIN}", "250 "),
            (f"sales@{DOMAIN}", "250 "),
            (f"sales+tag@{DOMAIN}", "250 "),
            (f"orders@{DOMAIN}", "250 "),
            ("", "250 "),
            (f"joe@{DOMAIN}", NOT_OWNED),
            (POSTMASTER, NOT_OWNED),
            (f"was-mine@{DOMAIN}", NOT_OWNED),
            (f"nobody@{DOMAIN}", NOT_OWNED),
            (f"ówner@{DOMAIN}", NOT_OWNED),
            ("someone@example.org", NOT_OWNED),
        ],
        ids=lambda text: text or "none",
    )
    def test_who_has_logged_in_uses_own_addresses_only(
        self, any_smtp: Smtp, owner: Mailbox, joe: Mailbox, sender: str, answer: str
    ) -> None:
        assert any_smtp.auth_plain(owner.address, owner.password).startswith("235 ")
        any_smtp.mail(sender)
        assert any_smtp.rcpt(POSTMASTER).startswith(answer)

    def test_whoever_has_not_logged_in_can_not_submit(self, site: Site, owner: Mailbox) -> None:
        with site.submission() as smtp:
            smtp.mail(owner.address)
            assert smtp.rcpt(POSTMASTER).startswith("553 5.7.1 ")
            smtp.command("RSET")
            smtp.mail(STRANGER)
            assert smtp.rcpt(POSTMASTER).startswith("554 5.7.1 ")

    def test_who_has_logged_in_may_send_anywhere(self, any_smtp: Smtp, owner: Mailbox) -> None:
        """The demo sends nothing to the outside, but that is not a "Relay access denied"."""
        assert any_smtp.auth_plain(owner.address, owner.password).startswith("235 ")
        any_smtp.mail(owner.address)
        assert "the demo sends no mail to the outside" in any_smtp.rcpt("someone@example.org")
