# SPDX-License-Identifier: MIT
"""Password schemes against doveadm(1), which knows most of them, and crypt(3)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.passwords import crypt
from support.tools import run

PASSWORD = "Grüße, 2 Sesame"
WRONG = "grüße, 2 Sesame"  # DES sees the first eight bytes only
USER = "alice@test.com"

# What Dovecot has besides ours: for mechanisms that are no passwords, cut passwords, and what nobody stores any more.
NOT_OURS = {"OTP", "SKEY", "RPA", "PLAIN-TRUNC", "PLAIN-MD4", "LANMAN", "NTLM"}

CHALLENGES = {
    "SCRAM-SHA-1": "SCRAM-SHA-1",
    "SCRAM-SHA-256": "SCRAM-SHA-256",
    "CRAM-MD5": "CRAM-MD5",
    "HMAC-MD5": "CRAM-MD5",
    "DIGEST-MD5": "DIGEST-MD5",
}
CLEAR = {"PLAIN", "CLEAR", "CLEARTEXT"}


@dataclass(frozen=True)
class Verdict:
    check: str  # match, mismatch, unusable
    challenge: str
    clear: str


class Tool:
    """tests/integration/password_tool.cpp."""

    def __init__(self, build_dir: Path) -> None:
        self._program = build_dir / "tests/integration/password_tool"

    def check(self, questions: Iterable[tuple[str, str]], default: str = "CRYPT") -> list[Verdict]:
        """Of pairs of stored value and password."""
        lines = "".join(f"{default}\t{stored}\t{password}\n" for stored, password in questions)
        done = run([self._program, "check"], lines)
        assert done.status == 0, done.all
        return [Verdict(*line.split("\t")) for line in done.output.splitlines()]

    def hash(self, kind: str, password: str) -> str:
        done = run([self._program, "hash", kind], password + "\n")
        assert done.status == 0, done.all
        return done.output.rstrip("\n")


@pytest.fixture
def tool(build_dir: Path) -> Tool:
    return Tool(build_dir)


def dovecot_schemes() -> list[str]:
    listed = set(run(["doveadm", "-O", "pw", "-l"]).output.split())
    assert {"PLAIN", "SHA512-CRYPT", "SCRAM-SHA-256"} <= listed
    return sorted(listed - NOT_OURS)


def made_by_dovecot(scheme: str, password: str = PASSWORD) -> str:
    done = run(["doveadm", "-O", "pw", "-s", scheme, "-u", USER, "-p", password])
    assert done.status == 0, done.all
    return done.output.rstrip("\n")


def dovecot_verifies(stored: str, password: str) -> bool:
    done = run(["doveadm", "-O", "pw", "-t", stored, "-u", USER, "-p", password])
    assert ("(verified)" in done.output) == (done.status == 0), done.all
    return done.status == 0


@pytest.mark.parametrize("suffix", ["", ".B64", ".HEX"])
def test_what_dovecot_makes_is_verified(tool: Tool, suffix: str) -> None:
    schemes = dovecot_schemes()
    stored = [made_by_dovecot(scheme + suffix) for scheme in schemes]
    right = tool.check((value, PASSWORD) for value in stored)
    wrong = tool.check((value, WRONG) for value in stored)
    faults = []
    for scheme, value, good, bad in zip(schemes, stored, right, wrong, strict=True):
        # A digest of the user too, who is not asked about here.
        checks = ("unusable", "unusable") if scheme == "DIGEST-MD5" else ("match", "mismatch")
        clear = PASSWORD if scheme in CLEAR else ""
        if (good.check, bad.check) != checks or (good.challenge, good.clear) != (CHALLENGES.get(scheme, ""), clear):
            faults.append((value, good, bad))
    assert not faults
    assert len(schemes) > 20


@pytest.mark.parametrize("kind", ["sha512-crypt", "bcrypt", "yescrypt"])
def test_what_we_make_is_verified_by_the_others(tool: Tool, kind: str) -> None:
    stored = tool.hash(kind, PASSWORD)
    assert dovecot_verifies(stored, PASSWORD)
    assert not dovecot_verifies(stored, WRONG)
    # ExtMail and Courier hand to crypt(3) what stands behind {CRYPT}.
    scheme, brace, hashed = stored.partition("}")
    assert scheme + brace == "{CRYPT}"
    assert crypt(PASSWORD, hashed) == hashed
    assert crypt(WRONG, hashed) != hashed


def base64_of(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def digests() -> list[str]:
    """In the forms of LDAP and of Courier, with other salts than Dovecot makes."""
    word = PASSWORD.encode()
    stored = []
    for scheme, name in (("MD5", "md5"), ("SHA", "sha1"), ("SHA256", "sha256"), ("SHA512", "sha512")):
        digest = hashlib.new(name, word)
        stored += [f"{{{scheme}}}{base64_of(digest.digest())}", f"{{{scheme}}}{digest.hexdigest()}"]
        for salt in (b"s", b"longer than most", b"\0\xff" * 20):
            octets = hashlib.new(name, word + salt).digest() + salt
            salted = "SMD5" if scheme == "MD5" else f"S{scheme}"
            stored += [f"{{{salted}}}{base64_of(octets)}", f"{{{salted}.HEX}}{octets.hex()}"]
    key = hashlib.pbkdf2_hmac("sha1", word, b"pepper", 1000)
    return [*stored, f"{{PBKDF2}}$1$pepper$1000${key.hex()}"]


def test_dovecot_and_we_agree_on_digests(tool: Tool) -> None:
    stored = digests()
    assert [verdict.check for verdict in tool.check((value, PASSWORD) for value in stored)] == ["match"] * len(stored)
    assert [verdict.check for verdict in tool.check((value, WRONG) for value in stored)] == ["mismatch"] * len(stored)
    assert [value for value in stored if not dovecot_verifies(value, PASSWORD)] == []


def test_a_value_without_a_scheme_is_of_the_default_scheme(tool: Tool) -> None:
    faults = []
    for scheme in set(dovecot_schemes()) - {"DIGEST-MD5"}:
        value = made_by_dovecot(scheme).partition("}")[2]
        if tool.check([(value, PASSWORD)], scheme)[0].check != "match":
            faults.append((scheme, value))
    assert not faults
