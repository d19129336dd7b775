# SPDX-License-Identifier: MIT
"""Users who change their passwords: through authdaemond's PASSWD and the plugins' protocol, into a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.auth_protocol import AuthClient, Reply
from support.authdaemond import ask, challenge, fields, login, passwd
from support.dovecot import refusal
from support.extra_daemon import ExtraDaemon
from support.outages import Outage
from support.passwords import new_password, remember
from support.peers import acting_as
from support.sasl import MECHANISMS
from support.site import Site
from support.tools import run

DOMAIN = "password-change.test"
WEBMAIL, STRANGER = 61291, 61292  # users that nobody has
OK, FAIL, NO_ANSWER = b"OK\n", b"FAIL\n", b""
CLEARPWD_CHARACTERS = 128  # sql/extmail.sql
FRESH_SECONDS = 1
SLACK_SECONDS = 4  # for a machine that has much else to do
RIGHT = "UPDATE (password, clearpwd) ON extmail.mailbox {} 'extmail_authd'@'localhost'"


class Changer:
    """An extmail-authd that changes passwords, with a socket for each protocol."""

    def __init__(self, daemon: ExtraDaemon) -> None:
        self.daemon = daemon
        self.auth_socket = str(daemon.socket)
        self.socket = str(daemon.folder / "authdaemond")
        daemon.config += (
            f'\n[[authd.listen]]\nprotocol = "authdaemond"\npath = "{self.socket}"\nmode = "0666"\n'
            f'\n[authd.password_change]\nenabled = true\nusers = ["root", "{WEBMAIL}"]\n'
        )

    def change(self, user: str, old: str, new: str, service: str = "extmail") -> bytes:
        return ask(self.socket, passwd(user, old, new, service))

    def auth(self) -> AuthClient:
        return AuthClient.greeted(self.auth_socket)

    def accepts(self, user: str, password: str) -> bool:
        """Whether a login is good, now."""
        return ask(self.socket, login(user, password)) != FAIL


def change_by_auth(client: AuthClient, user: str, new: str, **given: str) -> Reply:
    return client.ask("change-password", user=user, new_password=new, service="smtp", **given)


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture(scope="module", autouse=True)
def right(site: Site) -> Iterator[None]:
    """As SET @authd_may_change_passwords = 1 gives it in sql/grants.sql."""
    assert not site.database().run("GRANT " + RIGHT.format("TO")).error
    yield
    assert not site.database().run("REVOKE " + RIGHT.format("FROM")).error


@pytest.fixture
def idle(extra_daemon: Callable[[str], ExtraDaemon]) -> Changer:
    return Changer(extra_daemon("authd"))


@pytest.fixture
def changer(idle: Changer) -> Changer:
    idle.daemon.start()
    return idle


@pytest.fixture
def user(accounts: Accounts, request: pytest.FixtureRequest) -> Mailbox:
    return accounts.mailbox(f"u{abs(hash(request.node.nodeid))}@{DOMAIN}")


def columns(site: Site, user: Mailbox) -> tuple[str, str]:
    ((stored, clear),) = site.database().select(
        f"SELECT password, clearpwd FROM mailbox WHERE username = '{user.address}'"
    )
    return stored, clear


def by_imap(site: Site, user: str, password: str, mechanism: str = "PLAIN") -> bool:
    """Through the demo's Dovecot, which asks another extmail-authd."""
    return refusal(site.imap(), MECHANISMS[mechanism](user, password)) == ""


