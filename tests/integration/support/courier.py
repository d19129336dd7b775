# SPDX-License-Identifier: MIT
"""Courier's own programs, as Debian has them, which find extmail-authd where they look for Courier's authdaemond.

They are unpacked, not installed, and lie over /usr and /etc in a mount namespace of each run.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from .tools import PATH, Done, run

SOURCE = Path(__file__).resolve().parents[3]
SOCKET = "/run/courier/authdaemon/socket"  # compiled into Debian's packages
DOWNLOAD_SECONDS = 300
ANSWER_SECONDS = 30


def packages() -> list[str]:
    text = (SOURCE / "tests/courier-packages.txt").read_text(encoding="utf-8")
    return re.sub(r"#.*", "", text).split()


def unpack(folder: Path) -> Path:
    """A tree with usr and etc; made once for each list of packages."""
    wanted = "\n".join(packages())
    stamp = folder / "packages"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder / "root"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    downloaded = run(
        ["apt-get", "-o", "APT::Sandbox::User=root", "download", *packages()],
        folder=folder,
        seconds=DOWNLOAD_SECONDS,
    )
    assert downloaded.status == 0, downloaded.all
    for package in sorted(folder.glob("*.deb")):
        unpacked = run(["dpkg-deb", "-x", package, folder / "root"])
        assert unpacked.status == 0, unpacked.all
        package.unlink()
    stamp.write_text(wanted)
    return folder / "root"


class Courier:
    """The programs, with this socket in place of authdaemond's."""

    def __init__(self, root: Path, socket: str | Path) -> None:
        self.root = root
        self._socket = socket

    def command(self, *words: str | Path) -> list[str]:
        over = [f"mount -t overlay overlay -o lowerdir={self.root}/{name}:/{name} /{name}" for name in ("usr", "etc")]
        place = shlex.quote(SOCKET)
        steps = [
            *over,
            "mount -t tmpfs tmpfs /run",
            f"mkdir -p $(dirname {place})",
            f"ln -s {shlex.quote(str(self._socket))} {place}",
            'exec "$@"',
        ]
        private = ["unshare", "--mount", "--propagation", "private", "sh", "-c", " && ".join(steps), "courier"]
        return [*private, *map(str, words)]

    def run(self, *words: str | Path, text: str = "", seconds: float = 60) -> Done:
        return run(self.command(*words), text=text, seconds=seconds)

    def imap(self, remote: str) -> Dialogue:
        return Dialogue(self.command("/usr/lib/courier/courier/imaplogin", "/usr/bin/imapd", "Maildir"), remote)

    def pop3(self, remote: str) -> Dialogue:
        folder = "/usr/lib/courier/courier"
        return Dialogue(self.command(f"{folder}/courierpop3login", f"{folder}/courierpop3d", "Maildir"), remote)


class Dialogue:
    """A server that serves one client, on its standard input and output, as couriertcpd starts it."""

    def __init__(self, command: list[str], remote: str) -> None:
        self._process = subprocess.Popen(
            ["timeout", str(ANSWER_SECONDS), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PATH": PATH,
                "TCPREMOTEIP": remote,
                "TCPREMOTEPORT": "40000",
                "TCPLOCALIP": "127.0.0.1",
                "TCPLOCALPORT": "143",
                "IMAP_CAPABILITY": "IMAP4rev1 AUTH=CRAM-MD5 AUTH=CRAM-SHA1 AUTH=CRAM-SHA256",
                "POP3AUTH": "LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256",
            },
        )

    def __enter__(self) -> Dialogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        # timeout(1) leads a group of its own, in which imapd may take its time to end.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(ANSWER_SECONDS)

    def line(self) -> str:
        """The next one; empty where the server has ended."""
        assert self._process.stdout
        return self._process.stdout.readline().decode().rstrip("\r\n")

    def ask(self, line: str, tag: str = "") -> str:
        """The answer's first line, or the one that begins with the tag."""
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\r\n")
        self._process.stdin.flush()
        answer = self.line()
        while tag and answer and not answer.startswith(tag):
            answer = self.line()
        return answer
