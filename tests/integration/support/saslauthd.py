# SPDX-License-Identifier: MIT
"""A client of saslauthd's protocol, as Cyrus SASL's library speaks it: counted strings, one answer."""

from __future__ import annotations

from .stream import Stream


def counted(text: str | bytes) -> bytes:
    octets = text if isinstance(text, bytes) else text.encode()
    return len(octets).to_bytes(2, "big") + octets


def request(*strings: str | bytes) -> bytes:
    """login, password, service, realm, and from newer libraries the peer."""
    return b"".join(map(counted, strings))


def ask(address: str, data: bytes) -> str:
    """The answer to these bytes: `OK…`, `NO…`, or nothing where the server could not tell."""
    with Stream(address) as stream:
        stream.send(data)
        answer = stream.receive_all()
    length, text = int.from_bytes(answer[:2], "big"), answer[2:]
    assert length == len(text), f"a counted string of {length} bytes: {text!r}"
    return text.decode()
