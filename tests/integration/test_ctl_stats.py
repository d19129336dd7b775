# SPDX-License-Identifier: MIT
"""extmailctl stats: the figures of daemons that run, of one that does not, and of one that shows none."""

from __future__ import annotations

import csv
import io
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.extmailctl import NOBODY_COULD_TELL, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.extra_daemon import ExtraDaemon
from support.metrics import await_page, scrape
from support.site import POSTMASTER, Site
from support.socketmap import Socketmap
from support.tools import run
from support.watched_daemon import WatchedDaemon

PAGE = (Path(__file__).resolve().parents[2] / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
# Of the manual, each with what it shows of it, if anything.
EXAMPLES = re.findall(r"^# (extmailctl (?:--csv )?stats.*)\n((?:[^`#].*\n)*)", PAGE, flags=re.MULTILINE)
LISTEN = '[[{kind}.listen]]\npath = "/run/x"\n'


@pytest.fixture
def ctl_with(site: Site, tmp_path: Path) -> Callable[[str], Extmailctl]:
    """extmailctl on a configuration of its own."""

    def make(text: str) -> Extmailctl:
        config = tmp_path / "extmail.toml"
        config.write_text(text)
        return Extmailctl(site, str(config))

    return make


@pytest.fixture
def mapd(extra_daemon: Callable[[str], ExtraDaemon]) -> WatchedDaemon:
    watched = WatchedDaemon(extra_daemon("mapd"))
    watched.start()
    with Socketmap(str(watched.daemon.socket)) as maps:
        for name in (POSTMASTER, POSTMASTER, "nobody@test.com"):
            maps.ask("virtual_mailbox_maps", name)
    return watched


@pytest.fixture
def authd(extra_daemon: Callable[[str], ExtraDaemon]) -> str:
    """With its figures on a unix socket, whose path this is."""
    daemon = extra_daemon("authd")
    path = daemon.folder / "metrics"
    daemon.config += f'\n[authd.metrics]\npath = "{path}"\nmode = "0600"\n'
    daemon.start()
    await_page(str(path))
    return str(path)


@pytest.fixture
def stranger() -> Iterator[tuple[int, list[bytes]]]:
    """A port where somebody else listens, and says what is in the list."""
    says: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:  # closed: the test is over
                    return
                with peer:
                    peer.recv(4096)
                    try:
                        peer.sendall(says[0])
                    except OSError:  # had enough of it
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], says
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def figures(text: str) -> dict[str, list[str]]:
    """Of the table for people; fields are two blanks apart."""
    rows = [[field.strip() for field in line.split("  ") if field.strip()] for line in text.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_figures_side_by_side(ctl_with: Callable[[str], Extmailctl], mapd: WatchedDaemon, authd: str) -> None:
    ctl = ctl_with(f'{mapd.daemon.config}\n{LISTEN.format(kind="authd")}[authd.metrics]\npath = "{authd}"\n')
    table = figures(ctl.ok("stats"))
    assert table["figure"] == ["mapd", "authd"]
    assert table["requests"] == ["3", "0"]
    assert table["of them failed"] == ["0", "0"]
    assert (table["found"], table["not found"]) == (["2", "-"], ["1", "-"])
    assert table["database"] == ["answers", "answers"]
    assert table["change log"][0].startswith("read ")
    assert table["logins"] == ["-", "0"]
    assert table["99 % answered within"][0].startswith("<= ")
    # Those that programs get are all that the page has.
    samples = ctl.data("stats", "mapd")
    assert {sample["daemon"] for sample in samples} == {"mapd"}
    assert len(samples) == len(scrape(mapd.port).series)
    found = {"map": "virtual_mailbox_maps", "outcome": "found"}
    assert [
        sample["value"]
        for sample in samples
        if (sample["metric"], sample["labels"]) == ("extmail_mapd_lookups_total", found)
    ] == [2]
    for command, shown in EXAMPLES:
        done = run(["bash", "-c", f'extmailctl() {{ {" ".join(ctl.command())} "$@"; }}; {command}'])
        assert not done.errors
        assert not shown or (command, done.output.replace("\r\n", "\n")) == (command, shown)
    rows = list(csv.DictReader(io.StringIO(ctl.ok("--csv", "stats", "mapd"))))
    assert [
        row["value"]
        for row in rows
        if (row["metric"], row["labels"])
        == ("extmail_mapd_lookups_total", 'map="virtual_mailbox_maps",outcome="not_found"')
    ] == ["1"]


def test_who_shows_none_is_named_with_what_to_write(ctl_with: Callable[[str], Extmailctl], authd: str) -> None:
    ctl = ctl_with(
        f'{LISTEN.format(kind="mapd")}{LISTEN.format(kind="authd")}[authd.metrics]\npath = "{authd}"\n'
    )
    done = ctl("stats")
    assert done.status == 0
    assert figures(done.output)["figure"] == ["authd"]
    assert "extmail-mapd shows no figures: add [mapd.metrics]" in done.errors
    assert "policyd" not in done.all  # it is not of this host
    for daemon, port in (("mapd", 9731), ("policyd", 9733)):
        done = ctl("stats", daemon)
        assert (done.status, done.output) == (WRONG_CONFIGURATION, "")
        assert f'[{daemon}.metrics] with address = "127.0.0.1:{port}"' in done.errors
        assert f"systemctl restart extmail-{daemon}" in done.errors
    done = ctl_with("")("stats")
    assert (done.status, done.output) == (WRONG_CONFIGURATION, "")
    assert "sets up none of mapd, authd and policyd; --config names the file that does" in done.errors
    done = ctl("stats", "cupsd")
    assert done.status == WRONG_USAGE
    done = ctl_with('[authd.metrics]\naddress = "x@evil.test/"\n')("stats")
    assert (done.status, "authd.metrics.address must be" in done.errors) == (WRONG_CONFIGURATION, True)


def test_who_does_not_answer_is_told_apart(ctl_with: Callable[[str], Extmailctl], mapd: WatchedDaemon) -> None:
    ctl = ctl_with(f'{mapd.daemon.config}\n[authd.metrics]\npath = "/nowhere/metrics"\n')
    done = ctl("stats")
    assert done.status == NOBODY_COULD_TELL
    assert figures(done.output)["figure"] == ["mapd"]
    assert "extmail-authd does not answer at /nowhere/metrics: " in done.errors
    mapd.daemon.stop()
    done = ctl("--json", "stats", "mapd")
    assert (done.status, done.output) == (NOBODY_COULD_TELL, "[]\n")
    assert f"extmail-mapd does not answer at 127.0.0.1:{mapd.port}: " in done.errors


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "does not answer"),
        (b"220 mail.example.com ESMTP\r\n", "does not answer"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP status 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nup 1\n", "does not answer"),
        (HEAD + b"<html>\n", "line 1 of the page is no metric"),
        (HEAD + b"up 1\n", "it is not extmail-policyd that listens there"),
        (HEAD + b"# x\n" * (5 << 18), "longer than any page"),
    ],
    ids=("silence", "smtp", "status", "cut", "html", "other-daemon", "endless"),
)
def test_somebody_else_listens_there(
    ctl_with: Callable[[str], Extmailctl], stranger: tuple[int, list[bytes]], said: bytes, why: str
) -> None:
    port, says = stranger
    says.append(said)
    done = ctl_with(f'[policyd.metrics]\naddress = "127.0.0.1:{port}"\n')("stats")
    assert (done.status, done.output) == (NOBODY_COULD_TELL, "")
    assert why in done.errors
