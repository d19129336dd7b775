# SPDX-License-Identifier: MIT
"""extmail-authd beyond ExtMail's own tables: app passwords, fields, last logins, who is listed, who guesses."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from grp import getgrnam
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.auth_protocol import AuthClient, message
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.passwords import crypt, new_password, remember, store
from support.peers import acting_as
from support.site import Site
from support.tools import run

DOMAIN = "logins.test"
NOBODY = 65534
CHANGE_SECONDS = 1  # of change_log.sql, and of design: a change shows within a second


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def user(accounts: Accounts) -> Mailbox:
    return accounts.mailbox(f"u{secrets.token_hex(4)}@{DOMAIN}")


def becomes(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what, timeout=10 * CHANGE_SECONDS)


class TestAppPasswords:
    @staticmethod
    def add(site: Site, user: Mailbox, name: str, **columns: str) -> str:
        password = new_password()
        row = {"username": user.address, "name": name, "password": store(password, "$6$"), **columns}
        places = ", ".join("?" * len(row))
        site.demo.sql(f"INSERT INTO extmail_app_password ({', '.join(row)}) VALUES ({places})", *row.values())
        return password

    def test_each_logs_in_beside_the_mailboxs_own(
        self, site: Site, auth: AuthClient, user: Mailbox, log: Callable[[str], LogWatch]
    ) -> None:
        assert auth.verify(user.address, user.password).status == "ok"
        phone, laptop = self.add(site, user, "phone"), self.add(site, user, "laptop")
        becomes(lambda: auth.verify(user.address, phone).status == "ok", "the new app password to log in")
        for _ in range(2):
            assert auth.verify(user.address, laptop).status == "ok"
        assert auth.verify(user.address, user.password).status == "ok"
        log("authd").wait_for(f"info: login_ok: user={user.address} service=imap app=laptop")

    def test_one_with_a_zero_date_is_good_for_ever(self, site: Site, auth: AuthClient, user: Mailbox) -> None:
        password = self.add(site, user, "phone", expires="0000-00-00")
        becomes(lambda: auth.verify(user.address, password).status == "ok", "the app password to log in")

    def test_it_is_limited_as_its_row_says(self, site: Site, auth: AuthClient, user: Mailbox) -> None:
        password = self.add(site, user, "phone", services="imap, smtp", networks="192.0.2.0/24,2001:db8::/32")
        near, far = "192.0.2.9", "198.51.100.1"
        becomes(lambda: auth.verify(user.address, password, remote=near).status == "ok", "the app password")
        assert auth.verify(user.address, password, "smtp", remote="2001:db8::7").status == "ok"
        refused = auth.verify(user.address, password, "pop3", remote=near)
        assert (refused.status, refused.reason) == ("denied", "the app password phone is not for this service")
        refused = auth.verify(user.address, password, remote=far)
        assert (refused.status, "does not name the client's network" in refused.reason) == ("denied", True)
        expired = self.add(site, user, "old", expires="2020-01-01")
        becomes(lambda: auth.verify(user.address, expired).status == "denied", "the expired app password")
        assert auth.verify(user.address, expired).reason == "the app password old has expired"

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM extmail_app_password WHERE username = ?",
            "UPDATE extmail_app_password SET active = 0 WHERE username = ?",
            "UPDATE extmail_app_password SET username = 'another' WHERE username = ?",
        ],
    )
    def test_it_is_gone_within_a_second(
        self, site: Site, auth: AuthClient, user: Mailbox, statement: str
    ) -> None:
        password = self.add(site, user, "phone")
        becomes(lambda: auth.verify(user.address, password).status == "ok", "the app password")
        site.demo.sql(statement, user.address)
        becomes(lambda: auth.verify(user.address, password).status == "mismatch", "the app password to be gone")
        assert auth.verify(user.address, user.password).status == "ok"

    def test_it_goes_with_its_mailbox_and_follows_a_new_name(
        self, site: Site, accounts: Accounts, auth: AuthClient, user: Mailbox
    ) -> None:
        password = self.add(site, user, "phone")
        becomes(lambda: auth.verify(user.address, password).status == "ok", "the app password")
        renamed = user.address.replace("@", "-2@")
        site.demo.sql("UPDATE mailbox SET username = ? WHERE username = ?", renamed, user.address)
        becomes(lambda: auth.verify(renamed, password).status == "ok", "the app password under the new name")
        becomes(lambda: auth.verify(user.address, password).status == "unknown", "the old name to be gone")
        # Whoever gets the name next has nothing of it.
        site.demo.sql("DELETE FROM mailbox WHERE username = ?", renamed)
        successor = accounts.mailbox(renamed)
        becomes(lambda: auth.verify(renamed, successor.password).status == "ok", "the successor to log in")
        assert auth.verify(renamed, password).status == "mismatch"


class TestFields:
    @staticmethod
    def add(site: Site, user: Mailbox, name: str, value: str) -> None:
        row = (user.address, name, value)
        site.demo.sql("REPLACE INTO extmail_user_field (username, name, value) VALUES (?, ?, ?)", *row)

    def test_allow_nets_holds_for_every_service(self, site: Site, auth: AuthClient, user: Mailbox) -> None:
        self.add(site, user, "allow_nets", "192.0.2.0/24")
        here, elsewhere = {"remote": "192.0.2.1"}, {"remote": "198.51.100.1"}
        becomes(lambda: auth.verify(user.address, user.password, **elsewhere).status == "denied", "the field")
        for service in ("imap", "pop3", "smtp", "extmail"):
            assert auth.verify(user.address, user.password, service, **here).status == "ok"
            assert auth.verify(user.address, user.password, service).status == "denied"  # no address at all
        assert site.saslauthd(user.address, user.password, "smtp", "") == "NO authentication failed"
        assert auth.user(user.address).status == "ok"  # mail is delivered

    def test_a_list_that_is_none_lets_nobody_in_and_is_said(
        self, site: Site, auth: AuthClient, user: Mailbox, log: Callable[[str], LogWatch]
    ) -> None:
        self.add(site, user, "allow_nets", "192.0.2.0/33")
        becomes(lambda: auth.verify(user.address, user.password).status == "permanent", "the field")
        log("authd").wait_for(f"error: account_unusable: user={user.address} service=imap: the field allow_nets")

    def test_more_than_a_message_holds_is_a_fault_of_that_user_alone(
        self, site: Site, auth: AuthClient, user: Mailbox
    ) -> None:
        for number in range(60):
            self.add(site, user, f"userdb_f{number}", "密" * 1000)
        becomes(lambda: auth.user(user.address).status == "permanent", "all the fields")
        assert "too long" in auth.user(user.address).reason

    def test_others_go_to_the_host_as_they_are(self, site: Site, auth: AuthClient, user: Mailbox) -> None:
        self.add(site, user, "userdb_note", "a=b 中文")
        becomes(lambda: auth.user(user.address).fields.get("extra") == "userdb_note=a=b 中文", "the field")


class TestLastLogin:
    def test_when_and_where_from_by_service(self, site: Site, auth: AuthClient, user: Mailbox) -> None:
        def logins() -> tuple[tuple[str, ...], ...]:
            columns = "service, remote, at BETWEEN NOW() - INTERVAL 1 MINUTE AND NOW() + INTERVAL 1 MINUTE"
            where = f"username = '{user.address}' ORDER BY service"
            return site.database().select(f"SELECT {columns} FROM extmail_last_login WHERE {where}")

        assert auth.verify(user.address, user.password, remote="192.0.2.1").status == "ok"
        assert auth.verify(user.address, user.password, remote="192.0.2.2").status == "ok"
        assert auth.verify(user.address, user.password, "pop3", remote="2001:db8::1").status == "ok"
        assert auth.verify(user.address, new_password(), "smtp", remote="192.0.2.3").status == "mismatch"
        expected = (("imap", "192.0.2.2", "1"), ("pop3", "2001:db8::1", "1"))
        wait_until(lambda: logins() == expected, "the logins to be written", timeout=30)


class TestFreshness:
    @pytest.mark.parametrize("service", ["imap", "smtp"])
    def test_a_remembered_password_does_not_outlive_its_account(
        self, site: Site, accounts: Accounts, auth: AuthClient, user: Mailbox, service: str
    ) -> None:
        def saslauthd() -> str:
            return site.saslauthd(user.address, user.password, service, "")

        for _ in range(3):
            assert auth.verify(user.address, user.password, service).status == "ok"
            assert saslauthd() == "OK"
        accounts.change(user, active=0)
        becomes(lambda: auth.verify(user.address, user.password, service).status == "denied", "the refusal")
        assert saslauthd() == "NO authentication failed"
        accounts.change(user, active=1, password=store("another-" + user.password, "$1$"))
        becomes(lambda: auth.verify(user.address, user.password, service).status == "mismatch", "the new hash")
        assert saslauthd() == "NO authentication failed"


class TestList:
    def test_those_that_mail_can_be_delivered_to(
        self, site: Site, accounts: Accounts, auth: AuthClient
    ) -> None:
        domain = accounts.domain("listed.test")
        for number in range(3):
            accounts.mailbox(f"m{number}@{domain}")
        accounts.mailbox(f"off@{domain}", active=0)
        accounts.mailbox("somebody@unlisted.test")
        names = auth.names()
        assert [name for name in names if name.endswith(f"@{domain}")] == [f"m{n}@{domain}" for n in range(3)]
        assert "somebody@unlisted.test" not in names
        assert len(names) == len(set(names))

    def test_only_for_those_who_may_have_credentials(
        self, site: Site, log: Callable[[str], LogWatch]
    ) -> None:
        with acting_as(NOBODY, getgrnam("postfix").gr_gid), site.auth() as client:
            reply = client.ask("list")
        assert reply.status == "permanent"
        assert "authd.credentials_users" in reply.reason


class TestGuessing:
    def test_a_guesser_is_held_up_and_nobody_else(
        self, site: Site, auth: AuthClient, user: Mailbox, log: Callable[[str], LogWatch]
    ) -> None:
        guesser = "203.0.113.77"
        statuses = []
        with site.auth() as client:
            for number in range(200):
                fields = {"user": user.address, "password": f"guess{number}", "service": "imap", "remote": guesser}
                client.send(message("verify", 1000 + number, **fields))
            while "temporary" not in statuses:
                statuses.append(client.reply().status)
        assert set(statuses) <= {"mismatch", "temporary"}
        log("authd").wait_for(f"notice: login_throttled: user={user.address} service=imap remote={guesser}: too many")
        # The victim, from elsewhere, waits for nothing.
        assert auth.verify(user.address, user.password, remote="192.0.2.1").status == "ok"
        assert auth.verify(user.address, user.password).status == "ok"

    def test_the_same_wrong_password_is_no_new_guess(self, auth: AuthClient, user: Mailbox) -> None:
        for _ in range(100):
            refused = auth.verify(user.address, "an old password", remote="203.0.113.78")
            assert refused.status == "mismatch"
        assert refused.reason == "wrong password, the same as before"
        assert auth.verify(user.address, user.password, remote="203.0.113.78").status == "ok"


class TestExtraDaemon:
    @pytest.fixture
    def authd(self, extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
        return extra_daemon("authd")

    def test_a_default_scheme(self, authd: ExtraDaemon, accounts: Accounts) -> None:
        password = new_password()
        plain = accounts.mailbox(f"p{secrets.token_hex(4)}@{DOMAIN}", stored=password)
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as client:
            assert client.verify(plain.address, password).status == "permanent"
        authd.change("[authd]\n", '[authd]\ndefault_scheme = "PLAIN"\n')
        authd.reload()
        authd.log.wait_for("reloaded")
        with AuthClient.greeted(str(authd.socket)) as client:
            assert client.verify(plain.address, password).status == "ok"
            assert client.verify(plain.address, new_password()).status == "mismatch"

    def test_proxying(self, authd: ExtraDaemon, accounts: Accounts) -> None:
        authd.change("[authd]\n", '[authd]\nproxy = true\nown_mailhosts = ["mx1.test"]\n')
        authd.start()
        here = accounts.mailbox(f"h{secrets.token_hex(4)}@{DOMAIN}", mailhost="MX1.test")
        there = accounts.mailbox(f"t{secrets.token_hex(4)}@{DOMAIN}", mailhost="mx2.test")
        with AuthClient.greeted(str(authd.socket)) as client:
            assert "mailhost" not in client.verify(here.address, here.password).fields
            assert client.verify(there.address, there.password).fields["mailhost"] == "mx2.test"

    def test_rehash(self, authd: ExtraDaemon, site: Site, accounts: Accounts, user: Mailbox) -> None:
        def stored(of: Mailbox = user) -> str:
            return site.database().select(f"SELECT password FROM mailbox WHERE username = '{of.address}'")[0][0]

        eight = remember("Se5ame!3")
        des = accounts.mailbox(f"d{secrets.token_hex(4)}@{DOMAIN}", stored=crypt(eight, "ab"))
        site.database().run("GRANT UPDATE (password) ON extmail.mailbox TO 'extmail_authd'@'localhost'")
        authd.change("[authd]\n", '[authd]\nrehash = "sha512-crypt"\n')
        authd.start()
        with AuthClient.greeted(str(authd.socket)) as client:
            assert client.verify(user.address, new_password()).status == "mismatch"
            assert stored().startswith("$1$")
            # Whose ending is right, nobody can tell; what is offered first is hashed first.
            for ending in ("typed by a stranger", ""):
                assert client.verify(des.address, remember(eight + ending)).status == "ok"
            assert client.verify(user.address, user.password).status == "ok"
            wait_until(lambda: stored().startswith("{CRYPT}$6$"), "the hash to be replaced", timeout=30)
            assert stored(des) == crypt(eight, "ab")
            assert client.verify(user.address, user.password).status == "ok"
            assert client.verify(user.address, new_password()).status == "mismatch"
        site.database().run("REVOKE UPDATE (password) ON extmail.mailbox FROM 'extmail_authd'@'localhost'")

    def test_tables_that_are_wanted_and_not_there(self, authd: ExtraDaemon, site: Site, user: Mailbox) -> None:
        authd.change("[authd]\n", "[authd]\nuser_fields = true\n")
        site.database().run("RENAME TABLE extmail_user_field TO extmail_user_field_away")
        try:
            authd.start()  # what a start reads ahead is remembered
            with AuthClient.greeted(str(authd.socket)) as client:
                reply = client.verify(user.address, user.password)
            assert reply.status == "permanent"
            assert "extmail_user_field" in reply.reason
        finally:
            site.database().run("RENAME TABLE extmail_user_field_away TO extmail_user_field")


class TestExtensionRows:
    """More rows than are read at once, by a limit that is smaller than the daemon's."""

    MAX_ROWS = 70  # above what a mailbox may have

    def ask(self, site: Site, build_dir: Path, *users: str) -> list[str]:
        tool = build_dir / "tests/integration/account_tool"
        account = ("extmail_authd", site.database_password("authd"))
        done = run([tool, site.env["MYSQL_SOCKET"], "extmail", *account, str(self.MAX_ROWS), *users])
        assert done.status == 0, done.all
        return done.output.splitlines()

    @pytest.mark.parametrize("table", ["extmail_app_password", "extmail_user_field"])
    def test_too_many_of_one_mailbox_spoil_no_other(
        self, site: Site, accounts: Accounts, build_dir: Path, table: str
    ) -> None:
        users = [accounts.mailbox(f"rows{i}-{table}@{DOMAIN}").address for i in range(9)]
        is_field = table == "extmail_user_field"
        column = "value" if is_field else "password"
        most = 64 if is_field else 32
        # Together they have more than is read at once, and the fifth has so alone.
        for user, count in zip(users, [0, 30, 30, most, 500, most + 1, 30, 1, 30]):
            for start in range(0, count, 100):
                names = range(start, min(count, start + 100))
                rows = ", ".join(["(?, ?, 'x')"] * len(names))
                values = (value for number in names for value in (user, f"n{number}"))
                site.demo.sql(f"INSERT INTO {table} (username, name, {column}) VALUES {rows}", *values)
        counts = [0, 30, 30, most, None, None, 30, 1, 30]
        fault = f"fault mailbox {{}} has more than {most} rows in {table}; delete some"
        expected = [
            fault.format(user) if count is None else f"ok 0 {count}" if is_field else f"ok {count} 0"
            for user, count in zip(users, counts)
        ]
        assert self.ask(site, build_dir, *users, f"nobody@{DOMAIN}") == [*expected, "none"]
        for user, answer in zip(users, expected):
            assert self.ask(site, build_dir, user) == [answer]
