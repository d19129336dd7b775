# SPDX-License-Identifier: MIT
"""A client of Courier authdaemond's protocol, as its library, ExtMail and Cyrus SASL speak it."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from .stream import Stream

FAIL = b"FAIL\n"


def auth(service: str, kind: str, *lines: str) -> bytes:
    """With a length, and a line end behind the body that it does not count, as ExtMail sends it."""
    body = "".join(f"{line}\n" for line in (service, kind, *lines)).encode()
    return b"AUTH %d\n%b\n" % (len(body), body)


def login(user: str, password: str, service: str = "imap", remote: str = "") -> bytes:
    told = f"TCPREMOTEIP={remote}\n".encode() if remote else b""
    return told + auth(service, "login", user, password)


CHALLENGES = {"cram-md5": "md5", "cram-sha1": "sha1", "cram-sha256": "sha256"}


def challenge(kind: str, user: str, password: str, service: str = "imap") -> bytes:
    """A challenge, and the answer that a client who knows the password gave to it."""
    sent = b"<1896.697170952@postoffice.reston.mci.net>"
    digest = hmac.new(password.encode(), sent, CHALLENGES[kind]).hexdigest()
    answer = f"{user} {digest}".encode()
    return auth(service, kind, base64.b64encode(sent).decode(), base64.b64encode(answer).decode())


def pre(user: str, service: str = "imap") -> bytes:
    return f"PRE . {service} {user}\n".encode()


def passwd(user: str, old: str, new: str, service: str = "extmail") -> bytes:
    return f"PASSWD {service}\t{user}\t{old}\t{new}\n".encode()


def ask(address: str, data: bytes) -> bytes:
    """What comes until the server closes."""
    with Stream(address) as stream:
        stream.send(data)
        return stream.receive_all()


def fields(answer: bytes) -> dict[str, str]:
    """Of an account; it has to be whole."""
    lines = answer.decode().split("\n")
    assert lines[-2:] == [".", ""], answer
    return dict(line.split("=", 1) for line in lines[:-2])


@dataclass(frozen=True)
class Listed:
    user: str
    uid: str
    gid: str
    home: str
    maildir: str
    options: str


def listed(answer: bytes) -> dict[str, Listed]:
    """Of a whole list."""
    lines = answer.decode().split("\n")
    assert (lines[:2], lines[-2:]) == (["# extmail", ""], [".", ""]), (lines[:3], lines[-3:])
    mailboxes = {line.split("\t")[0]: Listed(*line.split("\t")) for line in lines[2:-2]}
    assert len(mailboxes) == len(lines) - 4, "a mailbox is there twice"
    return mailboxes
