# SPDX-License-Identifier: MIT
"""The demo that all tests share, and the short ways to its servers."""

from __future__ import annotations

import imaplib
import poplib
from pathlib import Path

from extmail_demo import Demo

from . import saslauthd
from .accounts import Accounts
from .auth_protocol import AuthClient
from .database import Database
from .log_watch import LogWatch
from .policy import PolicyClient
from .smtp import Lmtp, Smtp
from .socketmap import Socketmap
from .stream import ANSWER_SECONDS
from .tools import Done, run

DAEMONS = ("mapd", "authd", "policyd")
POSTMASTER = "postmaster@test.com"


class Site:
    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.env = demo.env
        self.accounts = Accounts(demo)
        self.log_dir = Path(self.env["LOG_DIR"])
        self.expected_in_logs: dict[str, list[str]] = {}  # patterns of lines that a test caused, by the log's name

    def smtp(self) -> Smtp:
        return Smtp(int(self.env["SMTP_PORT"]))

    def submission(self) -> Smtp:
        return Smtp(int(self.env["SUBMISSION_PORT"]))

    def maps(self) -> Socketmap:
        return Socketmap(self.env["MAPS_SOCKETMAP"])

    def auth(self) -> AuthClient:
        return AuthClient.greeted(self.env["AUTHD_SOCKET"])

    def policy(self) -> PolicyClient:
        return PolicyClient(self.env["POLICY_SOCKET"])

    def saslauthd(self, *strings: str | bytes) -> str:
        return saslauthd.ask(self.env["SASLAUTHD_SOCKET"], saslauthd.request(*strings))

    def imap(self) -> imaplib.IMAP4:
        return imaplib.IMAP4("127.0.0.1", int(self.env["IMAP_PORT"]), timeout=ANSWER_SECONDS)

    def pop3(self) -> poplib.POP3:
        return poplib.POP3("127.0.0.1", int(self.env["POP3_PORT"]), timeout=ANSWER_SECONDS)

    def lmtp(self) -> Lmtp:
        return Lmtp(f"{self.env['POSTFIX_QUEUE']}/private/dovecot-lmtp")

    def postmap(self, table: str, key: str) -> Done:
        """Asks as Postfix: the socket's path is relative to the queue directory, where smtpd is, too."""
        command = ["postmap", "-c", self.env["POSTFIX_CONFIG"], "-q", key]
        return run([*command, f"socketmap:unix:extmail/maps:{table}"], folder=self.env["POSTFIX_QUEUE"])

    def postconf(self, parameter: str) -> str:
        return run(["postconf", "-c", self.env["POSTFIX_CONFIG"], "-h", parameter]).output.strip()

    def doveadm(self, *words: str) -> Done:
        return run([*self.demo.dovecot.doveadm, *words])

    def log(self, name: str) -> LogWatch:
        """What a server logs from now on."""
        return LogWatch(self.log_dir / f"{name}.log")

    def database_password(self, daemon: str) -> str:
        return Path(self.env["EXTMAIL_CONFIG"]).with_name(f"{daemon}.password").read_text().strip()

    def database(self, account: str = "", name: str = "extmail") -> Database:
        """As one of the three daemons, as extmail (the webmail), webman (ExtMan), or as administrator."""
        web = {"extmail": "extmail", "webman": "webman", "": ""}
        password = web[account] if account in web else self.database_password(account)
        user = f"extmail_{account}" if account in DAEMONS else account
        return Database(self.env["MYSQL_SOCKET"], user, password, name)


def imap_login(imap: imaplib.IMAP4, user: str, password: str) -> None:
    """imaplib's own login() takes nothing but ASCII."""
    imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
