# SPDX-License-Identifier: MIT
"""extmail-authd in place of Courier's authdaemond: what it answers to whom it knows, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from extmail_demo import synthetic
from support import authdaemond
from support.accounts import Accounts, Columns, Mailbox
from support.auth_protocol import AuthClient
from support.authdaemond import CHALLENGES, FAIL, ask, challenge, fields, listed, login, pre
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.passwords import new_password
from support.site import Site
from support.stream import Stream
from support.tools import run

DOMAIN = "authdaemond.test"
REMOTE = "198.51.100.61"
FLAGS = ("pwdchange", "smtpd", "smtp", "webmail", "netdisk", "imap", "pop3")
CROWD_DOMAINS, CROWD_USERS = 2, 700  # several pages, and far more than a socket holds


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module")
def alice(accounts: Accounts, domain: None) -> Mailbox:
    return accounts.mailbox(f"alice@{DOMAIN}", name="Alice", quota="209715200S", netdiskquota="52428800S")


@pytest.fixture
def socket(site: Site) -> str:
    return site.env["AUTHDAEMOND_SOCKET"]


def transcript(site: Site, accounts: Accounts, mailbox: Mailbox, passwords: bytes) -> bytes:
    """The answer about a mailbox such as alice's, written out."""
    local = mailbox.address.partition("@")[0]
    home = f"{site.env['MAIL_BASE']}/{DOMAIN}/{local}"
    return (
        f"UID=2525\nGID=2525\nHOME={home}\nADDRESS={mailbox.address}\nNAME=Alice\nMAILDIR={home}/Maildir/\n"
        f"QUOTA=209715200S\n"
    ).encode() + passwords + b"OPTIONS=netdiskquota=52428800S\n.\n"


