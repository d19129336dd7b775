# SPDX-License-Identifier: MIT
"""Private Dovecots that differ in their passdb and userdb only: nothing but the auth service and what it needs."""

from __future__ import annotations

from pathlib import Path

from extmail_demo import Demo, Service
from extmail_demo.layout import MAIL_UID, make_directory, write_file
from extmail_demo.ports import accepts

from .logins import PASSWORD

_CONFIGURATION = """\
base_dir = {base}
state_dir = {state}
log_path = {log}
hostname = mail.bench.test
listen = 127.0.0.1
protocols =
ssl = no
auth_mechanisms = plain
auth_username_chars =
first_valid_uid = 1

# A refused login is told at once: no delay, and no penalty for its address.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0600
  }}
}}

{databases}
"""

# As the guides write it, with the mailbox in the same row (a prefetch userdb), and no reading of closed accounts.
_SQL = """\
driver = mysql
connect = host={socket} dbname=extmail user=extmail password=extmail
default_pass_scheme = CRYPT
password_query = SELECT username AS user, {password} AS password, {user_fields} \
FROM mailbox WHERE username = '%u' AND active = 1
user_query = SELECT {fields} FROM mailbox WHERE username = '%u' AND active = 1
"""

_FIELDS = {
    "home": "CONCAT('{mail}/', homedir)",
    "mail": "CONCAT('maildir:{mail}/', maildir)",
    "uid": str(MAIL_UID),
    "gid": str(MAIL_UID),
    "quota_rule": "CONCAT('*:bytes=', REPLACE(quota, 'S', ''))",
}

_CACHE = "auth_cache_size = 64M\nauth_cache_ttl = 1 hour\n"


class AuthServer(Service):
    """One peer. The auth plugins are those that the demo's Dovecot sees."""

    def __init__(self, demo: Demo, name: str, title: str, databases: str) -> None:
        super().__init__(demo.layout, name)
        self.title = title
        self._demo = demo
        self._config = demo.layout.etc / name / "dovecot.conf"
        base = demo.layout.run / name
        self.client_socket = base / "auth-client"
        self.login_socket = base / "login/login"
        self.master_socket = base / "auth-master"
        state = make_directory(demo.layout.root / name)
        text = _CONFIGURATION.format(base=base, state=state, log=self.log_file, databases=databases)
        write_file(self._config, text)

    def command(self) -> list[str]:
        theirs, ours = str(self._demo.dovecot.config), str(self._config)
        return [word.replace(theirs, ours) for word in self._demo.dovecot.command()]

    def after_end(self) -> None:
        self._demo.dovecot.after_end()

    def is_ready(self) -> bool:
        return all(accepts(str(path)) for path in (self.client_socket, self.login_socket, self.master_socket))


def static(demo: Demo) -> AuthServer:
    databases = f"""\
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={MAIL_UID} gid={MAIL_UID} home={demo.layout.mail}/%d/%n mail=maildir:~/Maildir quota_rule=*:bytes=104857600
}}
"""
    return AuthServer(demo, "static", "static", databases)


def mysql(demo: Demo) -> AuthServer:
    return AuthServer(demo, "mysql", "dovecot-mysql", _sql_databases(demo, "mysql", "password"))


def mysql_with_cache(demo: Demo) -> AuthServer:
    databases = _CACHE + _sql_databases(demo, "mysql-cache", "password")
    return AuthServer(demo, "mysql-cache", "dovecot-mysql, its auth cache on", databases)


def mysql_without_hashes(demo: Demo) -> AuthServer:
    databases = _sql_databases(demo, "mysql-plain", f"'{{PLAIN}}{PASSWORD}'")
    return AuthServer(demo, "mysql-plain", "dovecot-mysql, {PLAIN} passwords", databases)


def ours(demo: Demo) -> AuthServer:
    args = f"args = socket={demo.layout.dovecot_auth_socket}"
    databases = f"""\
passdb {{
  driver = extmail
  {args}
}}
userdb {{
  driver = prefetch
}}
userdb {{
  driver = extmail
  {args}
}}
"""
    return AuthServer(demo, "extmail", "extmail", databases)


def _sql_databases(demo: Demo, name: str, password: str) -> str:
    fields = {field: value.format(mail=demo.layout.mail) for field, value in _FIELDS.items()}
    text = _SQL.format(
        socket=demo.layout.mysql_socket,
        password=password,
        user_fields=", ".join(f"{value} AS userdb_{field}" for field, value in fields.items()),
        fields=", ".join(f"{value} AS {field}" for field, value in fields.items()),
    )
    file: Path = write_file(demo.layout.etc / name / "dovecot-sql.conf.ext", text)
    return f"""\
passdb {{
  driver = sql
  args = {file}
}}
userdb {{
  driver = prefetch
}}
userdb {{
  driver = sql
  args = {file}
}}
"""
