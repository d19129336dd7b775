# SPDX-License-Identifier: MIT
"""Debian's Prometheus, on loopback."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

from extmail_demo import wait_until

from .metrics import request
from .ports import free_port

START_SECONDS = 60


class Prometheus:
    """With one target and a file of rules. close() ends it; what it wrote is in the folder."""

    def __init__(self, folder: Path, rules: Path) -> None:
        self._folder = folder
        self._rules = rules
        self._port = free_port()
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, job: str, port: int) -> None:
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(self._rules)],
            "scrape_configs": [{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
        }
        file = self._folder / "prometheus.yml"
        file.write_text(json.dumps(configuration))  # JSON is YAML
        command = [
            "prometheus",
            f"--config.file={file}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        wait_until(self._is_ready, "Prometheus to be ready", self.log, timeout=START_SECONDS)

    def get(self, path: str) -> Any:
        """The data of an answer of its API."""
        response = request(self._port, target=f"/api/v1/{path}")
        assert response.status == 200, response.body
        return json.loads(response.body)["data"]

    def query(self, expression: str) -> Any:
        return self.get("query?query=" + urllib.parse.quote(expression))["result"]

    def await_alerts(self, names: list[str]) -> None:
        """Until it has tried these, which must be all: each can be evaluated, and says what is to be done."""

        def were_tried() -> bool:
            rules = self.get("rules")["groups"][0]["rules"]
            assert [rule["name"] for rule in rules] == names
            assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)
            return all(rule["health"] == "ok" for rule in rules)

        wait_until(were_tried, "every rule to be tried", self.log)

    def firing(self) -> set[str]:
        """The alerts that fire now, by name."""
        return {alert["labels"]["alertname"] for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"}

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _is_ready(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log.read_text()
        try:
            return request(self._port, target="/-/ready").status == 200
        except ConnectionError:
            return False