class TestChange:
    def test_the_next_login_takes_the_new_password_and_not_the_old(
        self, site: Site, changer: Changer, user: Mailbox
    ) -> None:
        new = new_password()
        for _ in range(2):  # the second from memory
            assert fields(ask(changer.socket, login(user.address, user.password)))["PASSWD2"] == user.password
            assert by_imap(site, user.address, user.password)
        assert changer.change(user.address, user.password, new) == OK
        assert fields(ask(changer.socket, login(user.address, new)))["PASSWD2"] == new
        assert ask(changer.socket, login(user.address, user.password)) == FAIL
        stored, clear = columns(site, user)
        assert stored.startswith("{CRYPT}$6$") and clear == ""
        changer.daemon.log.wait_for(f"password_changed: user={user.address} service=extmail")
        wait_until(
            lambda: by_imap(site, user.address, new), "Dovecot to see it", timeout=FRESH_SECONDS + SLACK_SECONDS
        )
        assert not by_imap(site, user.address, user.password)

    def test_and_back_again(self, changer: Changer, user: Mailbox) -> None:
        new = new_password()
        for old, fresh in ((user.password, new), (new, user.password), (user.password, new)):
            assert changer.change(user.address, old, fresh) == OK
        assert changer.accepts(user.address, new)
        assert not changer.accepts(user.address, user.password)

    def test_any_spelling_of_the_address(self, changer: Changer, user: Mailbox) -> None:
        new = new_password()
        assert changer.change(user.address.upper(), user.password, new) == OK
        assert changer.accepts(user.address, new)

    @pytest.mark.parametrize("scheme", [("sha512-crypt", "$6$"), ("bcrypt", "$2y$"), ("yescrypt", "$y$")], ids=str)
    def test_every_scheme_verifies_here_and_in_dovecot(
        self, site: Site, idle: Changer, user: Mailbox, scheme: tuple[str, str]
    ) -> None:
        name, prefix = scheme
        idle.daemon.config += f'scheme = "{name}"\n'
        idle.daemon.start()
        new = new_password()
        assert idle.change(user.address, user.password, new) == OK
        stored, _ = columns(site, user)
        assert stored.startswith("{CRYPT}" + prefix)
        assert idle.accepts(user.address, new)
        assert run(["doveadm", "pw", "-t", stored, "-p", new]).status == 0

    def test_text_of_any_language(self, changer: Changer, user: Mailbox) -> None:
        new = remember("密码不是 password")
        assert changer.change(user.address, user.password, new) == OK
        assert changer.accepts(user.address, new)

    def test_of_two_at_once_one_wins(self, changer: Changer, site: Site, accounts: Accounts) -> None:
        for number in range(5):
            user = accounts.mailbox(f"race{number}@{DOMAIN}")
            passwords = [new_password() for _ in range(3)]
            answers: dict[str, bytes] = {}

            def change(new: str, user: Mailbox = user, answers: dict[str, bytes] = answers) -> None:
                answers[new] = changer.change(user.address, user.password, new)

            threads = [threading.Thread(target=change, args=(new,)) for new in passwords]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            winners = [new for new, answer in answers.items() if answer == OK]
            assert len(winners) == 1, answers
            assert set(answers.values()) <= {OK, FAIL, NO_ANSWER}
            assert [new for new in passwords if changer.accepts(user.address, new)] == winners


