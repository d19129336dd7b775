# SPDX-License-Identifier: MIT
"""A Postfix that has every lookup twice: in extmail-mapd's maps, and in mysql: tables on the same rows.

Postfix derives the keys of mysql: tables itself, which makes it the oracle for what extmail-mapd does in its place. The
programs run twice, each with the tables of its side: smtpd (in several services, by what is asked), cleanup, which
expands aliases, and trivial-rewrite, which knows domains and transports. All listen on unix sockets.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from extmail_demo.layout import Layout, make_directory, write_file
from extmail_demo.process import Service
from extmail_demo.tools import run_tool

from .smtp import Smtp
from .stream import Stream
from .tools import run

SIDES = ("mapd", "mysql")
QUEUE_ID = re.compile(r"queued as (\w+)")

# The maps of the original guide and of those after it, as queries: the rows that are active, by the whole key.
QUERIES = {
    "virtual_mailbox_domains": "SELECT domain FROM domain WHERE domain = '%s' AND active = '1'"
    " AND SUBSTRING_INDEX(COALESCE(transport, ''), ':', 1) NOT IN ('smtp', 'relay')",
    "virtual_mailbox_maps": "SELECT maildir FROM mailbox WHERE username = '%s' AND active = '1'",
    "virtual_alias_maps": "SELECT goto FROM alias WHERE address = '%s' AND active = '1'",
    "smtpd_sender_login_maps": "SELECT username FROM mailbox WHERE username = '%s'",
    "transport_maps": "SELECT transport FROM domain WHERE domain = '%s' AND active = '1'"
    " AND transport <> '' AND transport <> 'NULL'",
    "relay_domains": "SELECT domain FROM domain WHERE domain = '%s' AND active = '1'"
    " AND SUBSTRING_INDEX(transport, ':', 1) IN ('smtp', 'relay')",
    "relay_recipient_maps": "SELECT username FROM mailbox WHERE username = '%s' AND active = '1'",
    "mailboxes_as_aliases": "SELECT username FROM mailbox WHERE username = '%s' AND active = '1'",
    "recipient_access": "SELECT '550 5.2.1 the mailbox is inactive, it does not accept mail' FROM mailbox"
    " WHERE username = '%s' AND active = '0'",
}


@dataclass(frozen=True)
class Route:
    """What trivial-rewrite makes of an address."""

    kind: str  # its address class: virtual, relay, default, ...
    transport: str
    next_hop: str


class OraclePostfix(Service):
    def __init__(
        self, layout: Layout, folder: Path, maps_socket: Path, database: str, account: tuple[str, str]
    ) -> None:
        super().__init__(layout, "oracle")
        self.config = folder / "etc"
        self.queue = folder / "spool"
        self._data = folder / "data"
        self._maps_socket = maps_socket
        self._database = database
        self._account = account

    def table(self, side: str, name: str) -> str:
        """As main.cf names it."""
        if side == "mapd":
            return f"socketmap:unix:{self._maps_socket}:{name}"
        return f"mysql:{self.config}/{name}.cf"

    def smtp(self, service: str, side: str) -> Smtp:
        return Smtp(str(self.queue / f"private/{service}-{side}"))

    def route(self, side: str, addresses: list[str]) -> list[Route]:
        """As smtpd and the queue manager ask: trivial-rewrite's own protocol, attributes that end in zero bytes."""
        with Stream(str(self.queue / f"private/rewrite-{side}")) as stream:
            return [_resolve(stream, address) for address in addresses]

    def recipients(self, queue_id: str) -> list[str]:
        """Of a mail in the queue, as cleanup left them."""
        text = run(["postcat", "-c", self.config, "-e", "-q", queue_id]).output
        mark = "recipient: "
        return sorted(line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark))

    def prepare(self) -> None:
        make_directory(self.config)
        make_directory(self.queue)
        user, password = self._account
        for name, query in QUERIES.items():
            lines = [f"hosts = unix:{self.layout.mysql_socket}", f"user = {user}", f"password = {password}"]
            lines += [f"dbname = {self._database}", "option_group =", f"query = {query}", "charset = utf8mb4"]
            write_file(self.config / f"{name}.cf", "\n".join(lines) + "\n")
        settings = "".join(f"{name} = {value}\n" for name, value in self._settings().items())
        write_file(self.config / "main.cf", settings)
        write_file(self.config / "master.cf", "\n".join(self._services()) + "\n")
        if Path("/etc/postfix/dynamicmaps.cf").exists():
            shutil.copy("/etc/postfix/dynamicmaps.cf", self.config)
        if Path("/etc/postfix/dynamicmaps.cf.d").is_dir():
            shutil.copytree("/etc/postfix/dynamicmaps.cf.d", self.config / "dynamicmaps.cf.d")

    def before_start(self) -> None:
        run_tool("postfix", "-c", str(self.config), "check")

    def command(self) -> list[str]:
        programs = run_tool("postconf", "-d", "-h", "daemon_directory").strip()
        return [f"{programs}/master", "-c", str(self.config)]

    def is_ready(self) -> bool:
        return all((self.queue / f"private/rewrite-{side}").is_socket() for side in SIDES)

    def _settings(self) -> dict[str, str]:
        return {
            "compatibility_level": "3.6",
            "queue_directory": str(self.queue),
            "data_directory": str(self._data),
            "maillog_file": str(self.log_file),
            "maillog_file_prefixes": str(self.layout.log),
            "inet_protocols": "ipv4",
            "inet_interfaces": "127.0.0.1",
            "default_transport": "default:",
            "local_transport": "local:",
            "virtual_transport": "virtual:",
            "relay_transport": "relay:",
            "disable_dns_lookups": "yes",
            "smtpd_peername_lookup": "no",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "myhostname": "mail.oracle.test",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",  # as which clients on unix sockets count
            "virtual_alias_domains": "",
            "recipient_delimiter": "+",
            "smtpd_sasl_auth_enable": "yes",  # XCLIENT says who has logged in
            "smtpd_sasl_security_options": "noanonymous",
            "smtpd_authorized_xclient_hosts": "static:all",
            "smtpd_delay_reject": "no",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtpd_reject_unlisted_recipient": "no",
            # Hundreds of questions in one session.
            "smtpd_error_sleep_time": "0s",
            "smtpd_soft_error_limit": "100000",
            "smtpd_hard_error_limit": "100000",
            "smtpd_junk_command_limit": "100000",
            "smtpd_recipient_limit": "100000",
            "smtpd_recipient_overshoot_limit": "100000",
            "smtpd_client_event_limit_exceptions": "static:all",
        }

    def _services(self) -> list[str]:
        lines = ["postlog unix-dgram n - n - 1 postlogd", "qmgr unix n - n 300 1 qmgr"]
        lines += [f"{name} unix - - n - 0 bounce" for name in ("bounce", "defer", "trace")]
        lines += ["rewrite unix - - n - - trivial-rewrite", "cleanup unix n - n - 0 cleanup"]
        lines += ["tlsmgr unix - - n 1000? 1 tlsmgr", "anvil unix - - n - 1 anvil"]
        for side in SIDES:
            names = ("virtual_mailbox_domains", "relay_domains", "transport_maps")
            lines.append(self._service("rewrite", side, "- - n - 1 trivial-rewrite", self._tables(side, *names)))
            aliases = self._tables(side, "virtual_alias_maps")
            if side == "mysql":  # as guides do it, so that a catch-all does not take the mail of mailboxes
                aliases["virtual_alias_maps"] += f" {self.table(side, 'mailboxes_as_aliases')}"
            common = {"rewrite_service_name": f"rewrite-{side}"}
            lines.append(self._service("cleanup", side, "n - n - 0 cleanup", {**common, **aliases}))
            common["cleanup_service_name"] = f"cleanup-{side}"
            mailboxes = self._tables(side, "virtual_mailbox_domains", "virtual_mailbox_maps", "relay_recipient_maps")
            mailboxes |= {"smtpd_reject_unlisted_recipient": "yes"}
            access = f"check_recipient_access {self.table(side, 'recipient_access')}"
            owners = {"smtpd_sender_restrictions": "reject_sender_login_mismatch"}
            settings = {
                "queue": {"smtpd_data_restrictions": "check_client_access static:HOLD"},
                "mailboxes": mailboxes,
                "recipients": {
                    **mailboxes,
                    **aliases,
                    "smtpd_recipient_restrictions": "reject_unauth_destination",
                },
                "owners": {**owners, **self._tables(side, "smtpd_sender_login_maps")},
                "access": {"smtpd_recipient_restrictions": access},
            }
            lines += [
                self._service(service, side, "- - n - - smtpd", {**common, **own})
                for service, own in settings.items()
            ]
        return lines

    def _tables(self, side: str, *names: str) -> dict[str, str]:
        return {name: self.table(side, name) for name in names}

    @staticmethod
    def _service(name: str, side: str, columns: str, settings: dict[str, str]) -> str:
        options = "".join(f"\n  -o {{ {key} = {value} }}" for key, value in settings.items())
        return f"{name}-{side} unix {columns}{options}"


def _resolve(stream: Stream, address: str) -> Route:
    request = {"request": "resolve", "sender": "", "address": address}
    stream.send(b"".join(f"{name}\0{value}\0".encode() for name, value in request.items()) + b"\0")
    reply = _attributes(stream)
    while "transport" not in reply:  # newer ones introduce themselves
        reply = _attributes(stream)
    flags = int(reply["flags"])
    classes = {1 << 8: "local", 1 << 9: "alias", 1 << 10: "virtual", 1 << 11: "relay", 1 << 12: "default"}
    kind = next((name for bit, name in classes.items() if flags & bit), "none")
    if flags & 8:
        kind = "failed"
    return Route(kind, reply["transport"], reply["nexthop"])


def _attributes(stream: Stream) -> dict[str, str]:
    attributes = {}
    while name := stream.receive_until(b"\0")[:-1].decode():
        attributes[name] = stream.receive_until(b"\0")[:-1].decode(errors="replace")
    return attributes
