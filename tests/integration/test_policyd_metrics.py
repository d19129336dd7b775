# SPDX-License-Identifier: MIT
"""extmail-policyd's page of metrics, and what Prometheus makes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from extmail_demo import wait_until
from support.extra_daemon import ExtraDaemon
from support.metrics import Page
from support.metrics_tests import ConnectionTests, MonitoringTests, ServedPageTests
from support.monitoring import Monitoring
from support.policy import PolicyClient
from support.prometheus import Prometheus
from support.watched_daemon import WatchedDaemon

RULES = """
[policyd.state]
backend = "memory"

[policyd.greylist]
enabled = true

[policyd.containment]
enabled = true
slow_recipients = 1
hold_recipients = 2

[policyd.decisions]
enabled = true

[[policyd.limit]]
name = "small"
per = "sender"
count = "messages"
limit = 1
"""


class Watched(WatchedDaemon):
    """An extmail-policyd that has all there is to count."""

    def __init__(self, policyd: ExtraDaemon) -> None:
        super().__init__(policyd)
        policyd.config += RULES

    def client(self) -> PolicyClient:
        return PolicyClient(str(self.daemon.socket))


@pytest.fixture
def idle(extra_daemon: Callable[[str], ExtraDaemon]) -> Watched:
    """Not started yet."""
    return Watched(extra_daemon("policyd"))


@pytest.fixture
def watched(idle: Watched) -> Watched:
    idle.start()
    return idle


class TestWhatIsServed(ServedPageTests):
    def look_at_plain(self, page: Page) -> None:
        assert page['extmail_policyd_requests_total{stage="rcpt"}'] == 0
        # What is switched off has no numbers.
        assert "decisions_waiting" not in page.text and "greylist_total" not in page.text


class TestWhatItShows(ConnectionTests):
    def test_decisions(self, watched: Watched) -> None:
        client = {"sender": "sender@metrics-policy.example", "sasl_username": "u@metrics-policy.example"}
        with watched.client() as policy:
            assert policy.ask(instance="m.1", **client) == "DUNNO"
            assert policy.ask(instance="m.1", protocol_state="END-OF-MESSAGE", recipient_count="1", **client) == "DUNNO"
            assert policy.ask(instance="m.2", **client).startswith("450 4.7.1 limit small is reached")
        page = watched.await_value("extmail_policyd_decisions_written_total", 1)
        assert page['extmail_policyd_decisions_total{rule="limits",action="defer",mode="enforce"}'] == 1
        assert page['extmail_policyd_limit_reached_total{limit="small"}'] == 1
        assert page['extmail_policyd_requests_total{stage="rcpt"}'] == 2
        assert page["extmail_policyd_decisions_waiting"] == 0


class TestWhatIsMadeOfIt(MonitoringTests):
    made_of_it = Monitoring("policyd")

    def use(self, watched: WatchedDaemon) -> None:
        with PolicyClient(str(watched.daemon.socket)) as policy:
            assert policy.ask(client_address="") == "DUNNO"

    def test_a_login_that_is_held_is_an_alert(
        self, watched: Watched, prometheus: Callable[[Monitoring], Prometheus]
    ) -> None:
        server = prometheus(self.made_of_it)
        server.start(self.made_of_it.job, watched.port)
        wait_until(lambda: server.query("extmail_policyd_logins_held_total == 0"), "a first look at the page", server.log)
        server.await_alerts(self.made_of_it.alerts)
        assert server.firing() == set()
        with watched.client() as policy:
            for number in range(4):
                sender = {"sender": "", "sasl_username": "stolen@metrics-policy.example"}
                policy.ask(instance=f"h.{number}", recipient=f"r{number}@example.org", **sender)
        wait_until(server.firing, "an alert", server.log)
        assert server.firing() == {"ExtmailPolicydLoginHeld"}
