# SPDX-License-Identifier: MIT
"""Where everything of one demo lies, and the directory itself: claimed before, removed after."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from .errors import DemoError

SOURCE = Path(__file__).resolve().parents[3]  # the checkout
SHIPPED = SOURCE / "deploy"  # what an admin copies, and the demo uses

# Not in the password file: Debian leaves these numbers to whoever needs some for a while.
DAEMONS_GID = 61200
MAPD_UID = 61201
AUTHD_UID = 61202
POLICYD_UID = 61203
MARIADB_UID = 61204
MAIL_UID = 2525  # of the mailboxes, as in the original guide

MARKER = ".extmail-demo"

# The address of a unix socket holds so much (unix(7), less the final zero); these are the longest we have.
SOCKET_PATH_BYTES = 107
LONGEST_SOCKETS = ("spool/private/scalemail-backend", "run/dovecot/token-login/imap-urlauth")


class Layout:
    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.root = Path(directory).resolve()
        self.env_file = self.root / "env"
        self.bin = self.root / "bin"
        self.etc = self.root / "etc"
        self.log = self.root / "log"
        self.run = self.root / "run"
        self.mail = self.root / "mail"
        self.spool = self.root / "spool"
        self.modules = self.root / "modules"

        self.extmail_toml = self.etc / "extmail/extmail.toml"
        self.mysql_socket = self.run / "mysqld/mysqld.sock"
        self.maps_socket = self.spool / "extmail/maps"
        self.auth_socket = self.spool / "extmail/auth"
        self.saslauthd_socket = self.spool / "extmail/saslauthd"
        self.policy_socket = self.spool / "extmail/policy"
        self.dovecot_auth_socket = self.run / "extmail/auth"
        self.authdaemond_socket = self.run / "extmail/authdaemond"
        self.lmtp_socket = self.spool / "private/dovecot-lmtp"

        # The places that the shipped configuration names, and where they are here.
        self._places = {
            "/etc/extmail": self.etc / "extmail",
            "/etc/postfix": self.etc / "postfix",
            "/run/extmail": self.dovecot_auth_socket.parent,
            "/run/mysqld": self.mysql_socket.parent,
            "/var/mailbox": self.mail,
            "/var/spool/postfix": self.spool,
        }

    def shipped(self, name: str) -> str:
        """A file of deploy/ as an admin would install it, with the places of this demo in it."""
        text = (SHIPPED / name).read_text(encoding="utf-8")
        for place, here in self._places.items():
            text = re.sub(rf"{re.escape(place)}(?=[/\s\"]|$)", str(here), text)
        return text

    def check(self) -> None:
        """Refuses a directory that others use or could tamper with, or that the servers could not use."""
        self._check_path()
        if self.root.exists() and not self._is_empty():
            try:
                self.check_ours()
            except DemoError as error:
                raise DemoError(
                    f"{error.message}, nor an empty one of root's: choose another with --dir"
                ) from None

    def claim(self) -> None:
        """Makes the directory ours, and empty."""
        self.check()
        if self.root.exists():
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)
        self.root.chmod(0o755)
        (self.root / MARKER).touch()
        for directory in (self.bin, self.etc, self.log, self.run, self.spool, self.modules):
            make_directory(directory)
        make_directory(self.mail, uid=MAIL_UID, gid=MAIL_UID, mode=0o700)
        # The daemons put their sockets here; sticky, so that none can take away another's.
        for sockets in (self.maps_socket.parent, self.dovecot_auth_socket.parent):
            make_directory(sockets, gid=DAEMONS_GID, mode=0o1775)

    def remove(self) -> None:
        self.check_ours()
        shutil.rmtree(self.root)

    def check_ours(self) -> None:
        if not (self.root / MARKER).is_file() or self.root.stat().st_uid != os.geteuid():
            raise DemoError(f"{self.root} is not a demo's directory")

    def _is_empty(self) -> bool:
        return self.root.is_dir() and self.root.stat().st_uid == os.geteuid() and not any(self.root.iterdir())

    def _check_path(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_./+-]+", str(self.root)):
            raise DemoError(
                f"{self.root}: the servers' configuration files can't quote such a name; use another --dir"
            )
        longest = max(len(os.fsencode(self.root / name)) for name in LONGEST_SOCKETS)
        if longest > SOCKET_PATH_BYTES:
            raise DemoError(
                f"{self.root} is {longest - SOCKET_PATH_BYTES} bytes too long for the unix sockets in it; "
                "use a shorter --dir"
            )
        for parent in self.root.parents:
            if parent.exists() and not parent.stat().st_mode & 0o001:
                raise DemoError(f"the servers' accounts can't get into {parent}; use a --dir outside of it")


def make_directory(path: Path, *, uid: int = 0, gid: int = 0, mode: int = 0o755) -> Path:
    """Whatever the umask."""
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, uid, gid)
    path.chmod(mode)
    return path


def write_file(path: Path, text: str, *, uid: int = 0, gid: int = 0, mode: int = 0o644) -> Path:
    """Never readable by more than mode says, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    os.chown(path, uid, gid)
    path.chmod(mode)
    return path
