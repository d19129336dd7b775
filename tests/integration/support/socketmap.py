# SPDX-License-Identifier: MIT
"""A client of socketmap_table(5), which asks as Postfix does."""

from __future__ import annotations

from .netstring import netstring, receive_netstring
from .stream import Stream

NOT_FOUND = "NOTFOUND "
MAPS = ("virtual_mailbox_domains", "virtual_mailbox_maps", "virtual_alias_maps", "smtpd_sender_login_maps")


def request(table: str, key: str | bytes) -> bytes:
    octets = key if isinstance(key, bytes) else key.encode()
    return netstring(table.encode() + b" " + octets)


class Socketmap(Stream):
    def ask(self, table: str, key: str | bytes) -> str:
        """The reply as it came: `OK data`, `NOTFOUND `, `TEMP reason` or `PERM reason`."""
        self.send(request(table, key))
        return self.reply()

    def reply(self) -> str:
        return receive_netstring(self).decode()
