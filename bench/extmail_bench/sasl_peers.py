# SPDX-License-Identifier: MIT
"""Cyrus SASL with our plugin, and with its own sql plugin, in a library's and in a real smtpd's hands."""

from __future__ import annotations

from dataclasses import dataclass

from extmail_demo import Demo
from extmail_demo.layout import write_file
from extmail_demo.ports import LOOPBACK, accepts, reserved_ports
from extmail_demo.tools import run_tool
from extmail_demo.waiting import wait_until

# As its manual has it. It knows the server by host name only, so the socket is told in the environment.
_SQL = """\
pwcheck_method: auxprop
auxprop_plugin: sql
mech_list: PLAIN LOGIN CRAM-MD5
sql_engine: mysql
sql_hostnames: localhost
sql_user: extmail
sql_passwd: extmail
sql_database: extmail
sql_select: SELECT clearpwd FROM mailbox WHERE username = '%u@%r' AND active = 1
"""

_SETTINGS = {
    # Its clients come from all of 127.0.0.0/8, and are not to be counted.
    "smtpd_client_event_limit_exceptions": "127.0.0.0/8",
    "smtpd_client_connection_count_limit": "0",
}


@dataclass(frozen=True)
class Peer:
    title: str
    program: str  # the name of its configuration, before .conf
    port: int  # of an smtpd that uses it


class SaslPeers:
    """The demo's Postfix with an smtpd for each; all find the same plugins, those of the system and ours.

    They run without chroot, because the sql plugin finds its server outside.
    """

    ours: Peer
    sql: Peer

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._postfix = demo.postfix
        write_file(self._postfix.sasl_config / "sql.conf", _SQL)
        self._postfix.stop()
        with reserved_ports() as ports:
            self.ours = Peer("extmail", "smtpd", ports.smtp)
            self.sql = Peer("Cyrus sql", "sql", ports.submission)
            self._configure()
            self._postfix.start()
            for peer in (self.ours, self.sql):
                address = (LOOPBACK, peer.port)
                wait_until(lambda at=address: accepts(at), f"smtpd of {peer.title}", self._postfix.log_file)

    @property
    def environment(self) -> dict[str, str]:
        """Of a program that uses libsasl2 itself."""
        return {
            "SASL_PATH": self._postfix.sasl_path,
            "SASL_CONF_PATH": str(self._postfix.sasl_config),
            **self._database,
        }

    @property
    def _database(self) -> dict[str, str]:
        return {"MYSQL_UNIX_PORT": str(self._demo.layout.mysql_socket)}

    def _configure(self) -> None:
        imported = self._postconf("-h", "import_environment").strip()
        imported += "".join(f" {name}={value}" for name, value in self._database.items())
        settings = {**_SETTINGS, "import_environment": imported}
        self._postconf("-e", *(f"{name}={value}" for name, value in settings.items()))
        for peer in (self.ours, self.sql):
            service = f"{LOOPBACK}:{peer.port}"
            self._postconf("-M", f"{service}/inet={service} inet n - n - - smtpd")
            options = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_path": peer.program}
            self._postconf("-P", *(f"{service}/inet/{name}={value}" for name, value in options.items()))

    def _postconf(self, *command: str) -> str:
        return run_tool("postconf", "-c", str(self._postfix.config), *command)
