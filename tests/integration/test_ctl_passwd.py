# SPDX-License-Identifier: MIT
"""extmailctl passwd: asked for, read, generated or given as a hash; checked by what ExtMail and extmail-authd take."""

from __future__ import annotations

import secrets

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.passwords import new_password, remember, store
from support.site import Site
from support.tools import run

DICTIONARIES = "/var/cache/cracklib"  # of cracklib-runtime
DOMAIN = "ctl-passwd.test"
FIRST, SECOND = "New password: ", "The same again: "


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def user(accounts: Accounts) -> Mailbox:
    return accounts.mailbox(f"u{secrets.token_hex(4)}@{DOMAIN}", clearpwd=new_password())


def logs_in(site: Site, user: Mailbox, password: str) -> None:
    with site.auth() as auth:
        wait_until(lambda: auth.verify(user.address, password).status == "ok", "the new password", timeout=10)


def stored(site: Site, user: Mailbox) -> tuple[str | None, ...]:
    (row,) = site.demo.sql("SELECT password, clearpwd FROM mailbox WHERE username = ?", user.address)
    return tuple(row)


@pytest.mark.parametrize(
    ("scheme", "prefix"), [("", "{CRYPT}$6$"), ("bcrypt", "{CRYPT}$2"), ("yescrypt", "{CRYPT}$y$")]
)
def test_a_line_of_standard_input(ctl: Extmailctl, site: Site, user: Mailbox, scheme: str, prefix: str) -> None:
    password = new_password()
    words = ["--scheme", scheme] if scheme else []
    assert ctl.ok("passwd", user.address.upper(), "--stdin", *words, text=password + "\n") == (
        f"password of mailbox {user.address} is changed\n"
    )
    hash_, clear = stored(site, user)
    assert ((hash_ or "").startswith(prefix), clear) == (True, "")
    logs_in(site, user, password)


def test_typed_twice_and_not_shown(ctl: Extmailctl, site: Site, user: Mailbox) -> None:
    password = new_password()
    status, shown = ctl.in_dialogue([(FIRST, password + "\n"), (SECOND, password + "\n")], "passwd", user.address)
    assert (status, password in shown) == (0, False), shown
    logs_in(site, user, password)


def test_typed_in_two_ways(ctl: Extmailctl, site: Site, user: Mailbox) -> None:
    before = stored(site, user)
    lines = [(FIRST, new_password() + "\n"), (SECOND, new_password() + "\n")]
    status, shown = ctl.in_dialogue(lines, "passwd", user.address)
    assert (status, "the two are not the same" in shown) == (WRONG_USAGE, True), shown
    assert stored(site, user) == before


def test_generated_ones_are_printed_and_never_twice_the_same(ctl: Extmailctl, site: Site, user: Mailbox) -> None:
    made = []
    for _ in range(2):
        line, password = ctl.ok("passwd", user.address, "--generate").splitlines()
        made.append(remember(password.removeprefix("password: ")))
        logs_in(site, user, made[-1])
    assert made[0] != made[1] and len(made[0]) >= 12


def test_a_hash_is_stored_as_it_is(ctl: Extmailctl, site: Site, user: Mailbox) -> None:
    password = new_password()
    hash_ = store(password, "{CRYPT}$6$")
    ctl.ok("passwd", user.address, "--hash", hash_)
    assert stored(site, user) == (hash_, "")
    logs_in(site, user, password)


def test_a_manager(ctl: Extmailctl, site: Site) -> None:
    database = Database(site.env["MYSQL_SOCKET"])
    database.run(f"INSERT INTO manager (username, password, question, answer) VALUES ('boss@{DOMAIN}', 'x', '', '')")
    ctl.ok("passwd", "--manager", f"boss@{DOMAIN}", "--stdin", text=new_password() + "\n")
    ((hash_,),) = database.select(f"SELECT password FROM manager WHERE username = 'boss@{DOMAIN}'")
    assert hash_.startswith("{CRYPT}$6$")
    assert ctl("passwd", f"boss@{DOMAIN}", "--generate").status == REFUSED
    database.run(f"DELETE FROM manager WHERE username = 'boss@{DOMAIN}'")


@pytest.mark.parametrize("weak", ["abc", "password", "{local}", "aaaaaaaaaaaa"])
def test_a_weak_one_needs_force(ctl: Extmailctl, site: Site, user: Mailbox, weak: str) -> None:
    before = stored(site, user)
    password = weak.format(local=user.address.partition("@")[0])
    done = ctl("passwd", user.address, "--stdin", text=password + "\n")
    assert (done.status, "too weak: " in done.errors, "--force" in done.errors) == (REFUSED, True, True), done.all
    assert password not in done.all or password == "password"  # which the sentence has
    assert stored(site, user) == before
    ctl.ok("passwd", user.address, "--stdin", "--force", text=password + "\n")
    logs_in(site, user, password)


def test_a_word_of_the_dictionary_is_weak(ctl: Extmailctl, user: Mailbox) -> None:
    done = ctl("passwd", user.address, "--stdin", text="Strawberry\n")
    assert (done.status, "too weak: " in done.errors, "dictionary" in done.errors) == (REFUSED, True, True), done.all


def test_a_host_without_a_dictionary_takes_words_without_a_word(ctl: Extmailctl, user: Mailbox) -> None:
    hidden = ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'mount -t tmpfs none {DICTIONARIES} && "$@"', "sh"]
    done = run([*hidden, *ctl.command("passwd", user.address, "--stdin")], "Strawberry\n")
    assert (done.status, done.all) == (0, f"password of mailbox {user.address} is changed\n")


@pytest.mark.parametrize(
    ("words", "text", "status", "says"),
    [
        (("--hash", "{ARGON2ID}x"), "", WRONG_USAGE, "no hash that"),
        (("--hash", "{SSHA}+pSFD4dQcsxRgJ0VTeXGmVRqKP4xMjM0"), "", REFUSED, "ExtMail can't check"),
        (("--stdin",), "", WRONG_USAGE, "no password on standard input"),
        (("--stdin", "--force"), "\n", REFUSED, "it is empty"),
        (("--stdin", "--force", "--scheme", "bcrypt"), "x" * 73, REFUSED, "over 72 bytes"),
        (("--stdin", "--force"), "x" * 9000, WRONG_USAGE, "too long"),
        (("--stdin",), "a\0b\n", WRONG_USAGE, "no zero byte"),
        (("--scheme", "md5"), "", WRONG_USAGE, "sha512-crypt"),
        ((), "", WRONG_USAGE, "no terminal"),
        (("--stdin", "--generate"), "", WRONG_USAGE, "excludes"),
        (("secret",), "", WRONG_USAGE, "not expected"),
    ],
)
def test_what_can_not_be_done_is_said(
    ctl: Extmailctl, site: Site, user: Mailbox, words: tuple[str, ...], text: str, status: int, says: str
) -> None:
    before = stored(site, user)
    done = ctl("passwd", user.address, *words, text=text)
    assert (done.status, says in done.errors) == (status, True), done.all
    assert stored(site, user) == before


def test_who_is_not_there(ctl: Extmailctl) -> None:
    done = ctl("passwd", f"nobody@{DOMAIN}", "--generate")
    assert (done.status, f"there is no mailbox nobody@{DOMAIN}" in done.errors) == (REFUSED, True)
    assert ctl("passwd", "nobody", "--generate").status == WRONG_USAGE
