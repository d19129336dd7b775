# SPDX-License-Identifier: MIT
"""A healthy host for `extmailctl doctor`: the demo's servers, copies of their configurations, and a database of its own."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from .extmailctl import Extmailctl
from .passwords import crypt
from .private_database import SQL, PrivateDatabase
from .site import DAEMONS, Site
from .tools import Done, run

_TABLES = ("domain_manager", "manager", "alias", "mailbox", "domain", "extmail_policy", "extmail_user_field")


class Patient:
    """reset() makes it healthy again, whatever a test did to files and rows; who alters tables puts them right."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.database = PrivateDatabase(site)
        self.folder = Path(tempfile.mkdtemp(prefix="em-dr-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.config = self.folder / "extmail.toml"
        self.postfix = self.folder / "postfix"
        self.dovecot = self.folder / "dovecot.conf"
        self.sasl = self.folder / "smtpd.conf"
        self._password = "{CRYPT}" + crypt("of nobody", "$6$rounds=100000$phz1mRrj")
        self.reset()

    def reset(self) -> None:
        demo = self.site.demo
        toml = Path(self.site.env["EXTMAIL_CONFIG"]).read_text()
        self.config.write_text(toml.replace(self.site.env["MYSQL_SOCKET"], str(self.database.socket)))
        shutil.rmtree(self.postfix, ignore_errors=True)
        shutil.copytree(demo.postfix.config, self.postfix)
        shutil.copy(demo.postfix.sasl_config / "smtpd.conf", self.sasl)
        lines = demo.dovecot.config.read_text()
        included = re.search(r"^!include (\S+)$", lines, re.MULTILINE)
        assert included
        self.dovecot.write_text(lines.replace(included[0], Path(included[1]).read_text()))
        self._seed()

    def _seed(self) -> None:
        columns = "username, uid, password, maildir, homedir, quota, domain, uidnumber, gidnumber, createdate"
        self.database.sql(
            *(f"DELETE FROM {table}" for table in _TABLES),
            "INSERT INTO domain (domain, transport, maxquota, createdate) VALUES ('d.test', '', '1073741824S', NOW())",
            *(
                f"INSERT INTO mailbox ({columns}) VALUES ('{name}@d.test', '{name}', '{self._password}', "
                f"'d.test/{name}/Maildir/', 'd.test/{name}', '104857600S', 'd.test', 2525, 2525, NOW())"
                for name in ("user", "other")
            ),
            "INSERT INTO alias (address, goto, domain) VALUES ('info@d.test', 'user@d.test,friend@example.org', 'd.test')",
            "INSERT INTO alias (address, goto, domain) VALUES ('other@d.test', 'other@d.test,user@d.test', 'd.test')",
            f"INSERT INTO manager (username, password) VALUES ('boss@d.test', '{self._password}')",
            "INSERT INTO domain_manager (username, domain) VALUES ('boss@d.test', 'd.test'), ('boss@d.test', '')",
        )

    def grant_again(self, **more: str) -> None:
        passwords = {f"{daemon}_password": self.site.database_password(daemon) for daemon in DAEMONS} | more
        for file in ("change_log.sql", "grants.sql"):
            outcome = self.database.client().source(SQL / file, **passwords)
            assert not outcome.error, outcome.message

    def postconf(self, *words: str) -> None:
        done = run(["postconf", "-c", self.postfix, *words])
        assert done.status == 0, done.all

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def mailbox(self, name: str, folder: str = "", setting: str = "") -> str:
        """A statement that adds one like user@d.test."""
        domain = name.rpartition("@")[2]
        folder = folder or f"{domain}/{name.strip().partition('@')[0]}/Maildir/"
        change = f"; UPDATE mailbox SET {setting} WHERE username = '{name}'" if setting else ""
        return (
            "INSERT INTO mailbox (username, password, maildir, domain, uidnumber, gidnumber, createdate) "
            f"SELECT '{name}', password, '{folder}', '{domain}', uidnumber, gidnumber, createdate FROM mailbox "
            f"WHERE username = 'user@d.test'{change}"
        )

    def doctor(self, *words: str, output: str = "--json") -> Done:
        ctl = Extmailctl(self.site, str(self.config))
        command = [*ctl.command(), *([output] if output else []), "doctor"]
        options = ["--postfix-config", self.postfix, "--dovecot-config", self.dovecot, "--sasl-config", self.sasl]
        # 2.4's doveconf reads the configuration with our plugin, which is only where that Dovecot runs.
        demo = self.site.demo.dovecot
        where = demo.doveadm[:-3] if demo.version == "2.4" else []
        return run([*where, *command, *options, *words])

    def close(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)
