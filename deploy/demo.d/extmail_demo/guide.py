# SPDX-License-Identifier: MIT
"""What the original guide does by hand after the installation, and what must be refused, step by step."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from .demo import DOMAIN, PASSWORD, Demo
from .dialogue import Dialogue, run, show
from .errors import DemoError
from .waiting import wait_until

POSTMASTER = f"postmaster@{DOMAIN}"
SUPPORT = f"support@{DOMAIN}"
WEBMAIL_USER = f"webmail@{DOMAIN}"
STRANGER = "someone@example.org"
SUBJECT = "A mail goes in and comes out"
DELIVERY_SECONDS = 30

Step = Callable[[Demo], None]


def follow(demo: Demo) -> None:
    """Every step in its order; DemoError, with the logs, at the first that does not do what it says."""
    for number, step in enumerate(STEPS, start=1):
        title = (step.__doc__ or step.__name__).rstrip(".")
        print(f"\n{number}. {title}", flush=True)
        try:
            step(demo)
        except (DemoError, OSError, subprocess.TimeoutExpired) as error:
            logs = [service.log_file for service in demo.services.values()]
            raise DemoError(f"step {number} failed ({title}): {error}", *logs) from error
        show("=>", "as it should be")


def ask_the_maps(demo: Demo) -> None:
    """Postfix asks extmail-mapd about addresses; the socket's path is relative to the queue directory."""
    postmap = ("postmap", "-c", demo.env["POSTFIX_CONFIG"])
    for name, key, answer in (
        ("virtual_mailbox_domains", DOMAIN, DOMAIN),
        ("virtual_mailbox_maps", POSTMASTER, ""),
        ("virtual_alias_maps", SUPPORT, POSTMASTER),
        ("smtpd_sender_login_maps", SUPPORT, POSTMASTER),
    ):
        table = f"socketmap:unix:extmail/maps:{name}"
        run(*postmap, "-q", key, table, expect=answer, folder=demo.env["POSTFIX_QUEUE"])


def test_authentication(demo: Demo) -> None:
    """The authentication test of postmaster@test.com, by Dovecot's and by Cyrus SASL's own tool."""
    doveadm = demo.dovecot.doveadm
    run(*doveadm, "auth", "test", "-x", "service=imap", POSTMASTER, PASSWORD, expect="auth succeeded")
    run(*doveadm, "auth", "test", "-x", "service=imap", POSTMASTER, "wrong", expect="auth failed", status=77)
    run(*doveadm, "user", POSTMASTER, expect=f"{DOMAIN}/postmaster")
    saslauthd = ("testsaslauthd", "-f", demo.env["SASLAUTHD_SOCKET"], "-s", "smtp", "-u", POSTMASTER)
    run(*saslauthd, "-p", PASSWORD, expect="OK")
    run(*saslauthd, "-p", "wrong", expect="NO", status=255)


def log_in_to_smtp(demo: Demo) -> None:
    """AUTH LOGIN over SMTP, with the right password and with a wrong one."""
    for password, answer in ((PASSWORD, "235 "), ("wrong", "535 ")):
        with Dialogue(int(demo.env["SMTP_PORT"]), "220 ") as smtp:
            smtp.send("EHLO client.example.org", "250 ")
            _auth_login(smtp, password, answer)
            smtp.send("QUIT", "221 ")


def log_in_with_cram_md5(demo: Demo) -> None:
    """AUTH CRAM-MD5, which needs the clear password that the webmail stores."""
    columns = "domain, password, uidnumber, gidnumber"
    demo.sql(
        f"INSERT INTO mailbox (username, clearpwd, {columns}) SELECT ?, ?, {columns} FROM mailbox WHERE username = ?",
        WEBMAIL_USER,
        PASSWORD,
        POSTMASTER,
    )
    with Dialogue(int(demo.env["SUBMISSION_PORT"]), "220 ") as smtp:
        smtp.send("EHLO client.example.org", "250 ")
        challenge = base64.b64decode(smtp.send("AUTH CRAM-MD5", "334 ")[-1].split(" ", 1)[1])
        proof = hmac.new(PASSWORD.encode(), challenge, hashlib.md5).hexdigest()
        smtp.send(_base64(f"{WEBMAIL_USER} {proof}"), "235 ")
        smtp.send("QUIT", "221 ")


def send_mail(demo: Demo) -> None:
    """A mail to support@test.com, delivered by LMTP to the mailbox of postmaster@test.com."""
    with Dialogue(int(demo.env["SMTP_PORT"]), "220 ") as smtp:
        smtp.send("EHLO mx.example.org", "250 ")
        smtp.send(f"MAIL FROM:<{STRANGER}>", "250 ")
        smtp.send(f"RCPT TO:<{SUPPORT}>", "250 ")
        smtp.send("DATA", "354 ")
        smtp.send(f"From: {STRANGER}\nTo: {SUPPORT}\nSubject: {SUBJECT}\n\nHello.\n.", "250 ")
        smtp.send("QUIT", "221 ")
    new = Path(demo.env["MAIL_BASE"], DOMAIN, "postmaster/Maildir/new")
    mail = wait_until(lambda: next(new.glob("*"), None), f"a mail in {new}", timeout=DELIVERY_SECONDS)
    show("|", str(mail))
    show("|", mail.read_text())


