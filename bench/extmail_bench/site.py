# SPDX-License-Identifier: MIT
"""The demo's servers with a database of some size, and the tables through which Postfix can ask it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from extmail_demo import Demo, wait_until
from extmail_demo.ports import accepts

MYSQL_TABLE = """\
hosts = unix:{socket}
user = extmail_mapd
password = {password}
dbname = extmail
query = SELECT maildir FROM mailbox WHERE username = '%s' AND active = '1'
"""


def fill(
    demo: Demo, domains: int, mailboxes: int, aliases: int, hashes: Sequence[str] = (), clear_password: str = ""
) -> None:
    """bench0@d0.bench, bench1@d1.bench …: one INSERT a table, without the change log's triggers being in the way.

    The hashes, if there are any, are the mailboxes' passwords, one for each; clear_password is what they are of, where it is
    to be stored too.
    """
    name = f"CONCAT('bench', seq, '@d', seq % {domains}, '.bench')"
    domain = f"CONCAT('d', seq % {domains}, '.bench')"
    demo.sql("CREATE TABLE bench_hash (number INT PRIMARY KEY, hash VARCHAR(255) NOT NULL)")
    for first in range(0, len(hashes), 10_000):
        rows = (f"({first + place}, '{text}')" for place, text in enumerate(hashes[first : first + 10_000]))
        demo.sql(f"INSERT INTO bench_hash VALUES {', '.join(rows)}")
    demo.sql(f"INSERT INTO domain (domain, active) SELECT CONCAT('d', seq, '.bench'), 1 FROM seq_0_to_{domains - 1}")
    demo.sql(
        "INSERT INTO mailbox (username, uid, domain, maildir, homedir, quota, uidnumber, gidnumber, active, password, "
        "clearpwd) "
        f"SELECT {name}, CONCAT('bench', seq), {domain}, CONCAT({domain}, '/bench', seq, '/Maildir/'), "
        f"CONCAT({domain}, '/bench', seq), '104857600S', 1000, 1000, 1, COALESCE(hash, ''), ? "
        f"FROM seq_0_to_{mailboxes - 1} LEFT JOIN bench_hash ON number = seq",
        clear_password,
    )
    demo.sql(
        "INSERT INTO alias (address, goto, domain, active) "
        f"SELECT CONCAT('alias', seq, '@d', seq % {domains}, '.bench'), {name}, {domain}, 1 "
        f"FROM seq_0_to_{aliases - 1}"
    )
    demo.sql("DROP TABLE bench_hash")
    demo.sql("TRUNCATE extmail_change_log")
    demo.sql("ANALYZE TABLE mailbox, alias, domain")


def restart_authd(demo: Demo, warm_up: bool = True) -> None:
    """As an administrator starts it, with the mailboxes there; or without warm_up (extmail.toml(5))."""
    demo.authd.stop()
    if not warm_up:
        config = demo.layout.extmail_toml
        config.write_text(config.read_text().replace("[authd]\n", "[authd]\nwarm_up = false\n", 1))
    log = demo.authd.log_file
    before = log.stat().st_size
    demo.authd.start()
    if warm_up:
        wait_until(lambda: b"warmed_up" in log.read_bytes()[before:], "extmail-authd to be warm", log, timeout=120)


def mailbox(number: int, domains: int) -> str:
    return f"bench{number}@d{number % domains}.bench"


class Tables:
    """The names of the tables to ask, as postmap takes them."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        file = demo.layout.root / "bench-mysql.cf"
        file.write_text(MYSQL_TABLE.format(socket=demo.layout.mysql_socket, password=demo.mapd.database_password))
        self.ours = f"socketmap:unix:{demo.layout.maps_socket}:virtual_mailbox_maps"
        self.mysql = f"mysql:{file}"
        self.proxy = f"proxy:mysql:{file}"
        config = str(demo.postfix.config)
        subprocess.run(["postconf", "-c", config, "-e", f"proxy_read_maps={self.proxy}"], check=True)
        subprocess.run(["postfix", "-c", config, "reload"], check=True, capture_output=True)

    def ask(self, table: str, keys: str) -> subprocess.Popen[str]:
        """Starts asking: the keys are a file's name, one a line."""
        command = ["postmap", "-c", str(self._demo.postfix.config), "-q", "-", table]
        with Path(keys).open() as source:
            return subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    @contextmanager
    def constant(self, answer: str) -> Iterator[str]:
        """A server that does nothing but answer."""
        with tempfile.TemporaryDirectory(prefix="em-", dir="/tmp") as folder:
            socket = f"{folder}/constant"
            program = self._demo.build_dir / "bench/constant_responder"
            server = subprocess.Popen([program, socket, answer])
            try:
                wait_until(lambda: accepts(socket), "the constant responder")
                yield f"socketmap:unix:{socket}:any"
            finally:
                server.terminate()
                server.wait()


def ask_one(demo: Demo, table: str, key: str) -> str:
    command = ["postmap", "-c", str(demo.postfix.config), "-q", key, table]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def resident_mebibytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no VmRSS")
