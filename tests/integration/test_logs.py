# SPDX-License-Identifier: MIT
"""What the logs of all tests before must not have: passwords, crashes, and unexpected complaints."""

from __future__ import annotations

import imaplib
import poplib
import re
from pathlib import Path

import pytest
from support.dovecot import crashes
from support.passwords import made_passwords, new_password, traces
from support.site import DAEMONS, Site, imap_login
from support.smtp import base64_text

DOMAIN = "logs.test"

# What Postfix warns of although nothing is wrong with it or with us.
EXPECTED_OF_POSTFIX = (
    # People and tests that get their password or SMTP wrong, and what the SASL library says of it.
    r"SASL (PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-SHA-1|SCRAM-SHA-256) authentication (failed|aborted)",
    r"SASL authentication failure: ",
    r"Illegal address syntax from ",
    r"request longer than 2048",
    r"non-SMTP command from ",
    r"reject: ETRN ",
    r"unreasonable virtual_alias_maps map nesting for ring@explain\.test",
    # Outages that tests made: of the database or extmail-mapd, extmail-authd, extmail-policyd.
    r"socketmap:unix:extmail/maps:\w+ socketmap server temporary error: database: ",
    r"socketmap:unix:extmail/maps:\w+: table lookup problem",
    r"connect to (unix:)?extmail/(maps|policy): Connection refused",
    r"socketmap:unix:extmail/maps:\w+ lookup error",
    r"virtual_(mailbox|alias)_(maps|domains) (map )?lookup (failure|problem)",
    r"extmail: can't look up \S+: ",
    r"cannot connect to (Courier authdaemond|saslauthd server)",
    r"problem talking to server (unix:)?extmail/policy: Connection refused",
)

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (error|warning|notice|info): [a-z_]+: \S")


class TestPasswords:
    """Each was made once, so that its place in a log could be nothing else."""

    @pytest.fixture(scope="class", autouse=True)
    def logins(self, site: Site) -> None:
        """Right, wrong and mistyped ones, by every way there is, in case this file runs alone."""
        site.accounts.domain(DOMAIN)
        for scheme in ("$6$", "{PLAIN}", "{UNKNOWN}"):
            user = site.accounts.mailbox(f"u{len(scheme)}@{DOMAIN}", scheme=scheme)
            for password in (user.password, new_password()):
                log_in_everywhere(site, user.address, password)
            # A password in place of the name is logged as a name: not tested.
            with site.smtp() as smtp:
                smtp.command(f"AUTH PLAIN {base64_text(user.address + new_password())}")
                smtp.command("AUTH LOGIN")
                smtp.command(base64_text(user.address))
                smtp.command(base64_text(new_password() * 20))

    def test_are_in_no_log_neither_plain_nor_in_base64(self, site: Site) -> None:
        passwords = made_passwords()
        assert len(passwords) >= 6
        found = []
        for file in files_in(site.log_dir):
            content = file.read_bytes()
            found += [
                (file.name, word) for word in passwords if any(trace in content for trace in traces(word))
            ]
        assert found == []

    def test_of_the_database_accounts_neither(self, site: Site) -> None:
        secrets = [site.database_password(daemon) for daemon in DAEMONS]
        content = b"".join(file.read_bytes() for file in files_in(site.log_dir))
        assert [secret for secret in secrets if any(trace in content for trace in traces(secret))] == []


def log_in_everywhere(site: Site, user: str, password: str) -> None:
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        with site.smtp() as smtp:
            smtp.auth(mechanism, user, password)
    imap = site.imap()
    try:
        imap_login(imap, user, password)
    except imaplib.IMAP4.error:
        pass
    finally:
        imap.logout()
    pop3 = site.pop3()
    try:
        pop3.user(user)
        pop3.pass_(password)
    except poplib.error_proto:
        pass
    finally:
        pop3.quit()
    site.saslauthd(user, password, "smtp", "")
    with site.auth() as auth:
        auth.verify(user, password)
        auth.credentials(user)


def read_lines(site: Site, name: str) -> list[str]:
    lines = (site.log_dir / f"{name}.log").read_text(errors="replace").splitlines()
    assert lines
    return lines


