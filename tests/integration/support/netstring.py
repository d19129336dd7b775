# SPDX-License-Identifier: MIT
"""Netstrings: `LENGTH:BYTES,`."""

from __future__ import annotations

from .stream import Stream


def netstring(payload: bytes) -> bytes:
    return b"%d:%s," % (len(payload), payload)


def receive_netstring(stream: Stream) -> bytes:
    length = int(stream.receive_until(b":")[:-1])
    payload = stream.receive(length)
    assert stream.receive(1) == b",", f"no comma after {payload!r}"
    return payload


def split_netstrings(text: bytes) -> list[bytes]:
    """The netstrings that text is made of, from its start to its very end."""
    parts = []
    while text:
        digits, colon, text = text.partition(b":")
        length = int(digits)
        assert colon and text[length : length + 1] == b",", f"no netstring: {text!r}"
        parts.append(text[:length])
        text = text[length + 1 :]
    return parts
