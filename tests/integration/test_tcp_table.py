# SPDX-License-Identifier: MIT
"""extmail-mapd's tcp_table listeners: through Postfix's own client, and on the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.extra_daemon import ExtraDaemon
from support.outages import Outage
from support.ports import free_port
from support.site import POSTMASTER, Site
from support.stream import Stream
from support.tools import Done, run

ALIAS = "support@test.com"
MAX_REQUEST = 16384  # wire/tcp_table.hpp
MAX_REPLY = 4096


class Tables:
    """An extmail-mapd with two maps on a port each."""

    def __init__(self, site: Site, mapd: ExtraDaemon) -> None:
        self.site = site
        self.mapd = mapd
        self.ports = {name: free_port() for name in ("virtual_alias_maps", "recipient_access")}
        for name, port in self.ports.items():
            mapd.config += f'\n[[mapd.listen]]\nprotocol = "tcp_table"\nmap = "{name}"\naddress = "127.0.0.1:{port}"\n'
        mapd.start()

    def postmap(self, name: str, key: str) -> Done:
        config = self.site.env["POSTFIX_CONFIG"]
        return run(["postmap", "-c", config, "-q", key, f"tcp:127.0.0.1:{self.ports[name]}"])

    def connect(self) -> Stream:
        return Stream(self.ports["virtual_alias_maps"])


@pytest.fixture
def tables(site: Site, extra_daemon: Callable[[str], ExtraDaemon]) -> Tables:
    return Tables(site, extra_daemon("mapd"))


def ask(connection: Stream, line: str | bytes) -> bytes:
    connection.send((line if isinstance(line, bytes) else line.encode()) + b"\n")
    return connection.receive_until(b"\n")


def test_postfix_finds_what_is_there(tables: Tables, accounts: Accounts) -> None:
    accounts.domain("tcp.test")
    accounts.mailbox("gone@tcp.test", active=0)
    accounts.alias("odd@tcp.test", '"a b%c"@tcp.test')
    assert tables.postmap("virtual_alias_maps", ALIAS).output == f"{POSTMASTER}\n"
    assert tables.postmap("virtual_alias_maps", "support+x@test.com").output == "postmaster+x@test.com\n"
    refusal = tables.postmap("recipient_access", "gone@tcp.test").output
    assert refusal == "550 5.2.1 the mailbox is inactive, it does not accept mail\n"
    missing = tables.postmap("virtual_alias_maps", "nobody@elsewhere.test")
    assert (missing.status, missing.all) == (1, "")


def test_a_database_fault_is_400_and_never_500(tables: Tables) -> None:
    outage = Outage(tables.site.demo, "MariaDB killed")
    try:
        with tables.connect() as connection:
            assert ask(connection, "get cold@test.com").startswith(b"400 ")
            assert ask(connection, "get cold@elsewhere.test").startswith(b"400 ")
    finally:
        outage.end()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("get nobody@elsewhere.test", b"500"),
        ("get ", b"500"),
        ("get *", b"500"),
        ("get a%20b@test.com", b"500"),
        ("get %", b"400"),
        ("get %4", b"400"),
        ("get %zz@test.com", b"400"),
        ("put a@test.com b", b"500"),
        ("GET a@test.com", b"500"),
        ("", b"500"),
        (b"get \xff\xfe@test.com", b"500"),
        (b"get \0@test.com", b"500"),
    ],
)
def test_every_line_has_its_answer(tables: Tables, line: str | bytes, code: bytes) -> None:
    with tables.connect() as connection:
        assert ask(connection, line)[:4] == code + b" "
        assert ask(connection, f"get {ALIAS}") == b"200 postmaster@test.com\n"


def test_requests_may_come_in_pieces_and_together(tables: Tables) -> None:
    with tables.connect() as connection:
        for octet in f"get {ALIAS}\r\n".encode():
            connection.send(bytes([octet]))
        assert connection.receive_until(b"\n") == b"200 postmaster@test.com\n"
        connection.send(f"get {ALIAS}\n".encode() * 20)
        for _ in range(20):
            assert connection.receive_until(b"\n") == b"200 postmaster@test.com\n"


def test_a_line_without_end_is_cut_off(tables: Tables) -> None:
    with tables.connect() as connection:
        connection.send(b"get " + b"x" * (MAX_REQUEST - 4))
        assert connection.receive_all() == b"400 request%20too%20long\n"
    wait_until(lambda: "protocol_error: tcp_table peer 127.0.0.1 port" in tables.mapd.log.text, "the complaint")


def test_a_result_too_long_for_postfix_is_400(tables: Tables, accounts: Accounts) -> None:
    accounts.domain("tcp-long.test")
    fits = ",".join(["a" * 90 + "@tcp-long.test"] * 38)
    accounts.alias("fits@tcp-long.test", fits)
    accounts.alias("long@tcp-long.test", fits + "," + fits)
    with tables.connect() as connection:
        assert len(ask(connection, "get fits@tcp-long.test")) <= MAX_REPLY
        assert ask(connection, "get long@tcp-long.test").startswith(b"400 the%20answer%20is%20over%204096%20bytes")
    assert tables.postmap("virtual_alias_maps", "fits@tcp-long.test").output == fits + "\n"


@pytest.mark.parametrize(
    ("listener", "complaint"),
    [
        ('map = "virtual_alias_maps"\naddress = "0.0.0.0:10028"', "can be reached from other hosts"),
        ('map = "virtual_alias_maps"\naddress = "localhost:10028"', "must be an IP address and a port"),
        ('map = "aliases"\naddress = "127.0.0.1:10028"', "names an unknown map, aliases; known are"),
        ('address = "127.0.0.1:10028"', "mapd.listen.map is missing"),
    ],
)
def test_a_wrong_listener_is_named(extra_daemon: Callable[[str], ExtraDaemon], listener: str, complaint: str) -> None:
    mapd = extra_daemon("mapd")
    mapd.config += f'\n[[mapd.listen]]\nprotocol = "tcp_table"\n{listener}\n'
    done = mapd.run("--check-config")
    assert done.status == 78
    assert complaint in done.all


def test_only_those_who_say_so_serve_other_hosts(extra_daemon: Callable[[str], ExtraDaemon]) -> None:
    mapd = extra_daemon("mapd")
    mapd.config += (
        '\n[[mapd.listen]]\nprotocol = "tcp_table"\nmap = "virtual_alias_maps"\n'
        'address = "0.0.0.0:10028"\nallow_remote = true\n'
    )
    assert mapd.run("--check-config").status == 0
