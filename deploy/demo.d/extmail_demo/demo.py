# SPDX-License-Identifier: MIT
"""One demo: its servers, in the order in which they need each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from . import daemons, synthetic
from .build import DEFAULT_BUILD_DIR, SASL_PLUGIN, build, install_programs
from .dovecot import Dovecot
from .errors import DemoError
from .layout import SOURCE, Layout, write_file
from .mariadb import DATABASE, MariaDb, Row, Value
from .ports import Ports, reserved_ports
from .postfix import Postfix
from .process import Service

PASSWORD = "extmail"  # of postmaster@test.com and of every synthetic user
DOMAIN = "test.com"


class Demo:
    """The servers of one directory: up() and down() are for all, and each can be stopped, killed and started.

    After up(), or attach(), the servers are mariadb, mapd, authd, policyd, dovecot and postfix, and services
    has them by name. A Demo is a context manager: up inside, down after.
    """

    mariadb: MariaDb
    mapd: daemons.Daemon
    authd: daemons.Daemon
    policyd: daemons.Daemon
    dovecot: Dovecot
    postfix: Postfix
    _ports: Ports

    def __init__(
        self,
        directory: str | os.PathLike[str],
        build_dir: str | os.PathLike[str] | None = None,
        further_targets: Sequence[str] = (),
    ) -> None:
        """further_targets: of the build, beside what the demo runs."""
        self.layout = Layout(directory)
        self.build_dir = Path(build_dir or DEFAULT_BUILD_DIR).resolve()
        self._further_targets = further_targets
        self.services: dict[str, Service] = {}

    @classmethod
    def attach(cls, directory: str | os.PathLike[str]) -> Demo:
        """The demo that is up in this directory, whoever started it."""
        demo = cls(directory)
        demo.layout.check_ours()
        try:
            env = dict(line.split("=", 1) for line in demo.layout.env_file.read_text().splitlines())
        except FileNotFoundError:
            raise DemoError(f"no demo is up in {demo.layout.root}") from None
        demo.build_dir = Path(env["BUILD_DIR"])
        names = ("SMTP_PORT", "SUBMISSION_PORT", "IMAP_PORT", "POP3_PORT")
        demo._make_services(Ports(*(int(env[name]) for name in names)))
        return demo

    def up(self, domains: int = 0, users: int = 0) -> None:
        """Builds, starts everything, and adds so many synthetic domains with so many users each.

        Returns when all servers are ready. If that fails, what was started is ended again.
        """
        self._refuse_if_up()
        self.layout.check()
        build(self.build_dir, self._further_targets)
        self.layout.claim()
        with reserved_ports() as ports:
            self._make_services(ports)
            try:
                self._start(domains, users)
            except BaseException:
                self.stop()
                raise

    def _start(self, domains: int, users: int) -> None:
        # Before anything runs, so that down finds it whatever happens.
        write_file(self.layout.env_file, "".join(f"{name}={value}\n" for name, value in self.env.items()))
        install_programs(self.build_dir, self.layout)
        self.postfix.install_plugin(self.build_dir / SASL_PLUGIN)
        self.dovecot.install_plugins(self.build_dir)
        for service in self.services.values():
            service.prepare()
        self.mariadb.start()
        self._fill_database(domains, users)
        for service in self.services.values():
            if service is not self.mariadb:
                service.start()

    def _fill_database(self, domains: int, users: int) -> None:
        self.mariadb.sql(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4", database="mysql")
        sql = SOURCE / "sql"
        self.mariadb.load(sql / "extmail.sql")
        self.mariadb.load(sql / "change_log.sql")
        self.mariadb.load(sql / "login_extensions.sql")
        self.mariadb.load(sql / "policy_extensions.sql")
        self.mariadb.load(sql / "usage_extensions.sql")
        self.mariadb.load(sql / "decision_extensions.sql")
        passwords = {
            f"{each.name}_password": each.database_password for each in (self.mapd, self.authd, self.policyd)
        }
        self.mariadb.load(sql / "grants.sql", **passwords)
        self.mariadb.load(sql / "seed.sql", domain=DOMAIN)
        synthetic.add(self.mariadb, domains, users)

    def stop(self) -> None:
        """Ends the servers, and leaves their directory as it is."""
        for service in reversed(self.services.values()):
            service.stop()
        self.layout.env_file.unlink(missing_ok=True)

    def down(self) -> None:
        """Ends the servers and removes their directory."""
        self.stop()
        self.layout.remove()

    def __enter__(self) -> Demo:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.down()

    def sql(self, statement: str, *values: Value) -> list[Row]:
        """Runs one statement as administrator, each ? in it one of the values; the rows that it answers."""
        return self.mariadb.sql(statement, *values)

    @property
    def env(self) -> dict[str, str]:
        """What DIR/env says; deploy/README.md explains the keys."""
        layout = self.layout
        return {
            "MYSQL_SOCKET": str(layout.mysql_socket),
            "MAPS_SOCKETMAP": str(layout.maps_socket),
            "AUTHD_SOCKET": str(layout.auth_socket),
            "SASLAUTHD_SOCKET": str(layout.saslauthd_socket),
            "AUTHDAEMOND_SOCKET": str(layout.authdaemond_socket),
            "POLICY_SOCKET": str(layout.policy_socket),
            "SMTP_PORT": str(self._ports.smtp),
            "SUBMISSION_PORT": str(self._ports.submission),
            "IMAP_PORT": str(self._ports.imap),
            "POP3_PORT": str(self._ports.pop3),
            "POSTFIX_CONFIG": str(self.postfix.config),
            "POSTFIX_QUEUE": str(layout.spool),
            "DOVECOT_CONFIG": str(self.dovecot.config),
            "DOVECOT_AUTH_CLIENT": str(self.dovecot.auth_client),
            "SASL_PATH": self.postfix.sasl_path,
            "SASL_CONF_PATH": str(self.postfix.sasl_config),
            "EXTMAIL_CONFIG": str(layout.extmail_toml),
            "MAIL_BASE": str(layout.mail),
            "LOG_DIR": str(layout.log),
            "BUILD_DIR": str(self.build_dir),
            "DEMO_PASSWORD": PASSWORD,
            **{f"{name.upper()}_PIDFILE": str(service.pid_file) for name, service in self.services.items()},
        }

    def _make_services(self, ports: Ports) -> None:
        layout = self.layout
        self._ports = ports
        self.mariadb = MariaDb(layout)
        self.mapd = daemons.mapd(layout)
        self.authd = daemons.authd(layout)
        self.policyd = daemons.policyd(layout)
        self.postfix = Postfix(layout, ports)
        self.dovecot = Dovecot(layout, ports)
        in_order = (self.mariadb, self.mapd, self.authd, self.policyd, self.dovecot, self.postfix)
        self.services = {service.name: service for service in in_order}

    def _refuse_if_up(self) -> None:
        if self.layout.env_file.exists():
            running = [
                name
                for name, service in Demo.attach(self.layout.root).services.items()
                if service.is_running()
            ]
            if running:
                where = self.layout.root
                raise DemoError(
                    f"a demo is up in {where} ({', '.join(running)}): deploy/demo down --dir {where}"
                )
