# SPDX-License-Identifier: MIT
"""Tests that every daemon's page of metrics has to pass: a test file derives classes of its own from these.

They need its fixtures `idle` and `watched`, a WatchedDaemon that is not started yet or is.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from .extra_daemon import ExtraDaemon
from .metrics import Page, await_page, request, scrape
from .monitoring import Monitoring
from .stream import Stream
from .tools import run
from .watched_daemon import WatchedDaemon


class ServedPageTests:
    def test_the_page_by_tcp(self, watched: WatchedDaemon) -> None:
        response = request(watched.port)
        assert response.status == 200
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response.headers["content-length"] == str(len(response.body.encode()))
        assert response.headers["connection"] == "close"
        version = run([watched.daemon.program, "--version"]).output.split()[1]
        page = Page(response.body)
        assert page[f'extmail_{watched.daemon.kind}_build_info{{version="{version}"}}'] == 1
        assert 0 < page["process_resident_memory_bytes"] < 1 << 30

    def test_the_page_by_a_unix_socket(self, idle: WatchedDaemon, extra_daemon: Callable[[str], ExtraDaemon]) -> None:
        daemon = extra_daemon(idle.daemon.kind)
        path = daemon.folder / "metrics"
        daemon.config += f'\n[{daemon.kind}.metrics]\npath = "{path}"\nmode = "0600"\n'
        daemon.start()
        await_page(str(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        self.look_at_plain(scrape(str(path)))
        assert daemon.stop() == 0
        assert not path.exists()

    def look_at_plain(self, page: Page) -> None:
        """The page of a daemon that has no settings of its own."""
        assert "_build_info{" in page.text

    def test_a_port_that_is_taken_is_said(
        self, watched: WatchedDaemon, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        second = extra_daemon(watched.daemon.kind)
        second.config += f'\n[{second.kind}.metrics]\naddress = "127.0.0.1:{watched.port}"\n'
        done = second.run()
        assert done.status == 1
        assert f"cannot_serve: cannot listen on 127.0.0.1:{watched.port}" in done.all


class ConnectionTests:
    def test_connections(self, idle: WatchedDaemon) -> None:
        daemon = idle.daemon
        daemon.change(f"[{daemon.kind}]\n", f"[{daemon.kind}]\nmax_connections = 2\n")
        idle.start()
        name = f"extmail_{daemon.kind}_connections"
        before = idle.await_value(name, 0)
        with Stream(str(daemon.socket)), Stream(str(daemon.socket)):
            idle.await_value(name, 2)
            with Stream(str(daemon.socket)) as refused:
                assert refused.receive_all() == b""
            page = idle.page()  # although no connection is left for others
        assert page[f"extmail_{daemon.kind}_max_connections"] == 2
        assert page[f"{name}_accepted_total"] == before[f"{name}_accepted_total"] + 2
        assert page[f"{name}_refused_total"] == 1
        idle.await_value(name, 0)


class MonitoringTests:
    made_of_it: Monitoring

    def test_the_dashboard_the_rules_and_the_manual_name_what_is_there(self, watched: WatchedDaemon) -> None:
        self.made_of_it.assert_names_are_there(watched.page())

    def test_prometheus_takes_page_and_rules(self, watched: WatchedDaemon) -> None:
        self.use(watched)
        self.made_of_it.assert_prometheus_takes_page_and_rules(watched.page())

    def use(self, watched: WatchedDaemon) -> None:
        """So that there is something on the page."""
        raise NotImplementedError

    def test_prometheus_takes_what_the_dashboard_asks(self, tmp_path: Path) -> None:
        self.made_of_it.assert_prometheus_takes_what_the_dashboard_asks(tmp_path)

    def test_the_alerts_fire_when_they_should(self) -> None:
        self.made_of_it.assert_alerts_fire_when_they_should()
