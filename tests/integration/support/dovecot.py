# SPDX-License-Identifier: MIT
"""A Dovecot with a configuration of its own, beside the demo's: the same for 2.3 and 2.4 to those who use it."""

from __future__ import annotations

import imaplib
import itertools
import poplib
import re
import shutil
import tempfile
import time
from pathlib import Path

from extmail_demo import wait_until
from extmail_demo.dovecot import Dovecot
from extmail_demo.layout import Layout, make_directory, write_file
from extmail_demo.ports import Ports, accepts

from .dovecot_auth import DovecotAuth
from .log_watch import LogWatch
from .ports import free_port
from .sasl import MECHANISMS, Mechanism
from .sieve import Sieve
from .site import Site
from .smtp import Lmtp
from .stream import ANSWER_SECONDS, Closed
from .tools import Done, run

# What no log may have, whatever was done to the servers.
_CRASHES = re.compile(r"Panic|Fatal|killed with signal|Raw backtrace|[Ll]eak|core dumped|assert|\bBUG\b")

# But for this: a process that starts while Dovecot is stopped or reloaded can't read its configuration.
_UNCONFIGURED = re.compile(r": Fatal: (Failed to read|Error reading) configuration")
_RESTART = re.compile(r"SIGHUP received|Killed with signal 15 ")
_RESTART_SECONDS = 60  # for a process that starts on a busy machine, or under Valgrind

# What a log has of a client of auth that does not wait for its answers.
CLIENT_LEFT = r"auth client 0 disconnected with \d+ pending requests: EOF"

_ARGS = "args = socket="  # in what is shipped for 2.3

_numbers = itertools.count(1)

_SIEVE = """
protocols = imap pop3 lmtp sieve
service managesieve-login {{
  inet_listener sieve {{
    port = {port}
  }}
}}
"""


def crashes(lines: list[str]) -> list[str]:
    """Of one Dovecot's log: the lines that tell of what must never happen."""
    restarts = [_seconds(line) for line in lines if _RESTART.search(line)]

    def is_of_a_restart(line: str) -> bool:
        return any(abs(_seconds(line) - at) <= _RESTART_SECONDS for at in restarts)

    found = [line for line in lines if _CRASHES.search(line)]
    return [line for line in found if not (_UNCONFIGURED.search(line) and is_of_a_restart(line))]


def _seconds(line: str) -> float:
    """When it was logged."""
    return time.mktime(time.strptime(" ".join(line.split()[:3]) + " 2024", "%b %d %H:%M:%S %Y"))


