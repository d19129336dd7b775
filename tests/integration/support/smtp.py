# SPDX-License-Identifier: MIT
"""An SMTP client that shows what was said. smtplib would hide too much of it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from .sasl import MECHANISMS, DigestMd5, Mechanism
from .stream import Stream


def base64_text(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


class Smtp(Stream):
    """A session that was greeted. Replies are text, the lines of one reply joined by \\n."""

    HELLO = "EHLO"

    def __init__(self, address: int | str) -> None:
        super().__init__(address)
        greeting = self.reply()
        assert greeting.startswith("220 "), greeting
        extensions = self.command(f"{self.HELLO} client.example.org")
        assert extensions.startswith("250-"), extensions

    def command(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def reply(self) -> str:
        lines = []
        while True:
            line = self.receive_until(b"\r\n").decode()[:-2]
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    def auth_plain(self, user: str, password: str, authorise_as: str = "") -> str:
        return self.command("AUTH PLAIN " + base64_text(f"{authorise_as}\0{user}\0{password}"))

    def auth_login(self, user: str, password: str) -> str:
        for line in ("AUTH LOGIN", base64_text(user)):
            reply = self.command(line)
            if not reply.startswith("334 "):
                return reply
        return self.command(base64_text(password))

    def auth_cram_md5(self, user: str, password: str) -> str:
        reply = self.command("AUTH CRAM-MD5")
        if not reply.startswith("334 "):
            return reply
        challenge = base64.b64decode(reply.removeprefix("334 "))
        proof = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
        return self.command(base64_text(f"{user} {proof}"))

    def auth(self, mechanism: str, user: str, password: str) -> str:
        if mechanism == "PLAIN":
            return self.auth_plain(user, password)
        if mechanism == "LOGIN":
            return self.auth_login(user, password)
        assert mechanism == "CRAM-MD5"
        return self.auth_cram_md5(user, password)

    def exchange(self, client: Mechanism) -> str:
        """A login by any mechanism; the last reply."""
        reply = self.command(f"AUTH {client.name}")
        while reply.startswith("334"):
            reply = self.command(base64.b64encode(client(base64.b64decode(reply[4:]))).decode())
        return reply

    def mail(self, sender: str, options: str = "") -> str:
        return self.command(f"MAIL FROM:<{sender}> {options}".rstrip())

    def rcpt(self, recipient: str) -> str:
        return self.command(f"RCPT TO:<{recipient}>")

    def data(self, text: str) -> str:
        reply = self.command("DATA")
        if not reply.startswith("354 "):
            return reply
        stuffed = ("." + line if line.startswith(".") else line for line in text.splitlines())
        return self.command("\r\n".join(stuffed) + "\r\n.")

    def transact(self, sender: str, recipient: str, text: str) -> str:
        """One mail to one recipient: the last reply, or the first that was no success."""
        for reply in (self.mail(sender), self.rcpt(recipient)):
            if not reply.startswith("250 "):
                return reply
        return self.data(text)


class SmtpDigestMd5(DigestMd5):
    service = "smtp"


def log_in(port: int, mechanism: str, user: str, password: str) -> str:
    """The last reply to a login by any mechanism, in a session of its own."""
    kind = SmtpDigestMd5 if mechanism == "DIGEST-MD5" else MECHANISMS[mechanism]
    client = kind(user, password)
    with Smtp(port) as smtp:
        reply = smtp.exchange(client)
    assert client.is_complete or not reply.startswith("235 ")  # the server has proven itself, where it has to
    return reply


class Lmtp(Smtp):
    """The same on a unix socket, for one recipient a mail: each would get an answer of its own."""

    HELLO = "LHLO"
