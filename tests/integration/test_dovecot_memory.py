# SPDX-License-Identifier: MIT
"""The plugin inside Dovecot's auth process, watched by Valgrind: no wrong access, nothing of ours leaked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from extmail_demo.layout import make_directory
from support.accounts import Accounts, Mailbox
from support.dovecot import ExtraDovecot
from support.dovecot_auth import OK, WRONG
from support.passwords import new_password
from support.site import Site
from support.tools import run

DOMAIN = "dovecot-memory.test"
OURS = re.compile(r"\bextmail::|libauthdb_extmail")  # in a stack; the file is named where the function is not
SECONDS = 120  # Valgrind is slow, above all at its start
WHO_WRITES = 0o1777
AUTH = "/usr/lib/dovecot/auth"
WORKER = f"{AUTH} -w"

VALGRIND = (
    "/usr/bin/valgrind --quiet --vgdb=no --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "
    "--keep-debuginfo=yes --num-callers=40 --log-file={folder}/%p.log {auth}"
)
SERVICES = """
service auth {{
  executable = {auth}
  vsz_limit = 8G
}}
service auth-worker {{
  executable = {auth} -w
  vsz_limit = 8G
}}
"""


@pytest.fixture
def reports(site: Site) -> Path:
    """A folder that auth's own user can write to."""
    return make_directory(site.demo.layout.root / "valgrind", mode=WHO_WRITES)


@pytest.fixture
def dovecot(extra_dovecot: Callable[[], ExtraDovecot], reports: Path) -> ExtraDovecot:
    dovecot = extra_dovecot()
    dovecot.after += SERVICES.format(auth=VALGRIND.format(folder=reports, auth=AUTH))
    dovecot.start()
    return dovecot


def blocks(report: str) -> list[str]:
    """What Valgrind complains of, each with its stack."""
    lines = (re.sub(r"^==\d+== ?", "", line) for line in report.splitlines())
    return [block for block in "\n".join(lines).split("\n\n") if block.strip()]


def test_logins_lookups_lists_and_a_reload_leave_nothing_behind(
    accounts: Accounts, dovecot: ExtraDovecot, reports: Path
) -> None:
    accounts.domain(DOMAIN)
    user = accounts.mailbox(f"joe@{DOMAIN}")
    use(dovecot, user)
    worker = dovecot.one_process(WORKER)
    first = next(pid for pid in dovecot.processes(AUTH) if pid != worker)
    dovecot.reload()
    wait_until(lambda: first not in dovecot.processes(AUTH), "the old auth to end", timeout=SECONDS)
    use(dovecot, user)
    dovecot.stop()

    assert (reports / f"{worker}.log").exists()  # it made the list
    texts = [file.read_text(errors="replace") for file in reports.glob("*.log")]
    assert len(texts) >= 4
    assert [block for text in texts for block in blocks(text) if OURS.search(block)] == []
    assert "Process terminating" not in "".join(texts)


def use(dovecot: ExtraDovecot, user: Mailbox) -> None:
    with dovecot.auth() as client:
        client.socket.settimeout(SECONDS)
        assert client.log_in(user.address, user.password) == OK
        assert client.log_in(user.address, new_password()) == WRONG
        assert client.log_in(f"nobody@{DOMAIN}", new_password()) == WRONG
    assert dovecot.run_doveadm("user", user.address).status == 0
    assert dovecot.run_doveadm("user", f"nobody@{DOMAIN}").status != 0
    listed = run([*dovecot.doveadm, "user", f"*@{DOMAIN}"], seconds=SECONDS)
    assert (listed.status, listed.output) == (0, f"{user.address}\n"), listed.errors
