# SPDX-License-Identifier: MIT
"""extmail-authd: who may log in with which password, and what they and the log are told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support.accounts import SWITCHED_OFF, Accounts, Columns
from support.auth_protocol import AuthClient
from support.log_watch import LogWatch
from support.passwords import new_password, remember
from support.site import Site

DOMAIN = "auth.test"

SCHEMES = (
    "$1$",
    "$5$",
    "$6$",
    "$2y$",
    "$y$",
    "{CRYPT}$1$",
    "{CRYPT}$6$",
    "{crypt}$2y$",
    "{PLAIN}",
    "{CLEARTEXT}",
)

ODD_PASSWORDS = {
    "blanks": " two  words ",
    "quotes": 'it\'s a "quote"',
    "utf-8": "пароль密码",
    "sql": "' OR ''='",
    "braces": "{PLAIN}x",
    "dollar": "$1$phz1mRrj$x",
    "colon": "a:b:c",
    "percent": "%s%n%d",
    "backslash": "back\\slash\\",
    "newline": "two\nlines",
    "100 bytes": "p" * 100,
}

# Service, the column that switches it off, and another service that then still works.
SERVICE_FLAGS = [
    ("imap", "disableimap", "pop3"),
    ("pop3", "disablepop3", "imap"),
    ("smtp", "disablesmtpd", "imap"),
    ("submission", "disablesmtpd", "imap"),
    ("extmail", "disablewebmail", "imap"),
    ("lmtp", "disablesmtp", "imap"),
    ("doveadm", "disablesmtp", "imap"),
]

UNUSABLE = {
    "empty": "",
    "unknown scheme": "{WHIRLPOOL}tAkVXTTFDWPvm/5wlDOk1Q==",
    "damaged digest": "{MD5}tAkVXTTFDWPvm/5wlD",
    "no scheme": "just some text",
    "truncated": "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZ",
    "no hash": "{CRYPT}",
    "unknown method": "$99$salt$hash",
    "star": "*",
    "too costly sha": "$6$rounds=999999999$phz1mRrj$" + "x" * 86,
    "too costly bcrypt": "$2y$31$phz1mRrjOlFb7nA0sCk3Du2IftNvRHcnYHIliNUfnNLilURrL.W4u",
}


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.domain("inactive-auth.test", active=0)


class TestVerify:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_the_right_password_gives_the_users_data(
        self, site: Site, accounts: Accounts, auth: AuthClient, scheme: str
    ) -> None:
        user = accounts.mailbox(f"scheme{SCHEMES.index(scheme)}@{DOMAIN}", scheme=scheme, quota="1048576S,7C")
        reply = auth.verify(user.address, user.password)
        assert reply.status == "ok"
        home = f"{site.env['MAIL_BASE']}/{DOMAIN}/scheme{SCHEMES.index(scheme)}"
        assert reply.fields == {
            "user": user.address,
            "uid": "2525",
            "gid": "2525",
            "home": home,
            "maildir": f"{home}/Maildir",
            "quota_bytes": "1048576",
            "quota_messages": "7",
        }
        for wrong in (new_password(), "", user.password + "x", user.password[:-1], user.password.upper()):
            assert auth.verify(user.address, wrong).status == "mismatch"

    @pytest.mark.parametrize("name", ODD_PASSWORDS)
    @pytest.mark.parametrize("scheme", ["$6$", "{PLAIN}"])
    def test_any_password(self, accounts: Accounts, auth: AuthClient, scheme: str, name: str) -> None:
        password = remember(ODD_PASSWORDS[name] + "-sesame")
        user = accounts.mailbox(f"odd-{name.replace(' ', '-')}-{len(scheme)}@{DOMAIN}", password, scheme)
        assert auth.verify(user.address, password).status == "ok"
        assert auth.verify(user.address, password + " ").status == "mismatch"

    def test_a_zero_byte_does_not_end_the_password(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"zero@{DOMAIN}")
        assert auth.verify(user.address, user.password + "\0").status == "mismatch"
        assert auth.verify(user.address, user.password + "\0more").status == "mismatch"
        assert auth.verify(user.address + "\0", user.password).status == "unknown"

    @pytest.mark.parametrize("length", [511, 512, 60000])
    def test_a_password_too_long_for_crypt_is_wrong(
        self, accounts: Accounts, auth: AuthClient, length: int
    ) -> None:
        user = accounts.mailbox(f"long{length}@{DOMAIN}", "p" * 8)
        assert auth.verify(user.address, "p" * length).status == "mismatch"

    def test_the_stored_name_comes_back_whatever_case_was_typed(
        self, accounts: Accounts, auth: AuthClient
    ) -> None:
        user = accounts.mailbox(f"Some.One@{DOMAIN}")
        assert auth.verify("SOME.one@AUTH.Test", user.password).fields["user"] == user.address

    @pytest.mark.parametrize(
        "name",
        [
            "nobody@auth.test",
            "jose@auth.test",
            "alias@auth.test",
            "joe+tag@auth.test",
            "joe@auth.test ",
            "joe",
            "@auth.test",
            "",
            "'; drop table mailbox; --@auth.test",
            "x' OR '1'='1@auth.test",
            "%@auth.test",
            "*",
            "a" * 10000 + "@auth.test",
            "用户@auth.test",
        ],
        ids=lambda name: name[:40] or "none",
    )
    def test_nobody(self, auth: AuthClient, lookalikes: str, name: str) -> None:
        """Neither an alias, nor what a collation takes for the same, nor an extension logs in."""
        assert auth.verify(name, lookalikes).status == "unknown"
        assert auth.user(name).status == "unknown"
        assert auth.credentials(name).status == "unknown"

    @pytest.fixture(scope="class")
    def lookalikes(self, accounts: Accounts) -> str:
        """The password of mailboxes with names close to those above."""
        accounts.alias(f"alias@{DOMAIN}", f"joe@{DOMAIN}")
        password = accounts.mailbox(f"josé@{DOMAIN}").password
        return accounts.mailbox(f"joe@{DOMAIN}", password).password

    def test_the_log_has_one_line_for_each(
        self, accounts: Accounts, auth: AuthClient, log: Callable[[str], LogWatch]
    ) -> None:
        user = accounts.mailbox(f"logged@{DOMAIN}")
        auth.verify(user.address, user.password, remote="192.0.2.7")
        auth.verify(user.address, new_password(), remote="192.0.2.8")
        log("authd").wait_for(f"info: login_ok: user={user.address} service=imap remote=192.0.2.7")
        log("authd").wait_for(
            f"notice: login_refused: user={user.address} service=imap remote=192.0.2.8: wrong password"
        )
        assert len(log("authd").matching(re.escape(user.address))) == 2

    def test_what_a_stranger_sends_is_escaped_in_the_log(
        self, auth: AuthClient, log: Callable[[str], LogWatch]
    ) -> None:
        auth.verify("x\n2026-01-01 info: login_ok: user=forged\x1b[31m", "y", service="i\nmap", remote='"a"')
        line = log("authd").wait_for("login_refused: ")
        user = r'user="x\x0a2026-01-01 info: login_ok: user=forged\x1b[31m"'
        assert user + r' service=i\x0amap remote="\"a\"": no such mailbox' in line
        assert len(log("authd").matching("forged")) == 1


class TestWhoMayLogIn:
    @pytest.mark.parametrize(
        ("service", "column", "other"), SERVICE_FLAGS, ids=[s for s, _, _ in SERVICE_FLAGS]
    )
    def test_a_service_that_is_switched_off(
        self, accounts: Accounts, auth: AuthClient, service: str, column: str, other: str
    ) -> None:
        switched_off: Columns = {column: 1}
        user = accounts.mailbox(f"no-{service}@{DOMAIN}", **switched_off)
        refused = auth.verify(user.address, user.password, service)
        assert (refused.status, refused.reason) == ("denied", "the mailbox has this service disabled")
        assert auth.user(user.address, service).status == "denied"
        assert auth.verify(user.address, user.password, other).status == "ok"

    @pytest.mark.parametrize("name", SWITCHED_OFF)
    @pytest.mark.parametrize(
        "service", ["imap", "pop3", "smtp", "extmail", "lmtp", "doveadm", "unheard-of", ""]
    )
    def test_an_account_that_is_switched_off(
        self, accounts: Accounts, auth: AuthClient, name: str, service: str
    ) -> None:
        columns, reason = SWITCHED_OFF[name]
        user = accounts.mailbox(f"{name}-{service}@{DOMAIN}", **columns)
        refused = auth.verify(user.address, user.password, service)
        assert (refused.status, refused.reason) == ("denied", reason)

    def test_only_who_knows_the_password_learns_why(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"secret-state@{DOMAIN}", active=0)
        assert auth.verify(user.address, new_password()).status == "mismatch"

    def test_the_domain_has_to_be_ours(self, accounts: Accounts, auth: AuthClient) -> None:
        for address in ("joe@inactive-auth.test", "joe@no-such-domain-auth.test"):
            user = accounts.mailbox(address)
            refused = auth.verify(user.address, user.password)
            assert (refused.status, refused.reason) == (
                "denied",
                "its domain is missing, inactive or expired",
            )

    def test_a_domains_template_is_no_ban(self, accounts: Accounts, auth: AuthClient) -> None:
        """ExtMan creates every domain with disableimap = 1."""
        accounts.domain("template-auth.test", disableimap=1, disablepop3=1, disablesmtpd=1)
        user = accounts.mailbox("joe@template-auth.test")
        assert [auth.verify(user.address, user.password, s).status for s in ("imap", "pop3", "smtp")] == [
            "ok"
        ] * 3

    @pytest.mark.parametrize("stored", UNUSABLE.values(), ids=list(UNUSABLE))
    def test_a_row_that_nothing_can_be_checked_against(
        self, accounts: Accounts, auth: AuthClient, log: Callable[[str], LogWatch], stored: str
    ) -> None:
        """It is the administrator's fault, not a wrong password: the log names the row."""
        address = f"unusable{list(UNUSABLE.values()).index(stored)}@{DOMAIN}"
        user = accounts.mailbox(address, stored=stored)
        assert auth.verify(user.address, new_password()).status == "permanent"
        log("authd").wait_for("error: account_unusable: ", f"mailbox {address}: the column password")