class TestStoredForms:
    """Nothing of the old password stays behind."""

    @pytest.mark.parametrize("keeps", [True, False], ids=["replace", "erase"])
    def test_clearpwd(self, site: Site, idle: Changer, accounts: Accounts, keeps: bool) -> None:
        old = new_password()
        user = accounts.mailbox(f"clear{keeps}@{DOMAIN}".lower(), old, clearpwd=old)
        idle.daemon.config += "" if keeps else 'clearpwd = "erase"\n'
        idle.daemon.start()
        assert ask(idle.socket, challenge("cram-md5", user.address, old)) != FAIL
        new = new_password()
        assert idle.change(user.address, old, new) == OK
        assert columns(site, user)[1] == (new if keeps else "")
        assert ask(idle.socket, challenge("cram-md5", user.address, old)) == FAIL
        assert (ask(idle.socket, challenge("cram-md5", user.address, new)) != FAIL) == keeps

    def test_a_clearpwd_holds_what_fits_the_column(self, site: Site, changer: Changer, accounts: Accounts) -> None:
        old, new = new_password(), remember((new_password() * 5)[:CLEARPWD_CHARACTERS])
        user = accounts.mailbox(f"fits@{DOMAIN}", old, clearpwd=old)
        assert changer.change(user.address, old, new) == OK
        assert columns(site, user)[1] == new

    @pytest.mark.parametrize(
        "new",
        ["密码密码密码密码", ("no log has it, " * 9)[: CLEARPWD_CHARACTERS + 1], "x" * 300],
        ids=["not ASCII", "one longer than the column", "far longer"],
    )
    def test_a_clearpwd_that_can_not_hold_the_new_one_is_emptied(
        self, site: Site, changer: Changer, accounts: Accounts, new: str
    ) -> None:
        old = new_password()
        user = accounts.mailbox(f"long{len(new)}@{DOMAIN}", old, clearpwd=old)
        assert changer.change(user.address, old, remember(new)) == OK
        assert columns(site, user)[1] == ""
        assert changer.accepts(user.address, new)

    @pytest.mark.parametrize("scheme", ["PLAIN", "CRAM-MD5", "SCRAM-SHA-256", "SSHA512"])
    def test_a_verifier_or_clear_password_becomes_a_hash(
        self, site: Site, changer: Changer, accounts: Accounts, scheme: str
    ) -> None:
        old, new = new_password(), new_password()
        stored = run(["doveadm", "pw", "-s", scheme, "-p", old]).output.strip()
        user = accounts.mailbox(f"{scheme.lower()}@{DOMAIN}", old, stored=stored)
        assert changer.change(user.address, old, new) == OK
        assert columns(site, user)[0].startswith("{CRYPT}$6$")
        assert changer.accepts(user.address, new) and not changer.accepts(user.address, old)
        assert ask(changer.socket, challenge("cram-md5", user.address, old)) == FAIL
        assert ask(changer.socket, challenge("cram-md5", user.address, new)) == FAIL


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "row", "service"),
        [
            ("inactive", {"active": 0}, "extmail"),
            ("expired", {"expiredate": "2010-01-01"}, "extmail"),
            ("frozen", {"disablepwdchange": 1}, "extmail"),
            ("no-webmail", {"disablewebmail": 1}, "extmail"),
            ("no-imap", {"disableimap": 1}, "imap"),
        ],
    )
    def test_an_account_that_may_not(
        self, site: Site, changer: Changer, accounts: Accounts, name: str, row: Columns, service: str
    ) -> None:
        user = accounts.mailbox(f"{name}@{DOMAIN}", **row)
        before = columns(site, user)
        assert changer.change(user.address, user.password, new_password(), service) == FAIL
        changer.daemon.log.wait_for(f"password_change_refused: user={user.address} service={service}: the mailbox ")
        assert columns(site, user) == before

    def test_a_wrong_old_password_is_a_guess(self, site: Site, changer: Changer, user: Mailbox) -> None:
        before = columns(site, user)
        guess = passwd(user.address, new_password(), new_password())
        assert ask(changer.socket, b"TCPREMOTEIP=198.51.100.81\n" + guess) == FAIL
        changer.daemon.log.wait_for(
            f"login_refused: user={user.address} service=extmail remote=198.51.100.81: wrong password"
        )
        assert changer.change(f"nobody@{DOMAIN}", user.password, new_password()) == FAIL
        assert columns(site, user) == before

    @pytest.mark.parametrize(
        "new", ["short", "密码密码", "x" * 512, "tab\x0bulator", "\x7f" * 9], ids=lambda new: repr(new[:9])
    )
    def test_a_new_password_that_may_not_be(self, site: Site, changer: Changer, user: Mailbox, new: str) -> None:
        before = columns(site, user)
        assert changer.change(user.address, user.password, new) == FAIL
        assert columns(site, user) == before

    def test_the_old_one_again(self, changer: Changer, user: Mailbox) -> None:
        assert changer.change(user.address, user.password, user.password) == FAIL
        changer.daemon.log.wait_for("password_change_refused: ", "the new password is the old one")

    def test_broken_utf8(self, changer: Changer, user: Mailbox) -> None:
        request = passwd(user.address, user.password, "MARK").replace(b"MARK", b"Sesame-\xff\xfe\xfd")
        assert ask(changer.socket, request) == FAIL
        changer.daemon.log.wait_for("password_change_refused: ", "is no UTF-8")

    def test_guessing_is_slowed_down(self, changer: Changer, user: Mailbox) -> None:
        """No second way to guess: who has had his guesses by login has none left."""
        told = b"TCPREMOTEIP=198.51.100.82\n"
        with changer.auth() as auth:
            for _ in range(5):
                reply = auth.verify(user.address, new_password(), remote="198.51.100.82")
                assert reply.status == "mismatch"
        threads = [
            threading.Thread(
                target=ask, args=(changer.socket, told + passwd(user.address, new_password(), new_password()))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        changer.daemon.log.wait_for(f"login_throttled: user={user.address} service=extmail remote=198.51.100.82")


class TestWhoMay:
    def test_only_the_users_that_are_named(self, site: Site, changer: Changer, user: Mailbox) -> None:
        before = columns(site, user)
        with acting_as(STRANGER, STRANGER):
            assert changer.change(user.address, user.password, new_password()) == NO_ANSWER
            with changer.auth() as auth:
                reply = change_by_auth(auth, user.address, new_password(), password=user.password)
        assert reply.status == "permanent"
        assert reply.reason == (
            f"user id {STRANGER} may not change passwords; add it to authd.password_change.users"
        )
        changer.daemon.log.wait_for(f"peer_not_allowed: user id {STRANGER} may not change passwords")
        assert columns(site, user) == before
        with acting_as(WEBMAIL, WEBMAIL):
            assert changer.change(user.address, user.password, new_password()) == OK

    def test_by_the_plugins_protocol(self, changer: Changer, user: Mailbox) -> None:
        new = new_password()
        with changer.auth() as auth:
            reply = change_by_auth(auth, user.address, new, password=new_password(), remote="192.0.2.1")
            assert (reply.status, reply.reason) == ("mismatch", "wrong password")
            reply = change_by_auth(auth, user.address, new, password=user.password, remote="192.0.2.1")
            assert (reply.status, reply.fields) == ("ok", {})
            assert auth.verify(user.address, new).status == "ok"
            assert auth.verify(user.address, user.password).status == "mismatch"
        changer.daemon.log.wait_for(f"password_changed: user={user.address} service=smtp remote=192.0.2.1")

    def test_without_the_old_one_takes_a_right_of_its_own(self, site: Site, idle: Changer, user: Mailbox) -> None:
        idle.daemon.start()
        new = new_password()
        before = columns(site, user)
        with idle.auth() as auth:
            reply = change_by_auth(auth, user.address, new)
            assert reply.status == "permanent" and "authd.password_change.reset_users" in reply.reason
            assert columns(site, user) == before
            idle.daemon.config += f'reset_users = ["{WEBMAIL}"]\n'
            idle.daemon.reload()
            idle.daemon.log.wait_for("reloaded")
            assert change_by_auth(auth, user.address, new).status == "permanent"
        with acting_as(WEBMAIL, WEBMAIL), idle.auth() as auth:
            assert change_by_auth(auth, f"nobody@{DOMAIN}", new).status == "unknown"
            assert change_by_auth(auth, user.address, "short").status == "denied"
            assert change_by_auth(auth, user.address, new).status == "ok"
        idle.daemon.log.wait_for(f"password_changed: user={user.address} service=smtp: without the old one")
        assert idle.accepts(user.address, new)

    def test_off_until_it_is_switched_on(self, site: Site, idle: Changer, user: Mailbox) -> None:
        idle.daemon.change("enabled = true\n", "")
        idle.daemon.start()
        before = columns(site, user)
        for old in (user.password, new_password()):
            assert idle.change(user.address, old, new_password()) == FAIL
        assert columns(site, user) == before
        idle.daemon.log.wait_for("password_change_refused: ", "passwords are not changed here")
        idle.daemon.change("[authd.password_change]\n", "[authd.password_change]\nenabled = true\n")
        idle.daemon.reload()
        idle.daemon.log.wait_for("reloaded")
        assert idle.change(user.address, user.password, new_password()) == OK

    def test_an_app_password_is_not_enough(self, site: Site, idle: Changer, user: Mailbox) -> None:
        idle.daemon.change("[authd]\n", "[authd]\napp_passwords = true\n")
        idle.daemon.start()
        app = new_password()
        site.demo.sql(
            "INSERT INTO extmail_app_password (username, name, password) VALUES (?, 'phone', ?)",
            user.address,
            "{PLAIN}" + app,
        )
        wait_until(lambda: idle.accepts(user.address, app), "the app password to be seen")
        assert idle.change(user.address, app, new_password()) == FAIL
        idle.daemon.log.wait_for("password_change_refused: ", "an app password can't change the mailbox's own")
        assert idle.change(user.address, user.password, new_password()) == OK
        assert idle.accepts(user.address, app)


class TestFaults:
    def test_without_the_right_to_write(self, site: Site, changer: Changer, user: Mailbox) -> None:
        before = columns(site, user)
        assert not site.database().run("REVOKE " + RIGHT.format("FROM")).error
        try:
            assert changer.change(user.address, user.password, new_password()) == NO_ANSWER
            changer.daemon.log.wait_for(
                f"password_change_failed: user={user.address} service=extmail: ", "UPDATE command denied"
            )
        finally:
            assert not site.database().run("GRANT " + RIGHT.format("TO")).error
        assert columns(site, user) == before
        assert changer.accepts(user.address, user.password)
        assert changer.change(user.address, user.password, new_password()) == OK

    def test_without_the_database(self, site: Site, changer: Changer, user: Mailbox) -> None:
        """Who is known still logs in; nobody is told that the old password was wrong."""
        new = new_password()
        assert changer.accepts(user.address, user.password)
        outage = Outage(site.demo, "MariaDB killed")
        try:
            assert changer.change(user.address, user.password, new) == NO_ANSWER
            changer.daemon.log.wait_for(f"password_change_failed: user={user.address} ")
        finally:
            outage.end()
        wait_until(lambda: changer.change(user.address, user.password, new) == OK, "the database to be back")
        assert changer.accepts(user.address, new)

    def test_it_ends_with_changes_under_way(self, changer: Changer, accounts: Accounts) -> None:
        users = [accounts.mailbox(f"end{number}@{DOMAIN}") for number in range(20)]
        answers: list[bytes] = []
        news = {user.address: new_password() for user in users}
        threads = [
            threading.Thread(target=lambda u=user: answers.append(changer.change(u.address, u.password, news[u.address])))
            for user in users
        ]
        for thread in threads:
            thread.start()
        changer.daemon.log.wait_for("password_changed")
        assert changer.daemon.stop() == 0
        for thread in threads:
            thread.join()
        assert len(answers) == len(users)
        assert set(answers) <= {OK, NO_ANSWER}


def test_no_password_is_logged(changer: Changer, user: Mailbox) -> None:
    new = new_password()
    assert changer.change(user.address, new, user.password) == FAIL
    assert changer.change(user.address, user.password, new) == OK
    changer.daemon.log.wait_for("password_changed")
    text = changer.daemon.log.text
    assert user.password not in text and new not in text
