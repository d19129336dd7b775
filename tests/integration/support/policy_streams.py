# SPDX-License-Identifier: MIT
"""What a real Postfix asks its policy service in whole SMTP sessions: how it is recorded, and the records.

tests/integration/policy_streams has one file for each session, byte for byte as smtpd sent it. They are recorded again, with
the Postfix of this host, by test_policy_streams.py with EXTMAIL_RECORD_POLICY=1 in the environment.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

from .smtp import Smtp
from .stream import Stream

FOLDER = Path(__file__).parent.parent / "policy_streams"
DOMAIN = "streams-policy.test"
PASSWORD = "stream-5ecret"

TEXT = "Subject: recorded\n\nHello.\n"

# Each is asked wherever main.cf can ask; smtpd_delay_reject=no has it ask when the command comes.
STAGES = ("client", "helo", "sender", "recipient", "data", "end_of_data", "etrn")


def _helo(port: int) -> None:
    """One recipient, without extensions of SMTP."""
    with Stream(port) as plain:
        plain.receive_until(b"\r\n")
        for line in (
            "HELO mx.example.org",
            "MAIL FROM:<someone@example.org>",
            f"RCPT TO:<joe@{DOMAIN}>",
            "DATA",
            "Subject: recorded\r\n\r\nHello.\r\n.",
            "QUIT",
        ):
            plain.send(line.encode() + b"\r\n")
            plain.receive_until(b"\r\n")


def _two_recipients(port: int) -> None:
    with Smtp(port) as smtp:
        smtp.mail("bounce+tag@example.org", "SIZE=5000")
        for name in ("joe+list", "Jane"):
            smtp.rcpt(f"{name}@{DOMAIN}")
        assert smtp.data(TEXT).startswith("250 ")


def _login(port: int) -> None:
    with Smtp(port) as smtp:
        assert smtp.auth_plain(f"joe@{DOMAIN}", PASSWORD).startswith("235 ")
        for _ in range(2):
            smtp.mail(f"joe@{DOMAIN}")
            smtp.rcpt(f"no-receive@{DOMAIN}")
            smtp.rcpt(f"jane@{DOMAIN}")
            assert smtp.data(TEXT).startswith("250 ")


def _given_up(port: int) -> None:
    """Two messages that RSET ends, one that comes to be, and a further one."""
    with Smtp(port) as smtp:
        assert smtp.auth_plain(f"joe@{DOMAIN}", PASSWORD).startswith("235 ")
        smtp.mail(f"joe@{DOMAIN}")
        smtp.rcpt(f"jane@{DOMAIN}")
        smtp.command("RSET")
        smtp.mail(f"joe@{DOMAIN}")
        smtp.rcpt(f"jane@{DOMAIN}")
        smtp.rcpt(f"nobody@{DOMAIN}")
        smtp.command("RSET")
        for _ in range(2):
            assert smtp.transact(f"joe@{DOMAIN}", f"jane@{DOMAIN}", TEXT).startswith("250 ")


def _odd_addresses(port: int) -> None:
    """The null sender, a quoted local part, a literal, and what UTF-8 an address may have."""
    with Smtp(port) as smtp:
        for sender, options in (
            ("", ""),
            ('"a b"@example.org', ""),
            ("用户@例子.example", "SMTPUTF8"),
        ):
            smtp.mail(sender, options)
            for recipient in ("postmaster", f'"joe"@{DOMAIN}', "joe@[127.0.0.1]", f"joe@{DOMAIN}"):
                smtp.rcpt(recipient)
            smtp.data(TEXT)


def _forged(port: int) -> None:
    with Smtp(port) as smtp:
        smtp.mail(f"jane@{DOMAIN}")
        smtp.rcpt(f"joe@{DOMAIN}")
        smtp.command("RSET")


def _commands(port: int) -> None:
    with Smtp(port) as smtp:
        smtp.command(f"VRFY joe@{DOMAIN}")
        smtp.command(f"VRFY no-receive@{DOMAIN}")
        smtp.command(f"ETRN {DOMAIN}")
        smtp.command("NOOP")


SESSIONS: dict[str, Callable[[int], None]] = {
    "helo": _helo,
    "two-recipients": _two_recipients,
    "login": _login,
    "given-up": _given_up,
    "odd-addresses": _odd_addresses,
    "forged": _forged,
    "commands": _commands,
}


def parameters(service: str) -> dict[str, str]:
    """Of an smtpd that asks the service at every stage."""
    ask = f"check_policy_service,unix:{service}"  # postconf -P takes no blanks
    restrictions = {f"smtpd_{stage}_restrictions": ask for stage in STAGES}
    restrictions["smtpd_recipient_restrictions"] = f"{ask},reject_unauth_destination"
    return {**restrictions, "smtpd_delay_reject": "no", "smtpd_helo_required": "yes", "disable_vrfy_command": "no"}


def read(name: str) -> list[bytes]:
    """The requests of a record."""
    return split((FOLDER / f"{name}.stream").read_bytes())


def split(stream: bytes) -> list[bytes]:
    assert stream.endswith(b"\n\n")
    return [part + b"\n\n" for part in stream[:-2].split(b"\n\n")]


def attributes(request: bytes) -> dict[str, str]:
    return dict(line.split("=", 1) for line in request.decode().splitlines() if line)  # type: ignore[misc]


class Recorder:
    """A policy service that lets everything pass, and keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self._socket.listen()
        self._lock = threading.Lock()
        self._stream = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def take(self) -> bytes:
        """What was asked since the last time. Whoever has its SMTP replies has been asked for."""
        with self._lock:
            stream, self._stream = self._stream, b""
        return stream

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        waiting = b""
        with connection:
            while data := connection.recv(65536):
                waiting += data
                while b"\n\n" in waiting:
                    end = waiting.index(b"\n\n") + 2
                    with self._lock:
                        self._stream += waiting[:end]
                    waiting = waiting[end:]
                    connection.sendall(b"action=DUNNO\n\n")
