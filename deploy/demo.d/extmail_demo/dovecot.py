# SPDX-License-Identifier: MIT
"""A private Dovecot 2.3 on loopback, with the configuration that deploy/dovecot ships.

Dovecot looks for auth plugins in one folder only, whose name is compiled in. So it runs in a mount namespace
of its own, in which a folder with the system's plugins and ours lies over that one.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from .errors import DemoError
from .layout import Layout, make_directory, write_file
from .ports import LOOPBACK, Ports, accepts
from .process import Service
from .tools import run_tool

_CONFIGURATION = """\
base_dir = {base}
state_dir = {state}
log_path = {log}
hostname = mail.demo.test
listen = {loopback}
protocols = imap pop3 lmtp

# No certificate here, and passwords cross nothing but loopback.
ssl = no
disable_plaintext_auth = no

# Failed logins are told at once: no delay, and no penalty for the address that all clients here share.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_verbose = yes

service imap-login {{
  inet_listener imap {{
    port = {ports.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {ports.pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0600
  }}
}}

!include {extmail}
"""


class Dovecot(Service):
    def __init__(self, layout: Layout, ports: Ports) -> None:
        super().__init__(layout, "dovecot")
        self.config = layout.etc / "dovecot/dovecot.conf"
        self.base = layout.run / "dovecot"
        self.auth_client = self.base / "auth-client"
        self._system_plugins = _module_directory() / "auth"
        self._plugins = layout.modules / "dovecot-auth"
        self._ports = ports

    def prepare(self) -> None:
        extmail = write_file(
            self.config.with_name("extmail.conf"), self.layout.shipped("dovecot/2.3/extmail.conf")
        )
        text = _CONFIGURATION.format(
            base=self.base,
            state=make_directory(self.layout.root / "dovecot"),
            log=self.log_file,
            loopback=LOOPBACK,
            ports=self._ports,
            extmail=extmail,
        )
        write_file(self.config, text)

    def install_plugin(self, plugin: Path) -> None:
        # Links stay links: the system's are relative, and resolve in the place where this folder is shown.
        shutil.copytree(self._system_plugins, self._plugins, symlinks=True)
        shutil.copy(plugin, self._plugins)

    def command(self) -> list[str]:
        script = shlex.join(["mount", "--bind", str(self._plugins), str(self._system_plugins)])
        script += " && exec " + shlex.join(["dovecot", "-F", "-c", str(self.config)])
        # In a plain chroot, where / is no mount, what is mounted can't be made private.
        propagation = "private" if _root_is_a_mount() else "unchanged"
        return ["unshare", "--mount", f"--propagation={propagation}", "sh", "-c", script]

    def after_end(self) -> None:
        # What was not private is seen by others, and stays.
        if self._plugins.is_dir() and self._plugins.samefile(self._system_plugins):
            run_tool("umount", str(self._system_plugins))

    def before_start(self) -> None:
        # Dovecot believes a pid file that a crash left behind, as long as its process is a zombie.
        (self.base / "master.pid").unlink(missing_ok=True)

    def is_ready(self) -> bool:
        ports = (self._ports.imap, self._ports.pop3)
        sockets = (self.layout.lmtp_socket, self.auth_client)
        return all(accepts((LOOPBACK, port)) for port in ports) and all(
            accepts(str(path)) for path in sockets
        )


def _root_is_a_mount() -> bool:
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(mount.split()[4] == "/" for mount in mounts)


def _module_directory() -> Path:
    """As dovecot-dev says."""
    facts = Path("/usr/lib/dovecot/dovecot-config")
    for line in facts.read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "dovecot_moduledir":
            return Path(value.strip("'\""))
    raise DemoError(f"{facts} names no dovecot_moduledir")
