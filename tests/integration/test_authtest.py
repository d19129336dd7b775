# SPDX-License-Identifier: MIT
"""extmailctl authtest, with the real extmail-authd; the examples of its manual page among others."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.courier import Courier, unpack
from support.extmailctl import NOBODY_COULD_TELL, REFUSED, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.passwords import new_password, remember
from support.site import POSTMASTER, Site
from support.tools import PATH, Done, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL) if re.match("# .*authtest", text)]

DOMAIN = "authtest.test"
LABELS = (
    "     Authenticated",
    "    Home Directory",
    "           Maildir",
    "             Quota",
    "Encrypted Password",
    "Cleartext Password",
    "           Options",
)
HIDDEN = "(hidden; --show-passwords)"


def fields(done: Done) -> dict[str, str]:
    """What was printed, line by line, after having looked that it is laid out as authtest does."""
    assert done.status == 0, done.all
    first, empty, *lines = done.output.splitlines()
    assert (first, empty) == ("Authentication succeeded.", "")
    parts = [line.split(": ", 1) for line in lines]
    assert tuple(label for label, _ in parts) == LABELS
    return {label.strip(): value for label, value in parts}


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


@pytest.fixture
def user(accounts: Accounts, request: pytest.FixtureRequest) -> Mailbox:
    name = re.sub(r"\W+", "-", request.node.name).strip("-")[-60:]
    return accounts.mailbox(f"{name}@{DOMAIN}", quota="1048576S,7C", netdiskquota="5S", disablepop3=1)


def test_a_right_password_shows_the_account(site: Site, ctl: Extmailctl, accounts: Accounts, user: Mailbox) -> None:
    home = f"{site.env['MAIL_BASE']}/{DOMAIN}/{user.address.partition('@')[0]}"
    shown = fields(ctl("authtest", "-s", "imap", "--show-passwords", user.address, user.password))
    assert shown.pop("Options").split(",").count("disablepop3=1") == 1
    assert shown == {
        "Authenticated": f"{user.address}  (uid 2525, gid 2525)",
        "Home Directory": home,
        "Maildir": f"{home}/Maildir/",
        "Quota": "1048576S,7C",
        "Encrypted Password": accounts.stored_password(user),
        "Cleartext Password": user.password,
    }


def test_it_prints_what_couriers_authtest_prints(
    site: Site, build_dir: Path, ctl: Extmailctl, accounts: Accounts, user: Mailbox
) -> None:
    courier = Courier(unpack(build_dir / "courier"), site.env["AUTHDAEMOND_SOCKET"])
    bare = accounts.mailbox(f"bare@{DOMAIN}", user.password, quota="", netdiskquota="")
    for words in (
        ("-s", "imap", user.address, user.password),
        ("-s", "login", bare.address, user.password),
        (user.address,),
        (bare.address,),
    ):
        assert ctl("authtest", "--show-passwords", *words) == courier.run("authtest", *words)


def test_passwords_are_hidden_unless_asked_for(ctl: Extmailctl, accounts: Accounts, user: Mailbox) -> None:
    done = ctl("authtest", user.address, user.password)
    shown = fields(done)
    assert (shown["Encrypted Password"], shown["Cleartext Password"]) == (HIDDEN, HIDDEN)
    assert user.password not in done.all
    assert accounts.stored_password(user) not in done.all


def test_without_a_password_the_account_is_looked_up(ctl: Extmailctl, accounts: Accounts, user: Mailbox) -> None:
    shown = fields(ctl("authtest", "--show-passwords", user.address))
    assert shown["Encrypted Password"] == accounts.stored_password(user)
    assert shown["Cleartext Password"] == "(none)"


def test_the_password_may_be_a_line_of_standard_input(ctl: Extmailctl, user: Mailbox) -> None:
    for text in (f"{user.password}\n", user.password, f"{user.password}\nmore\n"):
        fields(ctl("authtest", "-p", user.address, text=text))
    assert ctl("authtest", "-p", user.address, text=f"{new_password()}\n").status == REFUSED
    assert ctl("authtest", "-p", user.address, text="\n").status == REFUSED
    done = ctl("authtest", "-p", user.address)
    assert (done.status, done.errors) == (WRONG_USAGE, "extmailctl: no password on standard input\n")


def test_the_password_may_be_typed_unseen(ctl: Extmailctl, user: Mailbox) -> None:
    program, terminal = pty.fork()
    if program == 0:
        os.execve(ctl.program, ctl.command("authtest", "-p", user.address), {**os.environ, "PATH": PATH})
    seen = b""

    def read(words: bytes) -> bool:
        nonlocal seen
        try:
            seen += os.read(terminal, 4096)
        except OSError:  # the program has ended
            return True
        return words in seen

    try:
        wait_until(lambda: read(b"Password: "), "the prompt")
        assert seen == b"Password: "
        os.write(terminal, f"{user.password}\n".encode())
        wait_until(lambda: read(b"no such text"), "the end")
        _, status = os.waitpid(program, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert b"Authentication succeeded." in seen
    assert user.password.encode() not in seen


@pytest.mark.parametrize("name", ["wrong password", "unknown user", "service switched off", "inactive"])
def test_a_refusal_is_exit_status_1(
    ctl: Extmailctl, accounts: Accounts, log: Callable[[str], LogWatch], user: Mailbox, name: str
) -> None:
    words = {
        "wrong password": ("-s", "imap", user.address, new_password()),
        "unknown user": (f"nobody@{DOMAIN}", new_password()),
        "service switched off": ("-s", "pop3", user.address, user.password),
        "inactive": (f"inactive@{DOMAIN}", user.password),
    }[name]
    if name == "inactive":
        accounts.mailbox(f"inactive@{DOMAIN}", user.password, active=0)
    done = ctl("authtest", *words)
    assert (done.status, done.output) == (REFUSED, "")
    assert done.errors.startswith("Authentication FAILED: refused: a wrong password, no such user, or one that may not")
    log("authd").wait_for("login_refused", words[-2])


def test_who_may_not_use_a_service_is_not_found_by_it(ctl: Extmailctl, user: Mailbox) -> None:
    assert ctl("authtest", "-s", "pop3", user.address).status == REFUSED
    done = ctl("authtest", f"nobody@{DOMAIN}")
    assert done.errors == "Authentication FAILED: refused: no such user, or one that may not use this service\n"


def test_the_login_comes_from_the_address_that_is_named(
    ctl: Extmailctl, log: Callable[[str], LogWatch], user: Mailbox
) -> None:
    assert ctl("authtest", user.address, user.password).status == 0
    log("authd").wait_for("login_ok", user.address, "::1")
    assert ctl("authtest", "--from", "198.51.100.77", "-s", "smtp", user.address, user.password).status == 0
    log("authd").wait_for("login_ok", user.address, "198.51.100.77", "smtp")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "USER is required"),
        (("user@x", "password", "more"), "not expected"),
        (("user@x", "password", "-p"), "--ask-password excludes PASSWORD"),
        (("--from", "somewhere", "user@x"), '"somewhere" is no IP address'),
        (("-s", "", "user@x"), "authdaemond's protocol can't say that"),
        (("-s", "two words", "user@x"), "authdaemond's protocol can't say that"),
        (("user@x", "two\nlines"), "authdaemond's protocol can't say that"),
        (("user@x", "x" * 9000), "authdaemond's protocol can't say that"),
        (("",), "authdaemond's protocol can't say that"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_wrong_usage_is_exit_status_2(ctl: Extmailctl, words: tuple[str, ...], complaint: str) -> None:
    done = ctl("authtest", *words)
    assert (done.status, done.output) == (WRONG_USAGE, ""), done.all
    assert complaint in done.errors


def test_a_password_that_is_too_long_is_not_sent(ctl: Extmailctl) -> None:
    done = ctl("authtest", "-p", f"user@{DOMAIN}", text="x" * 9000)
    assert (done.status, done.errors) == (WRONG_USAGE, "extmailctl: the password is too long\n")


def test_help_and_version(ctl: Extmailctl) -> None:
    assert "--show-passwords" in ctl("authtest", "--help").output
    for words, expected in ((["--help"], "authtest"), (["--version"], "extmailctl 0."), ([], "")):
        done = run([ctl.program, *words])
        assert done.status == (0 if words else WRONG_USAGE)
        assert expected in done.output


def test_a_configuration_that_can_not_be_used_is_exit_status_78(ctl: Extmailctl, tmp_path: Path) -> None:
    file = tmp_path / "extmail.toml"
    for text, complaint in (("[authd\n", ":1: "), ("[authd]\n", ": no [[authd.listen]] has protocol"), (None, ": ")):
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        done = run([ctl.program, "-c", file, "authtest", POSTMASTER])
        assert done.status == WRONG_CONFIGURATION
        assert done.errors.startswith(f"extmailctl: {file}{complaint}")
    # The socket that is named needs no file.
    done = run([ctl.program, "-c", file, "authtest", "--socket", tmp_path / "none", POSTMASTER])
    assert done.status == NOBODY_COULD_TELL


def test_a_failure_is_never_a_refusal(
    site: Site, ctl: Extmailctl, accounts: Accounts, extra_daemon: Callable[[str], ExtraDaemon], tmp_path: Path
) -> None:
    user = accounts.mailbox(f"unusable@{DOMAIN}", stored="{WHIRLPOOL}x")
    none, closed = tmp_path / "none", tmp_path / "file"
    closed.touch()
    authd = extra_daemon("authd")
    authd.change('protocol = "auth"', 'protocol = "authdaemond"')
    authd.ask_hosts(f"unix:{tmp_path}/no-database")
    authd.start()
    for words, why in (
        ((user.address, remember("a password")), "closed without an answer"),
        (("--socket", str(none), user.address), f"{none}: can't connect: No such file or directory"),
        (("--socket", str(closed), user.address), f"{closed}: can't connect: Connection refused"),
        (("--socket", str(authd.socket), POSTMASTER, "extmail"), "closed without an answer"),
        (("--socket", str(authd.socket), POSTMASTER), "closed without an answer"),
        (("--socket", str(authd.socket), f"nobody@{DOMAIN}"), "closed without an answer"),
    ):
        done = ctl("authtest", *words)
        assert (done.status, done.output) == (NOBODY_COULD_TELL, ""), done.all
        assert done.errors.startswith("Authentication FAILED: temporary failure: ")
        assert why in done.errors


def test_a_socket_of_another_protocol_is_told_from_a_refusal(site: Site, ctl: Extmailctl) -> None:
    for socket in ("AUTHD_SOCKET", "SASLAUTHD_SOCKET", "MAPS_SOCKETMAP"):
        done = ctl("authtest", "--socket", site.env[socket], POSTMASTER)
        assert done.status == NOBODY_COULD_TELL, f"{socket}: {done.all}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0][2:60])
def test_the_examples_of_the_manual_page(site: Site, ctl: Extmailctl, example: str) -> None:
    """As a shell would run them, and with the output that the page shows, where it does."""
    config = f"{ctl.program} --config {site.env['EXTMAIL_CONFIG']}"
    for command, shown in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", example, flags=re.MULTILINE):
        line = re.sub(r"\bextmailctl\b", config, command)
        done = run(["bash", "-c", f"exec 2>&1; {line}"])
        if shown:
            assert done.output.replace(site.env["MAIL_BASE"], "/var/mailbox") == shown
        else:
            assert done.status == 0, done.output