def unexpected(site: Site, name: str, lines: list[str]) -> list[str]:
    patterns = [re.compile(pattern) for pattern in site.expected_in_logs.get(name, [])]
    return [line for line in lines if not any(pattern.search(line) for pattern in patterns)]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestDaemons:
    @pytest.mark.parametrize("name", DAEMONS)
    def test_every_line_is_an_event(self, site: Site, name: str) -> None:
        """Nothing else gets there: no library's complaint, no terminate(), no sanitizer's report."""
        files = [site.log_dir / f"{name}.log", *site.log_dir.glob(f"extra-*-{name}.log")]
        lines = [line for file in files for line in file.read_text().splitlines()]
        assert lines and [line for line in lines if not LINE.match(line)] == []

    @pytest.mark.parametrize("name", DAEMONS)
    def test_no_line_is_too_long(self, site: Site, name: str) -> None:
        lines = (site.log_dir / f"{name}.log").read_bytes().splitlines()
        assert max(map(len, lines)) < 2100

    @pytest.mark.parametrize("name", DAEMONS)
    def test_nothing_that_was_never_tried(self, site: Site, name: str) -> None:
        text = (site.log_dir / f"{name}.log").read_text()
        for event in ("accept_failed", "too_many_connections", "overloaded", "cannot_serve", "config_error"):
            assert f" {event}: " not in text


class TestDovecot:
    @pytest.fixture(scope="class")
    def logs(self, site: Site) -> dict[str, list[str]]:
        """Of the demo's, and of those that tests made; without what a test said that it would cause in that log."""
        names = ["dovecot", *(file.stem for file in site.log_dir.glob("extra-*-dovecot.log"))]
        return {name: unexpected(site, name, read_lines(site, name)) for name in names}

    @pytest.fixture(scope="class")
    def lines(self, logs: dict[str, list[str]]) -> list[str]:
        return [line for log in logs.values() for line in log]

    def test_no_crash_and_no_leak(self, logs: dict[str, list[str]]) -> None:
        assert {name: found for name, log in logs.items() if (found := crashes(log))} == {}

    def test_no_warning_but_of_what_a_test_did(self, lines: list[str]) -> None:
        expected = re.compile(
            r"Killed with signal 15 "  # a stop
            r"|SIGHUP received"
            r"|Time moved forwards by [0-9.]+ seconds"  # of a machine that is busy
            r"|SIGTERM to \d+ .*processes"
            r"|extmail\(.*\): extmail-authd .*; asking again"  # it was killed, or hung
            r"|extmail\(.*\): No login by "  # a mechanism that what is stored does not allow
        )
        warnings = [line for line in lines if ": Warning: " in line]
        assert [line for line in warnings if not expected.search(line)] == []

    def test_every_error_is_one_that_a_test_made(self, lines: list[str]) -> None:
        expected = re.compile(
            r"extmail\(.*\): Lookup failed: "  # outages, and rows that are the administrator's fault
            r"|extmail\(.*\): closing the connection: "  # somebody else was on the socket
            r"|auth-master: userdb lookup\(\S+\): Auth USER lookup failed"  # what others then make of it
            r"|Internal error occurred"
            r"|userdb lookup not possible with only userdb prefetch"  # doveadm, where a test has no other
            r"|extmail\(\*\): Listing users failed: "  # authd is stopped, or hung
            r"|is extmail-authd running, and is this its auth socket\?"  # it is stopped
            r"|proxy\(nowhere@dovecot-proxy\.test,127\.0\.0\.1:1\): connect\(127\.0\.0\.1, 1\) failed: "
            r"|lmtp-client: conn 127\.0\.0\.1:1 .*connect\(127\.0\.0\.1[:,] ?1\) failed"  # likewise
            r"|stats-writer .*: Timeout"  # of an auth that Valgrind slows down
            r"|stats: open\(old-stats-user\) failed: No such file or directory"  # Dovecot restarts, its stats go first
        )
        errors = [line for line in lines if ": Error: " in line]
        assert [line for line in errors if not expected.search(line)] == []


class TestPostfix:
    def test_no_fatal_error_no_panic_and_no_surprise(self, site: Site) -> None:
        # What postmap writes there is an answer to who asked it.
        lines = [line for line in read_lines(site, "postfix") if "postfix/postmap[" not in line]
        assert [line for line in lines if re.search(r": (fatal|panic|error): ", line)] == []
        warnings = [line for line in lines if ": warning: " in line]
        assert [
            line for line in warnings if not any(re.search(each, line) for each in EXPECTED_OF_POSTFIX)
        ] == []

    def test_nothing_of_ours_bounced(self, site: Site) -> None:
        """But for what a test sent to the outside, where the demo sends nothing, along aliases that lead nowhere, or in
        UTF-8, which Dovecot does not take."""
        lines = read_lines(site, "postfix")
        bounced = [line for line in lines if "status=bounced" in line]
        expected = re.compile(
            r"the demo sends no mail to the outside|to=<\S+@explain\.test>|streams-policy\.test>.*SMTPUTF8 is required"
        )
        assert [line for line in bounced if not expected.search(line)] == []


class TestMariaDb:
    def test_it_crashed_only_when_it_was_killed(self, site: Site) -> None:
        text = "\n".join(read_lines(site, "mariadb"))
        assert "mysqld got signal" not in text and "[ERROR] mysqld got" not in text
        assert "Table './" not in text
