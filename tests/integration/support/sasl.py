# SPDX-License-Identifier: MIT
"""The clients' half of SASL mechanisms, from their RFCs: called with each challenge, an answer gives its response.

Where a mechanism has the server prove itself too, an answer checks that. `is_complete` tells whether it was done.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

NONCE_BYTES = 18


class Mechanism:
    """Of one login."""

    name = ""

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self.is_complete = True

    def __call__(self, challenge: bytes) -> bytes:
        raise NotImplementedError


class Plain(Mechanism):
    name = "PLAIN"

    def __call__(self, challenge: bytes) -> bytes:
        return f"\0{self.user}\0{self.password}".encode()


class Login(Mechanism):
    name = "LOGIN"

    def __call__(self, challenge: bytes) -> bytes:
        return (self.password if b"assword" in challenge else self.user).encode()


class CramMd5(Mechanism):
    """RFC 2195."""

    name = "CRAM-MD5"

    def __call__(self, challenge: bytes) -> bytes:
        proof = hmac.new(self.password.encode(), challenge, hashlib.md5).hexdigest()
        return f"{self.user} {proof}".encode()


class DigestMd5(Mechanism):
    """RFC 2831, with the domain as realm where the server offers none of its own."""

    name = "DIGEST-MD5"
    service = "imap"

    def __init__(self, user: str, password: str) -> None:
        super().__init__(user, password)
        self.is_complete = False
        self._expected = b""

    def __call__(self, challenge: bytes) -> bytes:
        if self._expected:
            assert challenge == b"rspauth=" + self._expected
            self.is_complete = True
            return b""
        local, _, realm = self.user.rpartition("@")
        found = re.search(rb'nonce="([^"]+)"', challenge)
        assert found, challenge
        nonce, cnonce, uri = found[1].decode(), secrets.token_hex(NONCE_BYTES), f"{self.service}/mail.demo.test"
        if offered := re.search(rb'realm="([^"]+)"', challenge):
            local, realm = self.user, offered[1].decode()
        secret = _md5(f"{local}:{realm}:{self.password}".encode()).digest() + f":{nonce}:{cnonce}".encode()

        def response(method: str) -> str:
            a2 = _md5(f"{method}:{uri}".encode()).hexdigest()
            text = f"{_md5(secret).hexdigest()}:{nonce}:00000001:{cnonce}:auth:{a2}"
            return _md5(text.encode()).hexdigest()

        self._expected = response("").encode()
        fields = {"username": local, "realm": realm, "nonce": nonce, "cnonce": cnonce, "digest-uri": uri}
        quoted = ",".join(f'{name}="{value}"' for name, value in fields.items())
        return f"charset=utf-8,{quoted},nc=00000001,qop=auth,response={response('AUTHENTICATE')}".encode()


class Scram(Mechanism):
    """RFC 5802, without channel binding."""

    digest = ""

    def __init__(self, user: str, password: str) -> None:
        super().__init__(user, password)
        self.is_complete = False
        quoted = user.replace("=", "=3D").replace(",", "=2C")
        self._first = f"n={quoted},r={secrets.token_urlsafe(NONCE_BYTES)}"
        self._server_signature = b""

    def __call__(self, challenge: bytes) -> bytes:
        if not challenge:
            return b"n,," + self._first.encode()
        if self._server_signature:
            assert challenge == b"v=" + base64.b64encode(self._server_signature)
            self.is_complete = True
            return b""
        return self._prove(challenge.decode())

    def _prove(self, server_first: str) -> bytes:
        parts = dict(part.split("=", 1) for part in server_first.split(","))
        salted = hashlib.pbkdf2_hmac(
            self.digest, self.password.encode(), base64.b64decode(parts["s"]), int(parts["i"])
        )
        client_key = hmac.digest(salted, b"Client Key", self.digest)
        without_proof = f"c=biws,r={parts['r']}"
        message = f"{self._first},{server_first},{without_proof}".encode()
        signature = hmac.digest(hashlib.new(self.digest, client_key).digest(), message, self.digest)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._server_signature = hmac.digest(
            hmac.digest(salted, b"Server Key", self.digest), message, self.digest
        )
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()


class ScramSha1(Scram):
    name, digest = "SCRAM-SHA-1", "sha1"


class ScramSha256(Scram):
    name, digest = "SCRAM-SHA-256", "sha256"


MECHANISMS: dict[str, type[Mechanism]] = {
    each.name: each for each in (Plain, Login, CramMd5, DigestMd5, ScramSha1, ScramSha256)
}


def _md5(data: bytes) -> hashlib._Hash:
    return hashlib.md5(data)
