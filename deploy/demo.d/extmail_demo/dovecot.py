# SPDX-License-Identifier: MIT
"""A private Dovecot, 2.3 or 2.4, on loopback, with the configuration that deploy/dovecot ships for it.

Dovecot looks for plugins in folders whose names are compiled in. So it runs in a mount namespace of its own, in which
folders with the system's plugins and ours lie over those.
"""

from __future__ import annotations

import shlex
import shutil
from functools import cache
from pathlib import Path

from .errors import DemoError
from .layout import Layout, make_directory, write_file
from .ports import LOOPBACK, Ports, accepts
from .process import Service
from .tools import run_tool

# What our build makes for each version, and the folder of modules in which that looks for it.
PLUGINS = {
    "2.3": {"auth": "dovecot-auth-plugin/libauthdb_extmail.so"},
    "2.4": {
        "auth": "dovecot-auth-plugin/libauthdb_extmail.so",
        "settings": "dovecot-auth-plugin/libextmail_settings.so",
    },
}

# The first lines, in each version's words. No certificate here, and passwords cross nothing but loopback.
_HEADS = {
    "2.3": """\
disable_plaintext_auth = no
""",
    "2.4": """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_allow_cleartext = yes
auth_internal_failure_delay = 0
""",
}

_CONFIGURATION = """\
{head}ssl = no
base_dir = {base}
state_dir = {state}
log_path = {log}
hostname = mail.demo.test
listen = {loopback}
protocols = imap pop3 lmtp

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


@cache
def dovecot_version() -> str:
    """Of the Dovecot that is installed: "2.3" or "2.4"."""
    said = run_tool("dovecot", "--version").split()[0]
    version = ".".join(said.split(".")[:2])
    if version not in PLUGINS:
        raise DemoError(f"Dovecot {said} is installed, and there is a plugin for {' and '.join(PLUGINS)} only")
    return version


class Dovecot(Service):
    def __init__(self, layout: Layout, ports: Ports) -> None:
        super().__init__(layout, "dovecot")
        self.config = layout.etc / "dovecot/dovecot.conf"
        self.base = layout.run / "dovecot"
        self.auth_client = self.base / "auth-client"
        self.version = dovecot_version()
        self._shipped = f"dovecot/{self.version}/extmail.conf"
        self._system_modules = _module_directory()
        self._modules = layout.modules / "dovecot"
        self._ports = ports

    def prepare(self) -> None:
        extmail = write_file(self.config.with_name("extmail.conf"), self.layout.shipped(self._shipped))
        text = _CONFIGURATION.format(
            head=_HEADS[self.version],
            base=self.base,
            state=make_directory(self.layout.root / "dovecot"),
            log=self.log_file,
            loopback=LOOPBACK,
            ports=self._ports,
            extmail=extmail,
        )
        write_file(self.config, text)

    def install_plugins(self, build_dir: Path) -> None:
        # Links stay links: the system's are relative, and resolve in the place where these folders are shown.
        for folder, plugin in PLUGINS[self.version].items():
            shutil.copytree(self._system_modules / folder, self._modules / folder, symlinks=True)
            shutil.copy(build_dir / plugin, self._modules / folder)

    def command(self) -> list[str]:
        mounts = [
            shlex.join(["mount", "--bind", str(self._modules / folder), str(self._system_modules / folder)])
            for folder in PLUGINS[self.version]
        ]
        script = " && ".join([*mounts, "exec " + shlex.join(["dovecot", "-F", "-c", str(self.config)])])
        # In a plain chroot, where / is no mount, what is mounted can't be made private.
        propagation = "private" if _root_is_a_mount() else "unchanged"
        return ["unshare", "--mount", f"--propagation={propagation}", "sh", "-c", script]

    @property
    def doveadm(self) -> list[str]:
        """The start of a command. 2.4's doveadm reads the configuration by itself, for which it needs our plugin."""
        where = ["nsenter", "--mount", "--root", f"--target={self.pid() or 0}"] if self.version == "2.4" else []
        return [*where, "doveadm", "-c", str(self.config)]

    def after_end(self) -> None:
        # What was not private is seen by others, and stays.
        for folder in PLUGINS[self.version]:
            ours, systems = self._modules / folder, self._system_modules / folder
            if ours.is_dir() and ours.samefile(systems):
                run_tool("umount", str(systems))

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
