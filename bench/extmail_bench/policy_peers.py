# SPDX-License-Identifier: MIT
"""The policy servers of others, private and with limits or greylisting on; and what of extmail.toml makes ours do the same."""

from __future__ import annotations

import shlex

from extmail_demo import Demo, Service
from extmail_demo.layout import POLICYD_UID, make_directory, write_file
from extmail_demo.ports import accepts

OVER = "over@d0.bench"
MANY = 1_000_000  # nobody gets there
FEW = 3  # OVER does
_NOBODY = 65534

_RULES = f"""\
id=FEW; sasl_username=={OVER}; action=rate(sasl_username/{FEW}/3600/450 4.7.1 too many)
id=MANY; sasl_username=~/./; action=rate(sasl_username/{MANY}/3600/450 4.7.1 too many)
"""

_OURS = f"""
[policyd.state]
file = "{{folder}}/state.sqlite"

[[policyd.limit]]
name = "per-hour"
limit = {MANY}

[policyd.greylist]
enabled = true
delay = 1
"""


def configure_ours(demo: Demo) -> None:
    """Before policyd is started: the same limits, and greylisting."""
    folder = make_directory(demo.layout.root / "policyd-state", uid=POLICYD_UID, mode=0o700)
    config = demo.layout.extmail_toml
    text = config.read_text().replace("[policyd]\n", "[policyd]\npolicy_table = true\n", 1)
    config.write_text(text + _OURS.format(folder=folder))
    demo.sql("INSERT INTO extmail_policy (subject, kind, value) VALUES (?, 'limit', ?)", OVER, f"per-hour={FEW}")


class Postfwd(Service):
    """With the arguments of Debian's service, but for a socket of its own."""

    title = "postfwd"
    program = "postfwd"  # postfwd2 unless the administrator chooses otherwise
    arguments = ("--summary=600", "--cache=600", "--cache-rdomain-only", "--cache-no-size")

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo.layout, self.title)
        self._folder = make_directory(demo.layout.root / self.title, uid=_NOBODY)
        self.socket = self._folder / "socket"

    def prepare(self) -> None:
        write_file(self._folder / "rules", _RULES)

    def command(self) -> list[str]:
        # It is a server in the background only; a process namespace of its own ends it with the one that started it.
        server = [self.program, *self.arguments, "-d", "-f", str(self._folder / "rules"), "--proto", "unix"]
        server += ["--port", str(self.socket), "-u", "nobody", "-g", "nogroup", "--pidfile", str(self._folder / "pid")]
        return ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"] + [
            f"{shlex.join(server)} && exec sleep infinity"
        ]

    def is_ready(self) -> bool:
        return accepts(str(self.socket))


class SinglePostfwd(Postfwd):
    """The fastest it can be here: one process, which writes no log."""

    title = "postfwd1"
    program = "postfwd1"
    arguments = ("--perfmon",)


class Postgrey(Service):
    title = "postgrey"

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo.layout, "postgrey")
        self._folder = make_directory(demo.layout.root / "postgrey", uid=_NOBODY)
        self.socket = self._folder / "socket"

    def command(self) -> list[str]:
        options = [f"--unix={self.socket}", f"--dbdir={self._folder}", "--delay=1", "--user=nobody", "--group=nogroup"]
        return ["postgrey", *options]

    def is_ready(self) -> bool:
        return accepts(str(self.socket))
