# SPDX-License-Identifier: MIT
"""The three daemons, each under an account of its own, with the configuration file that deploy/ ships."""

from __future__ import annotations

import secrets
from pathlib import Path

from .layout import AUTHD_UID, DAEMONS_GID, MAPD_UID, POLICYD_UID, Layout, write_file
from .ports import accepts
from .process import Service


class Daemon(Service):
    def __init__(self, layout: Layout, name: str, uid: int, groups: tuple[str, ...], *sockets: Path) -> None:
        super().__init__(layout, name)
        self._uid = uid
        self._groups = groups
        self._sockets = sockets
        self.database_password = secrets.token_urlsafe(24)

    def prepare(self) -> None:
        write_file(self.layout.extmail_toml, self.layout.shipped("extmail.toml"))
        password_file = self.layout.extmail_toml.parent / f"{self.name}.password"
        write_file(password_file, self.database_password + "\n", uid=self._uid, mode=0o400)

    def command(self) -> list[str]:
        # The group of all three owns the sockets' folders; the sockets are handed to the others.
        return [
            "setpriv",
            f"--reuid={self._uid}",
            f"--regid={DAEMONS_GID}",
            f"--groups={','.join(self._groups)}",
            str(self.layout.bin / f"extmail-{self.name}"),
            "--config",
            str(self.layout.extmail_toml),
        ]

    def is_ready(self) -> bool:
        return all(accepts(str(path)) for path in self._sockets)


def mapd(layout: Layout) -> Daemon:
    return Daemon(layout, "mapd", MAPD_UID, ("postfix",), layout.maps_socket)


def authd(layout: Layout) -> Daemon:
    sockets = (
        layout.auth_socket,
        layout.saslauthd_socket,
        layout.dovecot_auth_socket,
        layout.authdaemond_socket,
    )
    return Daemon(layout, "authd", AUTHD_UID, ("postfix", "dovecot"), *sockets)


def policyd(layout: Layout) -> Daemon:
    return Daemon(layout, "policyd", POLICYD_UID, ("postfix",), layout.policy_socket)
