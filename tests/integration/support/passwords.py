# SPDX-License-Identifier: MIT
"""Passwords that nothing else looks like, and how the column `password` stores them."""

from __future__ import annotations

import base64
import ctypes
import ctypes.util
import secrets

_made: list[str] = []


def new_password() -> str:
    """One to be used once: test_logs looks for all of them in all logs.

    No two of its characters follow one another in ASCII, which CrackLib takes for a pattern where it happens some times.
    """
    _made.append("Sesame-" + "".join(secrets.choice("acegikmoqsuwy13579") for _ in range(20)))
    return _made[-1]


def made_passwords() -> tuple[str, ...]:
    return tuple(_made)


def remember(password: str) -> str:
    """Has a password looked for that a test made itself."""
    _made.append(password)
    return password


def store(password: str, scheme: str) -> str:
    """The column's value for a scheme: `$1$` and the like, `{CRYPT}$6$`, `{PLAIN}`, `{CLEARTEXT}`."""
    name, brace, setting = scheme.rpartition("}")
    prefix = name + brace
    return prefix + (hash_password(password, setting) if setting else password)


def hash_password(password: str, method: str) -> str:
    """By the system's crypt(3), at the lowest cost that the method has."""
    hashed = crypt(password, _settings[method])
    assert hashed.startswith(method), f"no crypt(3) for {method}"
    return hashed


def crypt(password: str, setting: str) -> str:
    """The system's crypt(3): a hash, of which a whole one is the setting too; empty or `*0` if it can't."""
    return bytes(_crypt(password.encode(), setting.encode()) or b"").decode()


_settings = {
    "$1$": "$1$phz1mRrj",
    "$5$": "$5$rounds=1000$phz1mRrj",
    "$6$": "$6$rounds=1000$phz1mRrj",
    "$2y$": "$2y$04$phz1mRrjOlFb7nA0sCk3Du",
    "$y$": "$y$j75$phz1mRrjOlFb7nA0sCk3D.",
}

_crypt = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1").crypt
_crypt.restype = ctypes.c_char_p
_crypt.argtypes = (ctypes.c_char_p, ctypes.c_char_p)


def traces(secret: str) -> list[bytes]:
    """What a secret looks like in a log: itself, and in base64 at each of the places it can have there."""
    octets = secret.encode()
    found = [octets]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + octets)
        # Without the characters at the ends, which other bytes have a part in.
        found.append(encoded[-(-shift * 8 // 6) : (shift + len(octets)) * 8 // 6])
    return found