class TestTranscripts:
    def test_a_login(self, site: Site, accounts: Accounts, alice: Mailbox, socket: str) -> None:
        body = f"extmail\nlogin\n{alice.address}\n{alice.password}\n".encode()
        answer = ask(socket, b"AUTH %d\n%b\n" % (len(body), body))
        stored = accounts.stored_password(alice)
        passwords = f"PASSWD={stored}\nPASSWD2={alice.password}\n".encode()
        assert answer == transcript(site, accounts, alice, passwords)

    def test_a_lookup(self, site: Site, accounts: Accounts, alice: Mailbox, socket: str) -> None:
        """Without PASSWD2."""
        passwords = f"PASSWD={accounts.stored_password(alice)}\n".encode()
        assert ask(socket, pre(alice.address)) == transcript(site, accounts, alice, passwords)

    @pytest.mark.parametrize("module", [".", "authmysql", "extmail"])
    def test_the_module_does_not_matter(self, alice: Mailbox, socket: str, module: str) -> None:
        answer = ask(socket, f"PRE {module} imap {alice.address}\n".encode())
        assert fields(answer)["ADDRESS"] == alice.address

    def test_carriage_returns_and_variables(self, alice: Mailbox, socket: str, log: Callable[[str], LogWatch]) -> None:
        body = f"imap\r\nlogin\r\n{alice.address}\r\n{alice.password}\r\n".encode()
        head = f"TCPREMOTEIP={REMOTE}\r\nTCPLOCALPORT=143\r\n".encode()
        answer = ask(socket, head + b"AUTH %d\r\n" % len(body) + body)
        assert fields(answer)["PASSWD2"] == alice.password
        log("authd").wait_for(f"login_ok: user={alice.address} service=imap remote={REMOTE}")

    def test_byte_by_byte(self, alice: Mailbox, socket: str) -> None:
        request = login(alice.address, alice.password)
        with Stream(socket) as stream:
            for octet in request[:-1]:  # the last one is not waited for
                stream.send(bytes([octet]))
            assert fields(stream.receive_all())["ADDRESS"] == alice.address

    def test_any_spelling_logs_in_as_what_is_stored(self, alice: Mailbox, socket: str) -> None:
        for user in (alice.address.upper(), alice.address.title()):
            assert fields(ask(socket, login(user, alice.password)))["ADDRESS"] == alice.address

    def test_one_request_a_connection(self, alice: Mailbox, socket: str) -> None:
        answer = ask(socket, pre(alice.address) * 3)
        assert answer == ask(socket, pre(alice.address))

    def test_nulls(self, site: Site, accounts: Accounts, socket: str) -> None:
        """What is not there is not told; a NULL flag takes nothing away."""
        columns: Columns = {f"disable{flag}": None for flag in FLAGS}
        columns |= dict.fromkeys(("name", "quota", "netdiskquota", "maildir", "homedir"), "")
        user = accounts.mailbox(f"null@{DOMAIN}", **columns)
        home = f"{site.env['MAIL_BASE']}/{DOMAIN}/null"
        assert fields(ask(socket, login(user.address, user.password))) == {
            "UID": "2525",
            "GID": "2525",
            "HOME": home,
            "ADDRESS": user.address,
            "MAILDIR": f"{home}/Maildir/",
            "PASSWD": accounts.stored_password(user),
            "PASSWD2": user.password,
        }

    @pytest.mark.parametrize(
        ("stored", "told"),
        [
            ("0S", "0S"),
            ("1000C", "1000C"),
            ("5S,1000C", "5S,1000C"),
            ("5", "5S"),
            ("", None),
            ("5X", None),
            ("5S\nUID=0", None),
        ],
    )
    def test_quotas(self, accounts: Accounts, socket: str, stored: str, told: str | None) -> None:
        user = accounts.mailbox(f"quota{abs(hash(stored))}@{DOMAIN}", quota=stored)
        answer = fields(ask(socket, pre(user.address)))
        assert (answer.get("QUOTA"), answer["UID"]) == (told, "2525")

    def test_options(self, accounts: Accounts, socket: str) -> None:
        """disablesmtpd and disablesmtp are nobody's here; the service that asks is not among those switched off."""
        user = accounts.mailbox(
            f"options@{DOMAIN}",
            netdiskquota="7S",
            **{f"disable{flag}": 1 for flag in FLAGS},
        )
        options = fields(ask(socket, login(user.address, user.password, service="login")))["OPTIONS"]
        assert options == (
            "disableimap=1,disablepop3=1,disablewebmail=1,disablenetdisk=1,disablepwdchange=1,netdiskquota=7S"
        )

    def test_a_name_can_not_forge_fields(self, accounts: Accounts, socket: str) -> None:
        user = accounts.mailbox(f"forger@{DOMAIN}", name="x\nUID=0\nOPTIONS=", netdiskquota="1S\n.\nUID=0")
        answer = fields(ask(socket, login(user.address, user.password)))
        assert answer["UID"] == "2525"
        assert "NAME" not in answer
        assert "OPTIONS" not in answer

    def test_paths_as_stored(
        self, alice: Mailbox, accounts: Accounts, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        """And back, without a restart."""
        outside = accounts.mailbox(f"outside@{DOMAIN}", maildir="../other/Maildir/")
        daemon = extra_daemon("authd")
        daemon.change('protocol = "auth"', 'protocol = "authdaemond"')
        daemon.change("[authd]\n", '[authd]\nauthdaemond_paths = "stored"\n')
        daemon.start()
        socket = str(daemon.socket)
        answer = fields(ask(socket, login(alice.address, alice.password)))
        assert (answer["HOME"], answer["MAILDIR"]) == (f"{DOMAIN}/alice", f"{DOMAIN}/alice/Maildir/")
        assert ask(socket, pre(outside.address)) == b""
        daemon.log.wait_for(f"account_unusable: user={outside.address}", "maildir leaves the mail base")

        daemon.change('"stored"', '"absolute"')
        daemon.reload()
        daemon.log.wait_for("reloaded")
        answer = fields(ask(socket, pre(alice.address)))
        assert answer["HOME"].endswith(f"/{DOMAIN}/alice")
        assert answer["HOME"].startswith("/")

# What is stored, and the challenges that it is enough for.
ENOUGH: dict[str, tuple[str, ...]] = {
    "{PLAIN}": tuple(CHALLENGES),
    "clearpwd beside $1$": tuple(CHALLENGES),
    "{CRAM-MD5}": ("cram-md5",),
    "$1$": (),
    "{SCRAM-SHA-256}": (),
}


@pytest.mark.parametrize("kind", CHALLENGES)
@pytest.mark.parametrize("stored", ENOUGH)
class TestChallenges:
    @pytest.fixture(scope="class")
    def users(self, accounts: Accounts) -> dict[str, Mailbox]:
        return {stored: self.make(accounts, f"challenged{i}@{DOMAIN}", stored) for i, stored in enumerate(ENOUGH)}

    @staticmethod
    def make(accounts: Accounts, address: str, stored: str) -> Mailbox:
        password = new_password()
        if stored.startswith("clearpwd"):
            return accounts.mailbox(address, password, scheme="$1$", clearpwd=password)
        if stored in ("{PLAIN}", "$1$"):
            return accounts.mailbox(address, password, scheme=stored)
        made = run(["doveadm", "pw", "-s", stored.strip("{}"), "-p", password])
        return accounts.mailbox(address, password, stored=made.output.strip())

    def test_an_answer(
        self, socket: str, users: dict[str, Mailbox], stored: str, kind: str, log: Callable[[str], LogWatch]
    ) -> None:
        user = users[stored]
        answer = ask(socket, challenge(kind, user.address, user.password))
        if kind in ENOUGH[stored]:
            told = fields(answer)
            assert told["ADDRESS"] == user.address
            assert "PASSWD" in told and "PASSWD2" not in told
        else:
            assert answer == FAIL
            log("authd").wait_for(
                f"login_refused: user={user.address} ", "no clear password is stored, and CRAM-", "can't work with"
            )

    def test_an_answer_with_another_password(
        self, socket: str, users: dict[str, Mailbox], stored: str, kind: str
    ) -> None:
        assert ask(socket, challenge(kind, users[stored].address, new_password())) == FAIL
        assert ask(socket, challenge(kind, f"nobody@{DOMAIN}", new_password())) == FAIL


class TestList:
    @pytest.fixture
    def crowd(self, site: Site) -> Iterator[None]:
        """Gone afterwards: other tests have less to read."""
        synthetic.add(site.demo.mariadb, CROWD_DOMAINS, CROWD_USERS)
        yield
        for table in ("mailbox", "alias", "domain"):
            site.demo.sql(f"DELETE FROM {table} WHERE domain REGEXP ?", r"^d[0-9]+\.test$")

    def test_says_where_all_mail_is(self, site: Site, accounts: Accounts, alice: Mailbox, socket: str) -> None:
        base = site.env["MAIL_BASE"]
        quiet = accounts.mailbox(f"quiet@{DOMAIN}", disableimap=1, disablesmtpd=1, maildir="", homedir="")
        off = accounts.mailbox(f"not-listed@{DOMAIN}", active=0)
        mailboxes = listed(ask(socket, b"ENUMERATE\n"))
        home = f"{base}/{DOMAIN}/alice"
        assert mailboxes[alice.address] == authdaemond.Listed(
            alice.address, "2525", "2525", home, f"{home}/Maildir/", ""
        )
        assert mailboxes[quiet.address].options == "disableimap=1"
        assert mailboxes[quiet.address].maildir == f"{base}/{DOMAIN}/quiet/Maildir/"
        assert off.address not in mailboxes
        assert "postmaster@test.com" in mailboxes

    @pytest.mark.usefixtures("crowd")
    def test_of_many_keeps_nobody_waiting(self, alice: Mailbox, socket: str, auth: AuthClient) -> None:
        """Not while its reader takes its time either; what was not taken is still whole."""
        with Stream(socket) as stream:
            stream.send(b"ENUMERATE\n")
            begun = stream.receive(10)
            for _ in range(20):
                assert fields(ask(socket, login(alice.address, alice.password)))["ADDRESS"] == alice.address
            assert auth.verify(alice.address, alice.password).status == "ok"
            mailboxes = listed(begun + stream.receive_all())
        wanted = {
            f"u{user}@d{domain}.test"
            for domain in range(1, CROWD_DOMAINS + 1)
            for user in range(1, CROWD_USERS + 1)
        }
        assert wanted <= set(mailboxes)

    def test_leaves_out_what_nobody_may_use(
        self, accounts: Accounts, socket: str, log: Callable[[str], LogWatch]
    ) -> None:
        bad = accounts.mailbox(f"a-outside@{DOMAIN}", maildir="../x/")
        tab = accounts.mailbox(f"b-tab@{DOMAIN}", maildir=f"{DOMAIN}/a\tb/")
        mailboxes = listed(ask(socket, b"ENUMERATE\n"))
        assert not {bad.address, tab.address} & set(mailboxes)
        log("authd").wait_for("account_unusable: a list of mailboxes leaves out ", "; correct the row")
