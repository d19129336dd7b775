# SPDX-License-Identifier: MIT
"""Rows as ExtMan writes them, and as it does not: whatever a test gives a column stands there as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extmail_demo import Demo

from .passwords import new_password, store

Column = str | int | None
Columns = dict[str, Any]  # to be given as keywords

# Ways of a mailbox to be switched off, and what is said of it.
SWITCHED_OFF: dict[str, tuple[Columns, str]] = {
    "inactive": ({"active": 0}, "the mailbox is inactive"),
    "expired": ({"expiredate": "2010-01-01"}, "the mailbox has expired"),
}

# A list that makes an answer of some 50 kB, which a few of fill any socket.
LONG_GOTO = ",".join(f"member{n}@a-long-name-of-a-domain.example" for n in range(1300))


@dataclass(frozen=True)
class Mailbox:
    address: str
    password: str
    maildir: Path  # where mail for it must end up


class Accounts:
    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def domain(self, name: str, **columns: Column) -> str:
        row: dict[str, Column] = {
            "domain": name,
            "description": "测试域",
            "maxquota": "1073741824S",
            "maxnetdiskquota": "0S",
            "transport": "",
            "default_expire": "1y",
            "disableimap": 1,  # the template for new users, not a ban
            "expiredate": "0000-00-00",
        }
        self._insert("domain", {**row, **columns})
        return name

    def mailbox(
        self,
        address: str,
        password: str | None = None,
        scheme: str = "$1$",
        stored: str | None = None,
        **columns: Column,
    ) -> Mailbox:
        """A mailbox with a password of its own unless one is given, by the scheme or as stored says."""
        password = new_password() if password is None else password
        local, _, domain = address.rpartition("@")
        row: dict[str, Column] = {
            "username": address,
            "uid": local,
            "password": store(password, scheme) if stored is None else stored,
            "clearpwd": "",
            "name": "测试用户",
            "mailhost": "",
            "maildir": f"{domain}/{local}/Maildir/",
            "homedir": f"{domain}/{local}",
            "quota": "104857600S",
            "netdiskquota": "0S",
            "domain": domain,
            "uidnumber": 1000,
            "gidnumber": 1000,
            "expiredate": "0000-00-00",
            "active": 1,
            "disablepwdchange": 0,
            "disablesmtpd": 0,
            "disablesmtp": 0,
            "disablewebmail": 0,
            "disablenetdisk": 0,
            "disableimap": 0,
            "disablepop3": 0,
            "question": "",
            "answer": "",
        }
        row.update(columns)
        self._insert("mailbox", row)
        return Mailbox(address, password, Path(self._demo.env["MAIL_BASE"], str(row["maildir"])))

    def alias(self, address: str, goto: str, **columns: Column) -> str:
        row: dict[str, Column] = {"address": address, "goto": goto, "domain": address.rpartition("@")[2]}
        self._insert("alias", {**row, **columns})
        return address

    def change(self, mailbox: Mailbox, **columns: Column) -> None:
        settings = ", ".join(f"{name} = ?" for name in columns)
        self._demo.sql(
            f"UPDATE mailbox SET {settings} WHERE username = ?", *columns.values(), mailbox.address
        )

    def delete(self, mailbox: Mailbox) -> None:
        self._demo.sql("DELETE FROM mailbox WHERE username = ?", mailbox.address)

    def stored_password(self, mailbox: Mailbox) -> str:
        """As it stands in the column."""
        ((stored,),) = self._demo.sql("SELECT password FROM mailbox WHERE username = ?", mailbox.address)
        return stored or ""

    def _insert(self, table: str, row: dict[str, Column]) -> None:
        places = ", ".join("?" * len(row))
        self._demo.sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())
