# SPDX-License-Identifier: MIT
"""One of the daemons with a configuration of its own, beside the demo's, on the demo's database."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from extmail_demo import wait_until

from .log_watch import LogWatch
from .service_manager import ServiceManager
from .site import Site
from .stream import Stream
from .tools import Done, run

UID = 61290  # nobody's, but different from the demo's daemons
START_SECONDS = 20
STOP_SECONDS = 20
RUN_SECONDS = 5

PROTOCOLS = {"mapd": "socketmap", "authd": "auth", "policyd": "policy"}

_CONFIGURATION = """\
[database]
name = "extmail"
hosts = ["unix:{mysql_socket}"]

[mail]
base = "{mail_base}"
expiry = "enforce"

[{kind}]
database_user = "extmail_{kind}"
database_password_file = "{password_file}"

[[{kind}.listen]]
protocol = "{protocol}"
path = "{socket}"
mode = "0666"
"""

_numbers = itertools.count(1)


class ExtraDaemon:
    """A folder with what the daemon needs; it is not started yet. close() ends and removes it all."""

    def __init__(self, site: Site, kind: str) -> None:
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
        os.chown(self.folder, UID, UID)
        self.folder.chmod(0o755)
        self.program = site.demo.layout.bin / f"extmail-{kind}"
        self.socket = self.folder / "socket"
        self.config_file = self.folder / "extmail.toml"
        self.password_file = self.folder / "password"
        self.write_password(site.database_password(kind))
        self.config = _CONFIGURATION.format(
            kind=kind,
            protocol=PROTOCOLS[kind],
            socket=self.socket,
            mysql_socket=site.env["MYSQL_SOCKET"],
            mail_base=site.env["MAIL_BASE"],
            password_file=self.password_file,
        )
        self.log = LogWatch(site.log_dir / f"extra-{next(_numbers)}-{kind}.log")
        self._process: subprocess.Popen[bytes] | None = None

    def write_password(self, text: str, mode: int = 0o400) -> None:
        self.write_secret(self.password_file.name, text, mode)

    def write_secret(self, name: str, text: str, mode: int = 0o400) -> Path:
        """A file in its folder that only it may read."""
        file = self.folder / name
        file.unlink(missing_ok=True)
        file.touch(mode=mode)
        file.chmod(mode)
        os.chown(file, UID, UID)
        file.write_text(text + "\n")
        return file

    def change(self, old: str, new: str) -> int:
        """Replaces text in the configuration, once; the number of the line where that is."""
        assert self.config.count(old) == 1, f"{old!r} is not there once:\n{self.config}"
        before, _, after = self.config.partition(old)
        self.config = before + new + after
        return before.count("\n") + 1

    def ask_hosts(self, *hosts: str) -> None:
        """These database servers, in place of the demo's."""
        self.config = re.sub(r"^hosts = .*$", f"hosts = {json.dumps(hosts)}", self.config, flags=re.MULTILINE)

    def run(self, *options: str) -> Done:
        """To its end, which has to come by itself."""
        self.config_file.write_text(self.config)
        as_user = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
        return run([*as_user, self.program, "--config", self.config_file, *options], seconds=RUN_SECONDS)

    def start(self, manager: ServiceManager | None = None) -> None:
        """Returns when the daemon serves, on sockets of its own or on those that the service manager holds."""
        assert not self.is_running()
        self.config_file.write_text(self.config)
        command = [str(self.program), "--config", str(self.config_file)]
        serves = manager.next_word("READY=1") if manager else self.accepts
        with self.log.file.open("ab") as log:
            self._process = subprocess.Popen(
                manager.command(command) if manager else command,
                env=manager.environment if manager else None,
                pass_fds=manager.descriptors if manager else (),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=UID,
                group=UID,
                extra_groups=[],
            )
        wait_until(
            lambda: serves() or not self.is_running(),
            f"the extra {self.kind} to serve",
            self.log.file,
            timeout=START_SECONDS,
        )
        assert self.is_running(), self.log.text

    def reload(self) -> None:
        """Sends SIGHUP; the log says when and how it was taken."""
        self.config_file.write_text(self.config)
        self._signal(signal.SIGHUP)

    def stop(self) -> int:
        """Tells it to end; its exit status."""
        self._signal(signal.SIGTERM)
        return self._wait()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._wait()

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def accepts(self) -> bool:
        try:
            Stream(str(self.socket)).close()
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait(self) -> int:
        assert self._process is not None
        status = self._process.wait(STOP_SECONDS)
        self._process = None
        return status
