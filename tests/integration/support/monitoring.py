# SPDX-License-Identifier: MIT
"""What deploy/ and doc/ make of a daemon's page of metrics, and what Prometheus says of that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from .metrics import Page
from .tools import run

SOURCE = Path(__file__).resolve().parents[3]


class Monitoring:
    """Of `mapd`, `authd` or `policyd`."""

    def __init__(self, kind: str) -> None:
        self.job = f"extmail-{kind}"
        self.rules = SOURCE / f"deploy/prometheus/{self.job}.rules.yml"
        self._kind = kind
        self._dashboard = SOURCE / f"deploy/grafana/{self.job}.json"
        self._alert_tests = SOURCE / f"tests/prometheus/{self.job}.test.yml"
        self._name = re.compile(rf"\b(?:extmail_{kind}|process)_[a-z_]*…?")

    @property
    def alerts(self) -> list[str]:
        return re.findall(r"- alert: (\w+)", self.rules.read_text())

    def assert_names_are_there(self, page: Page) -> None:
        """The dashboard and the rules name what is on the page, which is all that there can be; the manual all of it."""
        names = set(page.types)
        dashboard = self._families("\n".join(self._queries()), page)
        rules = self._families(self.rules.read_text(), page)
        assert len(dashboard) > 20 and dashboard - names == set()
        assert len(rules) > 10 and rules - names == set()
        assert self._documented(page) == names

    def assert_prometheus_takes_page_and_rules(self, page: Page) -> None:
        checked = run(["promtool", "check", "metrics"], text=page.text)
        assert (checked.status, checked.all) == (0, "")
        checked = run(["promtool", "check", "rules", self.rules])
        assert checked.status == 0, checked.all

    def assert_prometheus_takes_what_the_dashboard_asks(self, folder: Path) -> None:
        asked = sorted({query for query in self._queries() if not query.startswith("label_values(")})
        assert len(asked) > 15
        rules = [
            {"record": f"asked:{number}", "expr": text.replace("$__rate_interval", "1m").replace("$instance", ".*")}
            for number, text in enumerate(asked)
        ]
        file = folder / "asked.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        checked = run(["promtool", "check", "rules", "--lint=none", file])
        assert checked.status == 0, checked.all

    def assert_alerts_fire_when_they_should(self) -> None:
        """Each of them in at least one of the cases."""
        tested = run(["promtool", "test", "rules", self._alert_tests])
        assert tested.status == 0, tested.all
        fired = set(re.findall(r'labels: .*alertname="(\w+)"', self._alert_tests.read_text()))
        assert fired == set(self.alerts)

    def _queries(self) -> Iterator[str]:
        """Everything in the dashboard that Prometheus is asked."""
        for text in _texts(json.loads(self._dashboard.read_text())):
            if text != "prometheus":  # the kind of the data source
                yield text

    def _families(self, text: str, page: Page) -> set[str]:
        return {page.family_of(name) for name in self._name.findall(text)}

    def _documented(self, page: Page) -> set[str]:
        """The manual of extmail-mapd has all names, that of another daemon `extmail_authd_cache_…` for those in it."""
        found: set[str] = set()
        shared = _manual("mapd")
        for name in self._name.findall(_manual(self._kind)):
            if not name.endswith("…"):
                found.add(name)
                continue
            meant = {family for family in page.types if family.startswith(name[:-1])}
            assert meant, f"{name} is nothing"
            for family in meant:
                assert re.search(rf"\b{family.replace(self._kind, 'mapd')}\b", shared), f"{family} is nowhere"
            found |= meant
        return found


def _manual(kind: str) -> str:
    return (SOURCE / f"doc/extmail-{kind}.8.scd").read_text().replace("\\_", "_")


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
