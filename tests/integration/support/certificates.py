# SPDX-License-Identifier: MIT
"""An authority of a test's own, and the certificates that it gives out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .tools import run


@dataclass(frozen=True)
class Certificate:
    certificate: Path
    key: Path


class Authority:
    """Its files are readable by all, so that every daemon may take them; the folder belongs to a test."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = name
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "10"),
            *("-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate),
        )
        self.certificate.chmod(0o644)

    def issue(self, name: str, alternative: str, days: int = 10) -> Certificate:
        """For a name such as DNS:localhost; with negative days it has expired."""
        issued = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName = {alternative}\n")
        _openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", issued.key, "-out", request),
        )
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"),
            *("-days", str(days), "-extfile", extensions, "-out", issued.certificate),
        )
        issued.certificate.chmod(0o644)
        issued.key.chmod(0o644)
        return issued


def _openssl(*words: str | Path) -> None:
    done = run(["openssl", *words])
    assert done.status == 0, done.all
