# SPDX-License-Identifier: MIT
"""extmail-authd's page of metrics: what is counted where, and what Prometheus makes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.auth_protocol import AuthClient, message
from support.extra_daemon import ExtraDaemon
from support.metrics import Page
from support.metrics_tests import ConnectionTests, MonitoringTests, ServedPageTests
from support.monitoring import Monitoring
from support.outages import Outage
from support.passwords import new_password
from support.prometheus import Prometheus
from support.site import Site
from support.watched_daemon import WatchedDaemon

DOMAIN = "authd-metrics.test"
SERVICES = ("imap", "pop3", "smtp", "submission", "sieve", "webmail", "lmtp", "lda", "doveadm", "other")
RESULTS = ("ok", "unknown", "mismatch", "denied", "temporary", "permanent", "throttled")


class Watched(WatchedDaemon):
    """An extmail-authd that has all there is to count."""

    def __init__(self, authd: ExtraDaemon) -> None:
        super().__init__(authd)
        authd.change("[authd]\n", '[authd]\nlast_login = true\nrehash = "sha512-crypt"\n')

    def client(self) -> AuthClient:
        return AuthClient.greeted(str(self.daemon.socket))

    def page_at_rest(self) -> Page:
        """The time of a hash is counted after its answer."""
        self.await_value("extmail_authd_hashes_waiting", 0)
        return self.page()


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


def new_address() -> str:
    return f"u{secrets.token_hex(4)}@{DOMAIN}"


@pytest.fixture
def user(accounts: Accounts) -> Mailbox:
    return accounts.mailbox(new_address())


@pytest.fixture
def idle(extra_daemon: Callable[[str], ExtraDaemon]) -> Watched:
    """Not started yet."""
    return Watched(extra_daemon("authd"))


@pytest.fixture
def watched(idle: Watched) -> Watched:
    idle.start()
    return idle


def requests(what: str, service: str, result: str) -> str:
    return f'extmail_authd_requests_total{{request="{what}",service="{service}",result="{result}"}}'


def durations(what: str) -> str:
    return f'extmail_authd_request_duration_seconds_count{{request="{what}"}}'


def counted(page: Page) -> dict[str, float]:
    """The requests that there were."""
    series = page.series_of("extmail_authd_requests_total")
    return {name: value for name, value in series.items() if value > 0}


class TestWhatIsServed(ServedPageTests):
    def look_at_plain(self, page: Page) -> None:
        assert page[requests("verify", "imap", "ok")] == 0
        # What is switched off has no numbers.
        assert "last_logins" not in page.text and "rehash" not in page.text


class TestWhatItShows(ConnectionTests):
    def test_all_series_are_there_from_the_start(self, watched: Watched) -> None:
        page = watched.page()
        expected = {
            requests(what, service, result): 0.0
            for what in ("verify", "credentials", "user", "list", "change-password")
            for service in (SERVICES if what != "list" else ("other",))
            for result in RESULTS
        }
        assert page.series_of("extmail_authd_requests_total") == expected
        for what in ("verify", "credentials", "user", "list", "change-password"):
            assert page[durations(what)] == 0

    def test_requests_by_service_and_result(self, watched: Watched, accounts: Accounts, user: Mailbox) -> None:
        no_imap = accounts.mailbox(new_address(), disableimap=1)
        damaged = accounts.mailbox(new_address(), stored="{NO-SCHEME}x")
        with watched.client() as client:
            assert client.verify(user.address, user.password).status == "ok"
            assert client.verify(user.address, user.password, "extmail").status == "ok"
            assert client.verify(user.address, new_password(), "pop3").status == "mismatch"
            assert client.verify(new_address(), new_password(), "smtp").status == "unknown"
            assert client.verify(no_imap.address, no_imap.password).status == "denied"
            assert client.verify(damaged.address, damaged.password, "submission").status == "permanent"
            assert client.user(user.address).status == "ok"
            assert client.credentials(user.address).status == "ok"
            assert user.address in client.names()
        page = watched.page_at_rest()
        lists = page[requests("list", "other", "ok")]
        assert lists >= 1
        assert counted(page) == {
            requests("verify", "imap", "ok"): 1,
            requests("verify", "webmail", "ok"): 1,
            requests("verify", "pop3", "mismatch"): 1,
            requests("verify", "smtp", "unknown"): 1,
            requests("verify", "imap", "denied"): 1,
            requests("verify", "submission", "permanent"): 1,
            requests("user", "lmtp", "ok"): 1,
            requests("credentials", "smtp", "ok"): 1,
            requests("list", "other", "ok"): lists,
        }
        assert (page[durations("verify")], page[durations("user")], page[durations("list")]) == (6, 1, lists)
        assert page["extmail_authd_remembered_logins_total"] == 1
        assert page["extmail_authd_hash_duration_seconds_count"] >= 3
        assert page["extmail_authd_cache_hits_total"] > 0
        assert 1 <= page["extmail_authd_database_queries_total"] <= page["extmail_authd_database_keys_total"]

    def test_hash_threads_are_those_of_the_configuration(self, idle: Watched) -> None:
        idle.daemon.change("[authd]\n", "[authd]\nhash_threads = 3\n")
        idle.start()
        assert idle.page()["extmail_authd_hash_threads"] == 3

    def test_nothing_that_a_peer_says_makes_a_series(self, watched: Watched, user: Mailbox) -> None:
        before = watched.page().series
        odd = [f"service{number}" for number in range(50)]
        odd += ["", "IMAP", 'x"} 1', "x\nextmail_authd_database_away 1", "中文", "x" * 100]
        with watched.client() as client:
            for service in odd:
                assert client.verify(new_address(), new_password(), service).status == "unknown"
                assert client.user(user.address, service).status == "ok"
                assert client.credentials(user.address, service, scheme=f"S{service}").status == "ok"
        page = watched.page()
        assert page.series == before
        assert page[requests("verify", "other", "unknown")] == len(odd)
        assert page[requests("user", "other", "ok")] == len(odd)
        assert page[requests("credentials", "other", "ok")] == len(odd)

    def test_guesses_delays_and_refusals(self, watched: Watched, user: Mailbox) -> None:
        guesses = 200
        with watched.client() as client:
            for number in range(guesses):
                fields = {"user": user.address, "password": f"guess{number}", "service": "imap", "remote": "203.0.113.7"}
                client.send(message("verify", 1000 + number, **fields))
            replies = [client.reply() for _ in range(guesses)]
            wrong = new_password()
            for _ in range(3):
                assert client.verify(user.address, wrong, "pop3", remote="198.51.100.7").status == "mismatch"
            assert client.verify(user.address, new_password(), "smtp").status == "mismatch"
        evaluated = sum(reply.status == "mismatch" for reply in replies)
        refused = sum("too many failed logins" in reply.reason for reply in replies)
        assert evaluated + refused == guesses and evaluated >= 5 and refused > 0
        page = watched.page()
        assert page[requests("verify", "imap", "throttled")] == refused
        assert page[requests("verify", "imap", "temporary")] == 0
        assert page["extmail_authd_throttle_refused_total"] == refused
        assert page["extmail_authd_throttle_failures_total"] == evaluated + 1
        assert page["extmail_authd_throttle_repeated_total"] == 2
        assert page["extmail_authd_throttle_uncounted_total"] == 1
        assert 0 < page["extmail_authd_throttle_delayed_total"] < evaluated
        assert page["extmail_authd_throttle_entries"] == 6  # of each place its address, its network, and the user there

    def test_what_is_written(self, watched: Watched, accounts: Accounts, site: Site, user: Mailbox) -> None:
        with watched.client() as client:
            assert client.verify(user.address, user.password, remote="192.0.2.1").status == "ok"
            page = watched.await_value("extmail_authd_rehash_failures_total", 1)  # without the right to
            assert page["extmail_authd_rehashed_total"] == 0
            with may_rehash(site):
                second = accounts.mailbox(new_address())
                assert client.verify(second.address, second.password).status == "ok"
                watched.await_value("extmail_authd_rehashed_total", 1)
        page = watched.await_value("extmail_authd_last_logins_written_total", 2)
        assert page["extmail_authd_rehash_skipped_total"] == 0
        assert page["extmail_authd_last_logins_waiting"] == 0
        assert page["extmail_authd_last_logins_lost_total"] == 0

    def test_a_reload_keeps_the_counts(self, watched: Watched, user: Mailbox) -> None:
        with watched.client() as client:
            assert client.verify(user.address, user.password).status == "ok"
            assert client.verify(user.address, new_password(), remote="192.0.2.1").status == "mismatch"
            before = watched.page_at_rest()
            watched.daemon.change("database_user", "database_connections = 2\ndatabase_user")
            watched.daemon.change("[authd]\n", '[authd]\nauthdaemond_paths = "stored"\n')
            watched.daemon.reload()
            watched.daemon.log.wait_for("reloaded")
            page = watched.await_value("extmail_authd_change_log_followed", 1)
            assert counted(page) == counted(before) != {}
            kept = ("throttle_failures_total", "cache_misses_total", "database_queries_total", "hash_duration_seconds_count")
            for name in kept:
                assert page[f"extmail_authd_{name}"] >= before[f"extmail_authd_{name}"] > 0
            assert client.verify(user.address, user.password).status == "ok"
        page = watched.page()
        assert page[requests("verify", "imap", "ok")] == 2
        assert page["extmail_authd_remembered_logins_total"] == 1
        assert page["process_start_time_seconds"] == before["process_start_time_seconds"]

    def test_a_database_that_goes_and_comes_back(self, watched: Watched, site: Site, user: Mailbox) -> None:
        host = f'{{host="unix:{site.env["MYSQL_SOCKET"]}"}}'
        with watched.client() as client:
            assert client.verify(user.address, user.password).status == "ok"
            assert watched.page()[f"extmail_authd_database_host_well{host}"] == 1
            outage = Outage(site.demo, "MariaDB stopped")
            try:
                away = watched.await_value("extmail_authd_database_away", 1)
                watched.await_value(f"extmail_authd_database_host_well{host}", 0)
                assert client.verify(new_address(), new_password(), "pop3").status == "temporary"

                def is_served_stale() -> bool:
                    """What was read last may still count as fresh for a moment."""
                    assert client.verify(user.address, user.password).status == "ok"
                    return watched.page()["extmail_authd_cache_stale_total"] > 0

                wait_until(is_served_stale, "stale rows", watched.daemon.log.file)
                page = watched.page()
                assert page[requests("verify", "pop3", "temporary")] == 1
                assert page[requests("verify", "imap", "ok")] >= 2
                age = "extmail_authd_database_last_answer_age_seconds"
                wait_until(lambda: watched.page()[age] > away[age], "time to go by", watched.daemon.log.file)
            finally:
                outage.end()
            watched.await_value("extmail_authd_database_away", 0)


@contextmanager
def may_rehash(site: Site) -> Iterator[None]:
    """As SET @authd_may_rehash = 1 does for sql/grants.sql."""
    right, account = "UPDATE (password) ON extmail.mailbox", "'extmail_authd'@'localhost'"
    assert not site.database().run(f"GRANT {right} TO {account}").error
    try:
        yield
    finally:
        assert not site.database().run(f"REVOKE {right} FROM {account}").error


class TestWhatIsMadeOfIt(MonitoringTests):
    made_of_it = Monitoring("authd")

    def use(self, watched: WatchedDaemon) -> None:
        with AuthClient.greeted(str(watched.daemon.socket)) as client:
            assert client.verify(new_address(), new_password()).status == "unknown"

    def test_the_first_row_that_cannot_be_used_is_an_alert(
        self, watched: Watched, accounts: Accounts, prometheus: Callable[[Monitoring], Prometheus]
    ) -> None:
        damaged = accounts.mailbox(new_address(), stored="{NO-SCHEME}x")
        server = prometheus(self.made_of_it)
        server.start(self.made_of_it.job, watched.port)
        series = requests("verify", "pop3", "permanent")
        wait_until(lambda: server.query(f"{series} == 0"), "a first look at the page", server.log)
        assert [result["metric"]["job"] for result in server.query("up == 1")] == [self.made_of_it.job]
        server.await_alerts(self.made_of_it.alerts)
        assert server.firing() == set()
        with watched.client() as client:
            assert client.verify(damaged.address, damaged.password, "pop3").status == "permanent"
        wait_until(server.firing, "an alert", server.log)
        assert server.firing() == {"ExtmailAuthdAccountsUnusable"}
