# SPDX-License-Identifier: MIT
"""extmail-mapd's page of metrics: by HTTP over TCP and a unix socket, in good and in bad times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.extra_daemon import ExtraDaemon
from support.metrics import request
from support.metrics_tests import ConnectionTests, MonitoringTests, ServedPageTests
from support.monitoring import Monitoring
from support.outages import Outage
from support.ports import free_port
from support.prometheus import Prometheus
from support.site import POSTMASTER, Site
from support.socketmap import Socketmap
from support.stream import Stream
from support.watched_daemon import WatchedDaemon

ALIAS = "support@test.com"
MAX_PEERS = 16  # daemon/metrics_protocol.hpp
MAX_HEAD = 8192  # wire/http.hpp
MAX_SECONDS = 10  # for a request


class Watched(WatchedDaemon):
    """An extmail-mapd with a page of metrics."""

    def maps(self) -> Socketmap:
        return Socketmap(str(self.daemon.socket))


@pytest.fixture
def idle(extra_daemon: Callable[[str], ExtraDaemon]) -> Watched:
    """Not started yet."""
    return Watched(extra_daemon("mapd"))


@pytest.fixture
def watched(idle: Watched) -> Watched:
    idle.start()
    return idle


def listening_ports(pid: int) -> set[int]:
    """The TCP ports at which a process listens."""
    links = [link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {name.removeprefix("socket:[").removesuffix("]") for name in links if name.startswith("socket:[")}
    tables = [Path(f"/proc/{pid}/net/{version}").read_text() for version in ("tcp", "tcp6")]
    lines = [line.split() for line in "".join(tables).splitlines()]
    return {int(line[1].split(":")[1], 16) for line in lines if line[3] == "0A" and line[9] in inodes}


def lookups(name: str, outcome: str) -> str:
    return f'extmail_mapd_lookups_total{{map="{name}",outcome="{outcome}"}}'


def durations(answered_from: str) -> str:
    return f'extmail_mapd_lookup_duration_seconds_count{{from="{answered_from}"}}'


class TestWhatIsServed(ServedPageTests):
    def test_the_page_tells_of_the_process(self, watched: Watched) -> None:
        page = watched.page()
        assert 3 < page["process_open_fds"] < page["process_max_fds"]
        assert abs(page["process_start_time_seconds"] - time.time()) < 600
        assert page["process_cpu_seconds_total"] > 0

    def test_head_has_the_length_and_no_page(self, watched: Watched) -> None:
        response = request(watched.port, "HEAD")
        assert (response.status, response.body) == (200, "")
        assert abs(int(response.headers["content-length"]) - len(watched.page().text)) < 1000

    def test_there_is_no_port_where_none_is_configured(
        self, watched: Watched, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        assert listening_ports(watched.daemon.pid) == {watched.port}
        mapd = extra_daemon("mapd")
        mapd.start()
        mapd.log.wait_for("ready:")
        assert listening_ports(mapd.pid) == set()

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", 200),
            (b"GET /metrics HTTP/1.0\n\n", 200),
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
            (b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
            (b"GET /metrics\r\n\r\n", 400),
            (b"get virtual_alias_maps\n\n", 400),
            (b"PRI * HTTP/2.0\r\n\r\n", 400),
            (b"\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00", 400),
            (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * MAX_HEAD, 400),
        ],
    )
    def test_every_request_has_its_answer(self, watched: Watched, sent: bytes, status: int) -> None:
        with Stream(watched.port) as peer:
            peer.send(sent)
            head, _, body = peer.receive_all().partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0].startswith(f"HTTP/1.1 {status} ")
        assert f"Content-Length: {len(body)}" in lines
        assert ("Allow: GET, HEAD" in lines) == (status == 405)
        assert watched.page()["extmail_mapd_database_away"] == 0

    def test_a_request_may_come_in_pieces(self, watched: Watched) -> None:
        with Stream(watched.port) as peer:
            for octet in b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n":
                peer.send(bytes([octet]))
            assert peer.receive_all().startswith(b"HTTP/1.1 200 OK\r\n")

    def test_one_answer_to_a_connection(self, watched: Watched) -> None:
        with Stream(watched.port) as peer:
            peer.send(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
            assert peer.receive_all().count(b"HTTP/1.1 200 OK") == 1


class TestWhatItShows(ConnectionTests):
    def test_lookups_by_map_and_outcome(self, watched: Watched) -> None:
        before = watched.page()
        with watched.maps() as maps:
            assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
            cold = watched.page()
            for _ in range(3):
                assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
            assert maps.ask("virtual_mailbox_domains", "elsewhere.test").startswith("NOTFOUND")
            assert maps.ask("no_such_map", ALIAS).startswith("PERM")
            page = watched.page()
        assert before[lookups("virtual_alias_maps", "found")] == 0
        assert cold[durations("database")] == 1
        assert page[lookups("virtual_alias_maps", "found")] == 4
        assert page[lookups("virtual_mailbox_domains", "not_found")] == 1
        assert page[lookups("unknown", "permanent_failure")] == 1
        assert page[durations("memory")] == 4 and page[durations("database")] == 2
        assert page["extmail_mapd_cache_hits_total"] > cold["extmail_mapd_cache_hits_total"]
        assert cold["extmail_mapd_cache_misses_total"] > before["extmail_mapd_cache_misses_total"]
        assert page["extmail_mapd_cache_entries"] > 0
        assert 0 < page["extmail_mapd_cache_bytes"] <= page["extmail_mapd_cache_max_bytes"] == 128 << 20
        assert 1 <= page["extmail_mapd_database_queries_total"] <= page["extmail_mapd_database_keys_total"]
        assert page["extmail_mapd_cache_max_stale_seconds"] == 3600

    def test_names_of_peers_make_no_series(self, watched: Watched) -> None:
        before = len(watched.page().series_of("extmail_mapd_lookups_total"))
        with watched.maps() as maps:
            for number in range(100):
                assert maps.ask(f"map{number}", ALIAS).startswith("PERM")
        page = watched.page()
        assert len(page.series_of("extmail_mapd_lookups_total")) == before == (12 + 1) * 4
        assert page[lookups("unknown", "permanent_failure")] == 100

    def test_changes_in_the_database(self, watched: Watched, site: Site) -> None:
        watched.daemon.log.wait_for("change_log_followed: ")
        before = watched.page()["extmail_mapd_change_log_changes_total"]
        site.demo.sql("UPDATE mailbox SET quota = quota + 1 WHERE username = ?", POSTMASTER)
        changes = "extmail_mapd_change_log_changes_total"
        wait_until(lambda: watched.page()[changes] > before, "the change", watched.daemon.log.file)
        page = watched.page()
        assert page["extmail_mapd_change_log_newest_id"] > 0
        assert page["extmail_mapd_change_log_gaps"] >= 0
        assert 0 <= page["extmail_mapd_change_log_lag_seconds"] < 60

    def test_a_database_that_goes_and_comes_back(self, watched: Watched, site: Site) -> None:
        host = f'{{host="unix:{site.env["MYSQL_SOCKET"]}"}}'
        well, active = f"extmail_mapd_database_host_well{host}", f"extmail_mapd_database_host_active{host}"
        with watched.maps() as maps:
            assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
            page = watched.page()
            assert (page["extmail_mapd_database_away"], page[well], page[active]) == (0, 1, 1)
            outage = Outage(site.demo, "MariaDB stopped")
            try:
                away = watched.await_value("extmail_mapd_database_away", 1)
                watched.await_value(well, 0)
                assert maps.ask("virtual_alias_maps", "cold@elsewhere.test").startswith("TEMP")

                def is_served_stale() -> bool:
                    """What was read last may still count as fresh for a moment."""
                    assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
                    return watched.page()["extmail_mapd_cache_stale_total"] > 0

                wait_until(is_served_stale, "stale rows", watched.daemon.log.file)
                page = watched.page()
                assert page[lookups("virtual_alias_maps", "temporary_failure")] == 1
                assert page["extmail_mapd_database_query_failures_total"] > 0
                assert page[f"extmail_mapd_database_host_failures_total{host}"] > 0
                age = "extmail_mapd_database_last_answer_age_seconds"
                wait_until(lambda: watched.page()[age] > away[age], "time to go by", watched.daemon.log.file)
                assert watched.page()["extmail_mapd_change_log_lag_seconds"] > 0
            finally:
                outage.end()
            watched.await_value("extmail_mapd_database_away", 0)
            watched.await_value(well, 1)

    def test_the_servers_of_the_configuration_and_those_after_a_reload(self, idle: Watched, site: Site) -> None:
        nobody = f"tcp:127.0.0.1:{free_port()}"
        idle.daemon.change('hosts = ["', f'hosts = ["{nobody}", "')
        idle.start()
        page = idle.await_value(f'extmail_mapd_database_host_well{{host="{nobody}"}}', 0)
        assert page[f'extmail_mapd_database_host_active{{host="{nobody}"}}'] == 0
        assert len(page.series_of("extmail_mapd_database_host_active")) == 2
        idle.daemon.change(f'"{nobody}", ', "")
        idle.daemon.reload()
        active = f'extmail_mapd_database_host_active{{host="unix:{site.env["MYSQL_SOCKET"]}"}}'
        wait_until(
            lambda: idle.page().series_of("extmail_mapd_database_host_active") == {active: 1.0},
            "the other servers",
            idle.daemon.log.file,
        )


class TestInBadCompany:
    def test_scrapes_under_load_disturb_nobody_and_count_right(self, watched: Watched) -> None:
        clients, each, scrapers = 4, 2000, 3
        failures: list[BaseException] = []
        finished = threading.Event()

        def guarded(work: Callable[[], None]) -> Callable[[], None]:
            def run_it() -> None:
                try:
                    work()
                except BaseException as error:  # noqa: BLE001, the test fails of it
                    failures.append(error)

            return run_it

        def ask() -> None:
            with watched.maps() as maps:
                for _ in range(each):
                    assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"

        def look() -> None:
            last = 0.0
            while not finished.is_set():
                now = watched.page()[lookups("virtual_alias_maps", "found")]
                assert now >= last
                last = now

        askers = [threading.Thread(target=guarded(ask)) for _ in range(clients)]
        lookers = [threading.Thread(target=guarded(look)) for _ in range(scrapers)]
        for thread in (*askers, *lookers):
            thread.start()
        for thread in askers:
            thread.join()
        finished.set()
        for thread in lookers:
            thread.join()
        assert failures == []
        page = watched.page()
        assert page[lookups("virtual_alias_maps", "found")] == clients * each
        assert page[durations("memory")] + page[durations("database")] == clients * each

    def test_silent_and_slow_peers_are_cut_off_and_take_no_lookup_away(self, watched: Watched) -> None:
        began = time.monotonic()
        peers = [Stream(watched.port, timeout=60) for _ in range(MAX_PEERS)]
        try:
            for peer in peers[: MAX_PEERS // 2]:
                peer.send(b"GET /metrics HTTP/1.1\r\n")
            with Stream(watched.port) as further:
                assert further.receive_all() == b""
            with watched.maps() as maps:
                assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"
            for peer in peers:
                assert peer.receive_all() == b""
        finally:
            for peer in peers:
                peer.close()
        assert time.monotonic() - began > MAX_SECONDS - 1
        log = watched.daemon.log
        log.wait_for("too_many_connections: closing new connections: all 16 for metrics are in use")
        log.wait_for("peer_too_slow: metrics peer 127.0.0.1 port")
        assert watched.page()["extmail_mapd_connections_refused_total"] == 0

    def test_a_peer_that_goes_before_its_answer_harms_nobody(self, watched: Watched) -> None:
        with Stream(watched.port) as peer:
            peer.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert watched.page()["extmail_mapd_database_away"] == 0

    def test_no_numbers_for_other_hosts_unless_said(self, extra_daemon: Callable[[str], ExtraDaemon]) -> None:
        mapd = extra_daemon("mapd")
        mapd.config += '\n[mapd.metrics]\naddress = "0.0.0.0:9731"\n'
        done = mapd.run("--check-config")
        assert done.status == 78
        assert "mapd.metrics.address 0.0.0.0:9731 can be reached from other hosts" in done.all
        mapd.config += "allow_remote = true\n"
        assert mapd.run("--check-config").status == 0


class TestWhatIsMadeOfIt(MonitoringTests):
    made_of_it = Monitoring("mapd")

    def use(self, watched: WatchedDaemon) -> None:
        with Socketmap(str(watched.daemon.socket)) as maps:
            assert maps.ask("virtual_alias_maps", ALIAS) == f"OK {POSTMASTER}"

    def test_prometheus_itself_reads_page_and_rules(
        self, watched: Watched, prometheus: Callable[[Monitoring], Prometheus]
    ) -> None:
        self.use(watched)
        server = prometheus(self.made_of_it)
        server.start(self.made_of_it.job, watched.port)
        found = f'{lookups("virtual_alias_maps", "found")} == 1'
        wait_until(lambda: server.query(found), "the lookup in Prometheus", server.log)
        assert [result["metric"]["job"] for result in server.query("up == 1")] == [self.made_of_it.job]
        server.await_alerts(self.made_of_it.alerts)
