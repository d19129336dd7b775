# SPDX-License-Identifier: MIT
"""Mails that can be told apart, and where they end up."""

from __future__ import annotations

import email
import secrets
from dataclasses import dataclass
from pathlib import Path

from extmail_demo import wait_until

STRANGER = "someone@example.org"
DELIVERY_SECONDS = 30


@dataclass(frozen=True)
class Message:
    id: str
    text: str


def new_message(subject: str = "Hello", body: str = "How are you?", sender: str = STRANGER) -> Message:
    id = f"<{secrets.token_hex(12)}@example.org>"
    headers = (f"From: {sender}", f"Subject: {subject}", f"Message-ID: {id}", "MIME-Version: 1.0")
    return Message(id, "\n".join([*headers, "", body, ""]))


def new_sender() -> str:
    """One of its own: smtpd remembers for as long as it lives that a sender and recipient could not be resolved."""
    return f"sender-{secrets.token_hex(8)}@example.org"


def mails_in(maildir: Path) -> dict[str, Path]:
    """The files of a Maildir's inbox by their Message-ID; the last one of those that came twice."""
    files = [file for folder in ("new", "cur") for file in maildir.joinpath(folder).glob("*")]
    return {str(email.message_from_bytes(file.read_bytes())["Message-ID"]): file for file in files}


def wait_for_mail(maildir: Path, message: Message, *logs: Path) -> Path:
    return wait_until(
        lambda: mails_in(maildir).get(message.id),
        f"{message.id} in {maildir}",
        *logs,
        timeout=DELIVERY_SECONDS,
    )
