# SPDX-License-Identifier: MIT
"""Further smtpd services of the private Postfix, each with an smtpd.conf of its own."""

from __future__ import annotations

import itertools
import socket
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from extmail_demo import wait_until
from extmail_demo.ports import LOOPBACK, accepts

from .sasl import MECHANISMS
from .site import Site
from .tools import run

EVERY_MECHANISM = f"""\
pwcheck_method: auxprop saslauthd
auxprop_plugin: extmail
mech_list: {" ".join(MECHANISMS)}
extmail_socket: extmail/auth
saslauthd_path: extmail/saslauthd
"""

_numbers = itertools.count(1)


class SmtpdServices:
    """They are there from start() to the end of the with statement. Users may log in without TLS."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ports: list[int] = []
        self._held = ExitStack()

    def __enter__(self) -> SmtpdServices:
        return self

    def __exit__(self, *_: object) -> None:
        for port in self._ports:
            self._run("postconf", "-MX", f"{LOOPBACK}:{port}/inet")
        self._run("postfix", "reload")
        self._held.close()

    def open(self, configuration: str, chroot: str, **parameters: str) -> int:
        """Writes it down, with y or n as master.cf has it, and parameters of main.cf for it alone; its port."""
        reservation = self._held.enter_context(socket.socket())
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind((LOOPBACK, 0))
        port: int = reservation.getsockname()[1]
        self._ports.append(port)
        name = f"service{next(_numbers)}"
        Path(self._site.env["POSTFIX_CONFIG"], "sasl", f"{name}.conf").write_text(configuration)
        service = f"{LOOPBACK}:{port}/inet"
        self._run("postconf", "-M", f"{service}={LOOPBACK}:{port} inet n - {chroot} - - smtpd")
        self._run("postconf", "-P", f"{service}/smtpd_sasl_path={name}", f"{service}/smtpd_sasl_auth_enable=yes")
        for parameter, value in parameters.items():
            self._run("postconf", "-P", f"{service}/{parameter}={value}")
        return port

    def start(self) -> None:
        self._run("postfix", "reload")
        for port in self._ports:
            wait_until(partial(accepts, (LOOPBACK, port)), f"smtpd at port {port}")

    def _run(self, program: str, *words: str) -> None:
        done = run([program, "-c", self._site.env["POSTFIX_CONFIG"], *words])
        assert done.status == 0, done
