# SPDX-License-Identifier: MIT
"""A daemon whose page of metrics is looked at."""

from __future__ import annotations

from extmail_demo import wait_until

from .extra_daemon import ExtraDaemon
from .metrics import Page, await_page, scrape
from .ports import free_port


class WatchedDaemon:
    """Not started yet; its page is on a port of loopback."""

    def __init__(self, daemon: ExtraDaemon) -> None:
        self.daemon = daemon
        self.port = free_port()
        daemon.config += f'\n[{daemon.kind}.metrics]\naddress = "127.0.0.1:{self.port}"\n'

    def start(self) -> None:
        """Until it follows the change log, so that rows are kept."""
        self.daemon.start()
        await_page(self.port)
        self.await_value(f"extmail_{self.daemon.kind}_change_log_followed", 1)

    def page(self) -> Page:
        return scrape(self.port)

    def await_value(self, series: str, value: float) -> Page:
        page = self.page()

        def has_come() -> bool:
            nonlocal page
            page = self.page()
            return page[series] == value

        wait_until(has_come, f"{series} to be {value:g}", self.daemon.log.file)
        return page
