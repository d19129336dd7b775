# SPDX-License-Identifier: MIT
"""A private Postfix on loopback: the snippets of deploy/postfix on top of what Debian ships, smtpd chrooted.

Its SASL library finds our plugin and smtpd.conf through the environment and main.cf, not by installing them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .layout import Layout, make_directory, write_file
from .ports import LOOPBACK, Ports, accepts
from .process import Service
from .tools import run_tool

DEBIAN_MASTER_CF = Path("/usr/share/postfix/master.cf.dist")


class Postfix(Service):
    def __init__(self, layout: Layout, ports: Ports) -> None:
        super().__init__(layout, "postfix")
        self.config = layout.etc / "postfix"
        self.sasl_config = self.config / "sasl"
        self.sasl_plugins = layout.modules / "sasl2"
        self._ports = ports

    @property
    def sasl_path(self) -> str:
        libraries = run_tool("pkg-config", "--variable=libdir", "libsasl2").strip()
        return f"{self.sasl_plugins}:{libraries}/sasl2"

    def install_plugin(self, plugin: Path) -> None:
        make_directory(self.sasl_plugins)
        shutil.copy(plugin, self.sasl_plugins)

    def prepare(self) -> None:
        make_directory(self.config)
        write_file(self.sasl_config / "smtpd.conf", self.layout.shipped("sasl/smtpd.conf"))
        write_file(self.config / "main.cf", self.layout.shipped("postfix/main.cf"))
        self._postconf("-e", *(f"{name}={value}" for name, value in self._private_settings().items()))
        self._write_master_cf()
        self._postfix("check")  # makes the queue directories, where Dovecot wants to put a socket

    def _private_settings(self) -> dict[str, str]:
        imported = run_tool("postconf", "-d", "-h", "import_environment").strip()
        return {
            "compatibility_level": "3.6",
            # Everything in the demo's directory, nothing to or from the world.
            "queue_directory": str(self.layout.spool),
            "data_directory": str(self.layout.root / "postfix"),
            "maillog_file": str(self.log_file),
            "maillog_file_prefixes": str(self.layout.log),
            "import_environment": f"{imported} SASL_PATH={self.sasl_path}",
            "inet_interfaces": LOOPBACK,
            "inet_protocols": "ipv4",
            "default_transport": "error:5.1.2 the demo sends no mail to the outside",
            "local_transport": "error:5.1.1 the demo has no local users",
            "disable_dns_lookups": "yes",
            "smtpd_peername_lookup": "no",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            # Every client comes from loopback, and is a stranger all the same: it must log in to relay.
            "myhostname": "mail.demo.test",
            "mydestination": "",
            "mynetworks": "",
            "smtpd_tls_auth_only": "no",  # there is no certificate
            # Mail that could not be delivered is tried again at once, and tests are not slowed down.
            "queue_run_delay": "1s",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "3s",
            "transport_retry_time": "1s",
            "smtpd_error_sleep_time": "0s",
            "smtpd_hard_error_limit": "1000",
            "smtpd_client_event_limit_exceptions": f"{LOOPBACK}/32",
        }

    def _write_master_cf(self) -> None:
        submission = f"{LOOPBACK}:{self._ports.submission}"
        snippet = self.layout.shipped("postfix/master.cf").replace("submission inet", f"{submission} inet")
        write_file(self.config / "master.cf", f"{DEBIAN_MASTER_CF.read_text()}\n{snippet}")
        smtp = f"{LOOPBACK}:{self._ports.smtp}"
        self._postconf("-MX", "smtp/inet")
        self._postconf("-M", f"{smtp}/inet={smtp} inet n - y - - smtpd")
        self._postconf("-P", f"{submission}/inet/smtpd_tls_security_level=none")

    def before_start(self) -> None:
        self._postfix("check")

    def command(self) -> list[str]:
        """What `postfix start` comes down to."""
        programs = run_tool("postconf", "-d", "-h", "daemon_directory").strip()
        return [f"{programs}/master", "-c", str(self.config)]

    def is_ready(self) -> bool:
        return all(accepts((LOOPBACK, port)) for port in (self._ports.smtp, self._ports.submission))

    def _postfix(self, *command: str) -> None:
        run_tool("postfix", "-c", str(self.config), *command)

    def _postconf(self, *command: str) -> None:
        run_tool("postconf", "-c", str(self.config), *command)