class ExtraDovecot(Dovecot):
    """A folder with what it needs; it is not started yet. close() ends and removes it all.

    It asks the demo's extmail-authd unless ask() names another. `before` and `after` are lines of its configuration
    before and after those that deploy/ ships, which change() changes.
    """

    def __init__(self, site: Site) -> None:
        layout = Layout(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
        super().__init__(layout, Ports(smtp=0, submission=0, imap=free_port(), pop3=free_port()))
        layout.claim()
        make_directory(layout.lmtp_socket.parent)
        self.sieve_port = free_port()
        self.log_file = site.log_dir / f"extra-{next(_numbers)}-dovecot.log"
        self.log = LogWatch(self.log_file)
        self.socket = layout.dovecot_auth_socket
        self.before = ""
        self.after = ""
        self._changes: list[tuple[str, str]] = []
        self._site = site
        self.install_plugins(site.demo.build_dir)
        self.ask(Path(site.demo.layout.dovecot_auth_socket))

    def ask(self, socket: Path) -> None:
        """Has its extmail-authd behind this socket."""
        self.socket.unlink(missing_ok=True)
        self.socket.symlink_to(socket)

    def expect(self, pattern: str) -> None:
        """Its log will have lines that no other Dovecot's may have: test_logs knows by this."""
        self._site.expected_in_logs.setdefault(self.log_file.stem, []).append(pattern)

    def crashes(self) -> list[str]:
        return crashes(self.log.lines)

    def change(self, old: str, new: str) -> None:
        """Replaces text in the shipped lines, wherever it stands."""
        self._changes.append((old, new))

    def set_timeout(self, seconds: int) -> None:
        """For each question to extmail-authd."""
        if self.version == "2.3":
            self.change(_ARGS, f"args = timeout={seconds} socket=")
        else:
            self.after += f"extmail_timeout = {seconds}s\n"

    def use_prefetch_only(self) -> None:
        """Has what the passdb told, and nothing else, for userdb."""
        blocks = re.findall(r"^userdb [^}]*\n\}\n", self.layout.shipped(self._shipped), re.MULTILINE)
        assert blocks
        for block in blocks:
            self.change(block, "")
        self.after += "userdb {\n  driver = prefetch\n}\n" if self.version == "2.3" else "userdb prefetch {\n}\n"

    @property
    def imap_port(self) -> int:
        return self._ports.imap

    @property
    def pop3_port(self) -> int:
        return self._ports.pop3

    def prepare(self) -> None:
        """Writes the configuration; also anew, before a reload."""
        super().prepare()
        extmail = self.config.with_name("extmail.conf")
        text = extmail.read_text()
        for old, new in self._changes:
            assert old in text, f"{old!r} is not in:\n{text}"
            text = text.replace(old, new)
        write_file(extmail, self.before + text + _SIEVE.format(port=self.sieve_port) + self.after)

    def start(self) -> None:
        self.prepare()
        super().start()

    def is_ready(self) -> bool:
        return super().is_ready() and accepts(("127.0.0.1", self.sieve_port))

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.layout.root)

    def run_doveadm(self, *words: str) -> Done:
        return run([*self.doveadm, *words])

    def reload(self) -> None:
        """Returns when Dovecot has begun with it; its sockets may be gone for a moment."""
        self.expect(r"auth: Error: stat\(\S+/auth-userdb\) failed: No such file or directory")  # in that moment
        log = LogWatch(self.log_file)
        done = self.run_doveadm("reload")
        assert done.status == 0, done.all
        log.wait_for("SIGHUP received")

    def processes(self, name: str) -> list[int]:
        """The pids of those that Dovecot's own list, or the kernel, calls so."""
        return [pid for pid in self._processes() if name in _command_line(pid)]

    def one_process(self, name: str) -> int:
        return wait_until(lambda: self.processes(name), f"a process {name!r} of Dovecot", self.log_file)[0]

    def auth(self) -> DovecotAuth:
        """A client of its auth process; of the new one, while it reloads."""
        return wait_until(self._try_auth, "Dovecot's auth to take a client", self.log_file)

    def _try_auth(self) -> DovecotAuth | None:
        try:
            return DovecotAuth(self.auth_client)
        except (Closed, FileNotFoundError, ConnectionRefusedError):
            return None

    def imap(self) -> imaplib.IMAP4:
        return imaplib.IMAP4("127.0.0.1", self._ports.imap, timeout=ANSWER_SECONDS)

    def pop3(self) -> poplib.POP3:
        return poplib.POP3("127.0.0.1", self._ports.pop3, timeout=ANSWER_SECONDS)

    def lmtp(self) -> Lmtp:
        return Lmtp(str(self.layout.lmtp_socket))

    def sieve(self) -> Sieve:
        return Sieve(self.sieve_port)

    def imap_refusal(self, user: str, password: str, mechanism: str = "PLAIN") -> str:
        """What IMAP says against this login; nothing if it has nothing against it."""
        return refusal(self.imap(), MECHANISMS[mechanism](user, password))


def refusal(imap: imaplib.IMAP4, client: Mechanism) -> str:
    try:
        imap.authenticate(client.name, client)
        assert client.is_complete, "the server did not prove itself"
    except imaplib.IMAP4.error as error:
        return str(error)
    finally:
        imap.logout()
    return ""


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
