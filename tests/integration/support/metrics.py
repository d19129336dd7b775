# SPDX-License-Identifier: MIT
"""A daemon's page of metrics, read as Prometheus does."""

from __future__ import annotations

import http.client
import re
import socket
from dataclasses import dataclass

from extmail_demo import wait_until

ANSWER_SECONDS = 30

_SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)\Z')
_HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: str


def request(address: str | int, method: str = "GET", target: str = "/metrics") -> Response:
    """To a unix socket's path or a port on loopback, by Python's own HTTP client."""
    connection = (
        http.client.HTTPConnection("127.0.0.1", address, timeout=ANSWER_SECONDS)
        if isinstance(address, int)
        else _UnixConnection(address)
    )
    try:
        connection.request(method, target)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, headers, response.read().decode())
    finally:
        connection.close()


class Page:
    """One scrape. Every line has to be as the text format has it, and every series there once."""

    def __init__(self, text: str) -> None:
        self.text = text
        assert text.endswith("\n")
        self._values: dict[str, float] = {}
        self.types: dict[str, str] = {}
        helped: set[str] = set()
        for line in text.splitlines():
            if line.startswith("# HELP "):
                helped.add(line.split(" ", 3)[2])
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in self.types, f"{name} twice"
                self.types[name] = kind
            else:
                match = _SAMPLE.match(line)
                assert match, f"no sample: {line!r}"
                series = line[: line.rindex(" ")]
                assert series not in self._values, f"{series} twice"
                assert self.family_of(match[1]) in self.types, f"{line!r} before its type"
                self._values[series] = float(match[3])
        assert helped == set(self.types)

    def family_of(self, name: str) -> str:
        """The name that a sample's family has: of a histogram without _bucket and the like."""
        for part in _HISTOGRAM_PARTS:
            if self.types.get(name.removesuffix(part)) == "histogram":
                return name.removesuffix(part)
        return name

    def __getitem__(self, series: str) -> float:
        """The value of a series, written as on the page."""
        return self._values[series]

    @property
    def series(self) -> set[str]:
        return set(self._values)

    def series_of(self, name: str) -> dict[str, float]:
        return {series: value for series, value in self._values.items() if re.split(r"[{ ]", series)[0] == name}


def await_page(address: str | int) -> None:
    """Until somebody listens there: a daemon may do so a moment after its other sockets are there."""

    def is_served() -> bool:
        try:
            return request(address, "HEAD").status == 200
        except (ConnectionRefusedError, FileNotFoundError):
            return False

    wait_until(is_served, f"a page at {address}")


def scrape(address: str | int) -> Page:
    response = request(address)
    assert response.status == 200
    return Page(response.body)
