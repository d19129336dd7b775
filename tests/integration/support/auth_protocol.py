# SPDX-License-Identifier: MIT
"""A client of the protocol between the plugins and extmail-authd (lib/wire/auth_protocol.hpp)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from .netstring import netstring, receive_netstring, split_netstrings
from .stream import Stream

VERSION = 3


@dataclass(frozen=True)
class Reply:
    status: str
    tag: int
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return self.fields.get("reason", "")


def message(verb: str, tag: int | str, **fields: str | bytes) -> bytes:
    octets = {name: value if isinstance(value, bytes) else value.encode() for name, value in fields.items()}
    parts = [verb.encode(), str(tag).encode(), *(name.encode() + b"=" + octets[name] for name in octets)]
    return netstring(b"".join(netstring(part) for part in parts))


class AuthClient(Stream):
    """A connection, not greeted yet: tests of the greeting do that themselves, others use greeted()."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._tags = itertools.count(1)

    @classmethod
    def greeted(cls, address: str) -> AuthClient:
        client = cls(address)
        reply = client.ask("hello", version=str(VERSION), host="test")
        assert reply.status == "ok", reply
        return client

    def ask(self, verb: str, **fields: str | bytes) -> Reply:
        tag = next(self._tags)
        self.send(message(verb, tag, **fields))
        reply = self.reply()
        assert reply.tag == tag, reply
        return reply

    def verify(self, user: str, password: str, service: str = "imap", **fields: str) -> Reply:
        return self.ask("verify", user=user, password=password, service=service, **fields)

    def user(self, user: str, service: str = "lmtp") -> Reply:
        return self.ask("user", user=user, service=service)

    def credentials(self, user: str, service: str = "smtp", scheme: str = "CRAM-MD5") -> Reply:
        return self.ask("credentials", user=user, service=service, scheme=scheme)

    def names(self) -> list[str]:
        """All mailboxes, page by page."""
        found: list[str] = []
        while True:
            tag = next(self._tags)
            self.send(message("list", tag, **({"after": found[-1]} if found else {})))
            status, _, *fields = (part.decode() for part in split_netstrings(receive_netstring(self)))
            assert status == "ok", (status, fields)
            found += [text.removeprefix("name=") for text in fields if text.startswith("name=")]
            if "more=1" not in fields:
                return found

    def reply(self) -> Reply:
        status, tag, *fields = (part.decode() for part in split_netstrings(receive_netstring(self)))
        pairs = (text.partition("=") for text in fields)
        return Reply(status, int(tag), {name: value for name, _, value in pairs})
