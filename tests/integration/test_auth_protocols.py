# SPDX-License-Identifier: MIT
"""extmail-authd: the plugins' protocol and saslauthd's, as the plugins and others would misuse them."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator
from grp import getgrnam

import pytest
from extmail_demo import wait_until
from support import saslauthd
from support.accounts import Accounts, Columns
from support.auth_protocol import VERSION, AuthClient, message
from support.log_watch import LogWatch
from support.netstring import netstring
from support.passwords import hash_password, new_password, remember
from support.peers import acting_as
from support.site import Site
from support.stream import Stream
from support.tools import run

DOMAIN = "auth.test"
FRAME_SECONDS, IDLE_SECONDS = 10, 10  # net/protocol.hpp, saslauthd_protocol.cpp
SILENT = 1000
NOBODY = 65534

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
OFF: list[tuple[str, Columns, str]] = [
    ("inactive", {"active": 0}, "the mailbox is inactive"),
    ("expired", {"expiredate": "2010-01-01"}, "the mailbox has expired"),
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


@pytest.fixture
def auth(site: Site) -> Iterator[AuthClient]:
    with site.auth() as client:
        yield client


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

    @pytest.mark.parametrize(("name", "columns", "reason"), OFF, ids=[name for name, _, _ in OFF])
    @pytest.mark.parametrize(
        "service", ["imap", "pop3", "smtp", "extmail", "lmtp", "doveadm", "unheard-of", ""]
    )
    def test_an_account_that_is_switched_off(
        self,
        accounts: Accounts,
        auth: AuthClient,
        name: str,
        columns: Columns,
        reason: str,
        service: str,
    ) -> None:
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


class TestCredentials:
    @pytest.mark.parametrize("scheme", ["{PLAIN}", "{CLEARTEXT}"])
    def test_a_clear_password_is_given_to_the_listed(
        self, site: Site, accounts: Accounts, scheme: str
    ) -> None:
        user = accounts.mailbox(f"clear-{scheme[1:3].lower()}@{DOMAIN}", scheme=scheme)
        for uid in (0, pwd.getpwnam("postfix").pw_uid):
            with acting_as(uid, getgrnam("postfix").gr_gid):
                client = site.auth()
            with client:
                assert client.credentials(user.address).fields["clear_password"] == user.password

    def test_the_log_says_who_got_one(
        self, accounts: Accounts, auth: AuthClient, log: Callable[[str], LogWatch]
    ) -> None:
        user = accounts.mailbox(f"given@{DOMAIN}", scheme="{PLAIN}")
        closed = accounts.mailbox(f"not-given@{DOMAIN}", scheme="{PLAIN}", active=0)
        auth.credentials(user.address)
        auth.credentials(closed.address)
        log("authd").wait_for(f"info: credentials_given: user={user.address} service=smtp")
        log("authd").wait_for(
            f"notice: credentials_refused: user={closed.address} service=smtp: the mailbox is"
        )

    def test_the_copy_that_the_webmail_stores_counts_while_it_fits(
        self, accounts: Accounts, auth: AuthClient
    ) -> None:
        password = new_password()
        user = accounts.mailbox(f"copy@{DOMAIN}", password, clearpwd=password)
        assert auth.credentials(user.address).fields["clear_password"] == password
        accounts.change(user, password=hash_password(new_password(), "$6$"))
        wait_until(lambda: "clear_password" not in auth.credentials(user.address).fields, "the new hash to count")
        assert auth.credentials(user.address).status == "ok"

    def test_a_hash_is_never_given(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"hashed@{DOMAIN}", scheme="$6$")
        reply = auth.credentials(user.address)
        assert reply.status == "ok"
        assert not {"clear_password", "stored_password"} & set(reply.fields)

    def test_who_wants_the_users_data_only_gets_no_password(
        self, accounts: Accounts, auth: AuthClient
    ) -> None:
        user = accounts.mailbox(f"data-only@{DOMAIN}", scheme="{PLAIN}")
        reply = auth.credentials(user.address, scheme="")
        assert reply.fields["user"] == user.address
        assert "clear_password" not in reply.fields

    def test_others_are_refused_and_told_whom_to_ask(
        self, site: Site, accounts: Accounts, log: Callable[[str], LogWatch]
    ) -> None:
        """The mode of the socket lets them in, for they are in its group; but they are not on the list."""
        user = accounts.mailbox(f"coveted@{DOMAIN}", scheme="{PLAIN}")
        with acting_as(NOBODY, getgrnam("postfix").gr_gid):
            client = site.auth()
        with client:
            refused = client.credentials(user.address)
            assert refused.status == "permanent"
            assert "authd.credentials_users" in refused.reason
            assert set(refused.fields) == {"reason"}
            assert client.verify(user.address, user.password).status == "ok"
        log("authd").wait_for(f"warning: peer_not_allowed: user id {NOBODY} may not ask for credentials")

    @pytest.mark.parametrize("socket", ["AUTHD_SOCKET", "SASLAUTHD_SOCKET"])
    def test_who_is_not_in_the_group_can_not_even_connect(self, site: Site, socket: str) -> None:
        with acting_as(NOBODY, NOBODY), pytest.raises(PermissionError):
            Stream(site.env[socket])

    @pytest.mark.parametrize(("name", "columns", "reason"), OFF, ids=[name for name, _, _ in OFF])
    def test_not_of_an_account_that_is_switched_off(
        self, accounts: Accounts, auth: AuthClient, name: str, columns: Columns, reason: str
    ) -> None:
        user = accounts.mailbox(f"clear-{name}@{DOMAIN}", scheme="{PLAIN}", **columns)
        reply = auth.credentials(user.address)
        assert (reply.status, reply.fields) == ("denied", {"reason": reason})


class TestAuthFrames:
    def test_another_version_is_refused_with_what_to_do(
        self, site: Site, log: Callable[[str], LogWatch]
    ) -> None:
        with AuthClient(site.env["AUTHD_SOCKET"]) as client:
            reply = client.ask("hello", version="4", host="from-the-future")
            assert reply.status == "permanent"
            assert "protocol version 4 is not spoken here, but version 3" in reply.reason
        log("authd").wait_for("error: bad_version: from-the-future: protocol version 4")

    @pytest.mark.parametrize(
        "octets",
        [
            b"hello\n",
            b"EHLO there\r\n",
            b"99999999999:",
            b"65537:",
            b"007:1234567,",
            netstring(b""),
            netstring(b"verify"),
            netstring(netstring(b"verify")),
            netstring(netstring(b"steal") + netstring(b"1")),
            netstring(netstring(b"verify") + netstring(b"not a number")),
            netstring(netstring(b"verify") + netstring(b"-1")),
            netstring(netstring(b"verify") + netstring(b"99999999999999999999")),
            netstring(netstring(b"verify") + netstring(b"1") + netstring(b"no equals sign")),
            netstring(netstring(b"verify") + netstring(b"1") + b"junk"),
            netstring(netstring(b"verify") + netstring(b"1") + b"9:user=a@b"),
            message("hello", 1, version="one"),
            message("hello", 1, version="-1"),
            bytes(range(256)),
        ],
        ids=lambda octets: repr(octets[:40]),
    )
    def test_garbage_closes_the_connection(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        with Stream(site.env["AUTHD_SOCKET"]) as stream:
            stream.send(octets)
            assert stream.receive_all() == b""
        line = log("authd").wait_for("warning: ", f"pid {os.getpid()} ", "; closing")
        assert "protocol_error: auth peer" in line or "bad_request: " in line

    def test_unknown_fields_are_skipped(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"skipped@{DOMAIN}")
        assert auth.verify(user.address, user.password, from_a_newer_plugin="=\n=").status == "ok"

    def test_requests_that_are_pipelined_are_all_answered(self, accounts: Accounts, auth: AuthClient) -> None:
        """In any order; the tag tells which is which."""
        user = accounts.mailbox(f"pipelined@{DOMAIN}")
        fields = {"user": user.address, "service": "imap"}
        requests = {
            tag: ("ok", message("verify", tag, password=user.password, **fields))
            if tag % 3 == 0
            else ("mismatch", message("verify", tag, password="wrong", **fields))
            if tag % 3 == 1
            else ("unknown", message("user", tag, user=f"nobody{tag}@{DOMAIN}"))
            for tag in range(1000, 1600)
        }
        auth.send(b"".join(octets for _, octets in requests.values()))
        replies = {reply.tag: reply.status for reply in (auth.reply() for _ in requests)}
        assert replies == {tag: status for tag, (status, _) in requests.items()}

    def test_slow_hashes_do_not_hold_up_user_lookups(self, accounts: Accounts, auth: AuthClient) -> None:
        """Some hashes are made to take a second; mail for others must not wait for that."""
        slow = "$2y$12$phz1mRrjOlFb7nA0sCk3DuKSl4kPUzUPPVYc/hIu1oTzoXNNgqSGa"
        user = accounts.mailbox(f"slow@{DOMAIN}", stored=slow)
        auth.send(
            b"".join(message("verify", tag, user=user.address, password="wrong") for tag in range(1, 5))
        )
        auth.send(message("user", 9, user=user.address, service="lmtp"))
        assert (auth.reply().tag, [auth.reply().status for _ in range(4)]) == (9, ["mismatch"] * 4)

    def test_two_hundred_connections(self, site: Site, accounts: Accounts) -> None:
        user = accounts.mailbox(f"crowd@{DOMAIN}")
        clients = [site.auth() for _ in range(200)]
        try:
            for client in clients:
                client.send(message("verify", 7, user=user.address, password=user.password))
            assert {client.reply().status for client in clients} == {"ok"}
        finally:
            for client in clients:
                client.close()


class TestSaslauthd:
    @pytest.fixture(scope="class")
    def user(self, accounts: Accounts) -> tuple[str, str]:
        mailbox = accounts.mailbox(f"sasl@{DOMAIN}", scheme="$6$")
        return mailbox.address.partition("@")[0], mailbox.password

    @pytest.mark.parametrize("realm", [DOMAIN, ""])
    @pytest.mark.parametrize("fifth", [(), ("192.0.2.7;51234",)])
    def test_yes_and_no(self, site: Site, user: tuple[str, str], realm: str, fifth: tuple[str, ...]) -> None:
        """With four strings as from older libraries, and with five; split at the last @, or whole."""
        name = user[0] if realm else f"{user[0]}@{DOMAIN}"
        assert site.saslauthd(name, user[1], "smtp", realm, *fifth).startswith("OK")
        assert site.saslauthd(name, new_password(), "smtp", realm, *fifth).startswith("NO")
        assert site.saslauthd("nobody", user[1], "smtp", realm, *fifth).startswith("NO")

    @pytest.mark.parametrize(("password", "status"), [("right", 0), ("wrong", 255)])
    def test_by_the_librarys_own_tool(
        self, site: Site, user: tuple[str, str], password: str, status: int
    ) -> None:
        typed = user[1] if password == "right" else new_password()
        socket = ["testsaslauthd", "-f", site.env["SASLAUTHD_SOCKET"], "-s", "smtp"]
        assert run([*socket, "-u", user[0], "-p", typed, "-r", DOMAIN]).status == status

    @pytest.mark.parametrize(
        "strings",
        [
            ("", "x", "smtp", DOMAIN),
            ("sasl", "", "smtp", DOMAIN),
            ("", "", "", ""),
            ("sasl", b"\0", "smtp", DOMAIN),
            (b"\xff\xfe", b"\xff", "smtp", DOMAIN),
            ("'; drop table mailbox; --", "x", "smtp", DOMAIN),
            ("s" * 256, "p" * 256, "s" * 256, "r" * 256),
        ],
        ids=lambda strings: repr(strings)[:50],
    )
    def test_odd_requests_are_a_no(self, site: Site, strings: tuple[str | bytes, ...]) -> None:
        assert site.saslauthd(*strings).startswith("NO")

    @pytest.mark.parametrize(
        "octets",
        [
            saslauthd.request("sasl" * 65, "x", "smtp", DOMAIN),
            saslauthd.request("sasl", "p" * 257, "smtp", DOMAIN),
            b"\xff\xff",
            b"GET / HTTP/1.1\r\n\r\n",
        ],
        ids=lambda octets: repr(octets[:30]),
    )
    def test_a_string_that_is_too_long_is_a_no(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        """Not a failure, which would be tried again for ever."""
        assert saslauthd.ask(site.env["SASLAUTHD_SOCKET"], octets).startswith("NO")
        log("authd").wait_for("warning: protocol_error: saslauthd peer pid", "longer than 256 bytes; closing")

    @pytest.mark.parametrize(("name", "columns", "_reason"), OFF, ids=[name for name, _, _ in OFF])
    def test_a_disabled_account_is_a_no(
        self, site: Site, accounts: Accounts, name: str, columns: Columns, _reason: str
    ) -> None:
        user = accounts.mailbox(f"sasl-{name}@{DOMAIN}", **columns)
        assert site.saslauthd(user.address, user.password, "smtp", "").startswith("NO")

    def test_a_broken_row_is_no_answer(self, site: Site, accounts: Accounts) -> None:
        """Nobody can tell whether the password is right, so it must not be called wrong."""
        accounts.mailbox(f"sasl-broken@{DOMAIN}", stored="{MD5}xxx")
        assert site.saslauthd("sasl-broken", new_password(), "smtp", DOMAIN) == ""

    def test_a_thousand_that_send_nothing_keep_nobody_waiting(self, site: Site, user: tuple[str, str]) -> None:
        silent = [Stream(site.env["SASLAUTHD_SOCKET"], IDLE_SECONDS + 20) for _ in range(SILENT)]
        try:
            for _ in range(20):
                assert site.saslauthd(*user, "smtp", DOMAIN) == "OK"
            with site.submission() as smtp:
                assert smtp.auth_plain(f"{user[0]}@{DOMAIN}", user[1]).startswith("235 ")
            assert {stream.receive_all() for stream in silent} == {b""}
        finally:
            for stream in silent:
                stream.close()

    def test_the_connection_ends_with_the_answer(self, site: Site, user: tuple[str, str]) -> None:
        question = saslauthd.request(user[0], user[1], "smtp", DOMAIN)
        with Stream(site.env["SASLAUTHD_SOCKET"]) as stream:
            stream.send(question * 3)
            assert stream.receive_all() == saslauthd.counted("OK")


class TestSlowPeers:
    """They are cut off after a while. All wait at once, so that we need not."""

    WAITING = {
        "half an auth request": ("AUTHD_SOCKET", message("hello", 1, version=str(VERSION))[:-1]),
        "half a saslauthd request": ("SASLAUTHD_SOCKET", saslauthd.request("a", "b", "smtp", "r")[:-1]),
        "half a length": ("SASLAUTHD_SOCKET", b"\0"),
        "a silent saslauthd client": ("SASLAUTHD_SOCKET", b""),
    }

    @pytest.fixture(scope="class")
    def slow(self, site: Site) -> Iterator[dict[str, Stream]]:
        seconds = max(FRAME_SECONDS, IDLE_SECONDS) + 5
        streams = {name: Stream(site.env[key], seconds) for name, (key, _) in self.WAITING.items()}
        for name, (_, octets) in self.WAITING.items():
            streams[name].send(octets)
        yield streams
        for stream in streams.values():
            stream.close()

    @pytest.fixture(scope="class")
    def authd_log(self, site: Site) -> LogWatch:
        return site.log("authd")

    @pytest.mark.parametrize("name", WAITING)
    def test_is_closed(self, authd_log: LogWatch, slow: dict[str, Stream], name: str) -> None:
        assert slow[name].receive_all() == b""
        if self.WAITING[name][1]:
            protocol = "auth" if self.WAITING[name][0] == "AUTHD_SOCKET" else "saslauthd"
            authd_log.wait_for(f"peer_too_slow: {protocol} peer pid", "does not finish its request; closing")

    def test_a_plugin_may_be_silent_for_as_long_as_it_lives(
        self, slow: dict[str, Stream], auth: AuthClient, accounts: Accounts
    ) -> None:
        assert auth.user(f"nobody@{DOMAIN}").status == "unknown"