def read_by_imap(demo: Demo) -> None:
    """The mail, and the quota, by IMAP."""
    with Dialogue(int(demo.env["IMAP_PORT"]), "* OK") as imap:
        imap.send(f"1 LOGIN {POSTMASTER} {PASSWORD}", "1 OK")
        imap.send("2 SELECT INBOX", "2 OK")
        _require(imap.send("3 FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "3 OK"), SUBJECT)
        _require(imap.send("4 GETQUOTAROOT INBOX", "4 OK"), "102400")  # kilobytes: the seed's 104857600S
        imap.send("5 LOGOUT", "5 OK")


def read_by_pop3(demo: Demo) -> None:
    """The mail by POP3."""
    with Dialogue(int(demo.env["POP3_PORT"]), "+OK") as pop3:
        pop3.send(f"USER {POSTMASTER}", "+OK")
        pop3.send(f"PASS {PASSWORD}", "+OK")
        pop3.send("STAT", "+OK 1 ")
        pop3.send("RETR 1", "+OK")
        _require(pop3.expect("."), SUBJECT)
        pop3.send("QUIT", "+OK")


def refuse_unknown_recipient(demo: Demo) -> None:
    """A mail to nobody, and one to elsewhere from someone who has not logged in, are refused."""
    with Dialogue(int(demo.env["SMTP_PORT"]), "220 ") as smtp:
        smtp.send("EHLO mx.example.org", "250 ")
        smtp.send(f"MAIL FROM:<{STRANGER}>", "250 ")
        smtp.send(f"RCPT TO:<nobody@{DOMAIN}>", "550 ")
        smtp.send(f"RCPT TO:<{STRANGER}>", "554 ")
        smtp.send("QUIT", "221 ")


def refuse_foreign_sender(demo: Demo) -> None:
    """A user who has logged in may send as an own address, and as no other."""
    with Dialogue(int(demo.env["SUBMISSION_PORT"]), "220 ") as smtp:
        smtp.send("EHLO client.example.org", "250 ")
        _auth_login(smtp, PASSWORD, "235 ")
        smtp.send(f"MAIL FROM:<{SUPPORT}>", "250 ")
        smtp.send(f"RCPT TO:<{POSTMASTER}>", "250 ")
        smtp.send("RSET", "250 ")
        smtp.send(f"MAIL FROM:<{STRANGER}>", "250 ")
        smtp.send(f"RCPT TO:<{POSTMASTER}>", "553 ")
        smtp.send("QUIT", "221 ")


def _policy_refuses(demo: Demo, login: str) -> bool:
    """Asked as Postfix asks it: a change shows within a second."""
    with socket.socket(socket.AF_UNIX) as policy:
        policy.connect(str(demo.layout.policy_socket))
        policy.sendall(f"request=smtpd_access_policy\nprotocol_state=MAIL\nsasl_username={login}\n\n".encode())
        return policy.recv(1024).startswith(b"action=REJECT ")


def refuse_disabled_sender(demo: Demo) -> None:
    """An account that is switched off after its login can't go on sending."""
    with Dialogue(int(demo.env["SUBMISSION_PORT"]), "220 ") as smtp:
        smtp.send("EHLO client.example.org", "250 ")
        _auth_login(smtp, PASSWORD, "235 ")
        statement = "UPDATE mailbox SET disablesmtpd = ? WHERE username = ?"
        show("SQL", f"{statement}  (1, {POSTMASTER})")
        demo.sql(statement, 1, POSTMASTER)
        try:
            wait_until(lambda: _policy_refuses(demo, POSTMASTER), "the change to show", timeout=5)
            smtp.send(f"MAIL FROM:<{POSTMASTER}>", "250 ")
            smtp.send(f"RCPT TO:<{SUPPORT}>", "55")
            smtp.send("QUIT", "221 ")
        finally:
            demo.sql(statement, 0, POSTMASTER)


STEPS: tuple[Step, ...] = (
    ask_the_maps,
    test_authentication,
    log_in_to_smtp,
    log_in_with_cram_md5,
    send_mail,
    read_by_imap,
    read_by_pop3,
    refuse_unknown_recipient,
    refuse_foreign_sender,
    refuse_disabled_sender,
)


def _auth_login(smtp: Dialogue, password: str, answer: str) -> None:
    smtp.send("AUTH LOGIN", "334 VXNlcm5hbWU6")  # "Username:"
    smtp.send(_base64(POSTMASTER), "334 UGFzc3dvcmQ6")  # "Password:"
    smtp.send(_base64(password), answer)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _require(lines: list[str], text: str) -> None:
    if not any(text in line for line in lines):
        raise DemoError(f"the answer does not say {text!r}")
