# SPDX-License-Identifier: MIT
"""A private Courier authdaemond with authmysql, as ExtMail's guide sets it up.

The places of its configuration and its socket are compiled in: it sees other folders there than the system does.
"""

from __future__ import annotations

import shlex

from extmail_demo import Demo, Service
from extmail_demo.layout import make_directory, write_file
from extmail_demo.ports import accepts

_PROGRAM = "/usr/lib/courier/courier-authlib/authdaemond"
_CONFIGURATION = "/etc/courier"
_STATE = "/run/courier/authdaemon"

# As Debian ships it, but for the module: five processes, each with a connection to the database.
_DAEMON = """\
authmodulelist="authmysql"
authmodulelistorig="authmysql"
daemons=5
authdaemonvar={state}
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
LOGGEROPTS=""
"""

_MYSQL = """\
MYSQL_SERVER localhost
MYSQL_SOCKET {socket}
MYSQL_USERNAME extmail
MYSQL_PASSWORD extmail
MYSQL_PORT 0
MYSQL_OPT 0
MYSQL_DATABASE extmail
MYSQL_USER_TABLE mailbox
MYSQL_LOGIN_FIELD username
MYSQL_CRYPT_PWFIELD password
MYSQL_UID_FIELD uidnumber
MYSQL_GID_FIELD gidnumber
MYSQL_HOME_FIELD CONCAT('{mail}/', homedir)
MYSQL_MAILDIR_FIELD CONCAT('{mail}/', maildir)
MYSQL_QUOTA_FIELD quota
MYSQL_NAME_FIELD name
##NAME: MARKER:0
"""


class Courier(Service):
    title = "Courier"

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo.layout, "courier")
        self._configuration = make_directory(demo.layout.etc / "courier")
        self._state = make_directory(demo.layout.run / "courier")
        self.socket = self._state / "socket"

    def prepare(self) -> None:
        write_file(self._configuration / "authdaemonrc", _DAEMON.format(state=_STATE), mode=0o600)
        text = _MYSQL.format(socket=self.layout.mysql_socket, mail=self.layout.mail)
        write_file(self._configuration / "authmysqlrc", text, mode=0o600)

    def command(self) -> list[str]:
        # A /run of its own: the system's has Courier's folder only where Courier was started once.
        commands = (
            ("mount", "-t", "tmpfs", "tmpfs", "/run"),
            ("mkdir", "-p", _STATE),
            ("mount", "--bind", str(self._state), _STATE),
            ("mount", "--bind", str(self._configuration), _CONFIGURATION),
            ("exec", _PROGRAM),
        )
        script = " && ".join(map(shlex.join, commands))
        return ["unshare", "--mount", "--propagation=private", "sh", "-c", script]

    def is_ready(self) -> bool:
        return accepts(str(self.socket))
