# SPDX-License-Identifier: MIT
"""The keys that Postfix tries in an indexed table for one address, and what it makes of the value.

Written from its manual pages, apart from extmail-mapd's code, to ask mysql: tables with postmap.
"""

from __future__ import annotations

import re

NEVER_SPLIT = ("postmaster", "mailer-daemon", "double-bounce")
Attempt = tuple[bytes, str]  # key, and the extension that was cut off


def split_quotes(local: str) -> str:
    if not local.startswith('"') or not local.endswith('"') or len(local) < 2:
        return local
    return re.sub(r"\\(.)", r"\1", local[1:-1])


def cut_extension(local: str, delimiters: str) -> tuple[str, str]:
    if local.lower() in NEVER_SPLIT:
        return local, ""
    at = next((i for i, char in enumerate(local) if char in delimiters), 0)
    return (local[:at], local[at:]) if at else (local, "")


def attempts(table: str, address: str, delimiters: str = "+") -> list[Attempt]:
    """In their order."""
    local, _, domain = address.rpartition("@")
    local = split_quotes(local)
    base, extension = cut_extension(local, delimiters)
    keys = [(f"{local}@{domain}", "")]
    if extension:
        keys.append((f"{base}@{domain}", extension))
    if table == "transport_maps":
        keys.append((domain, ""))
        labels = domain.split(".")[1:]
        keys += [("." + ".".join(labels[at:]), "") for at in range(len(labels))]
    elif table == "recipient_access":
        keys.append((domain, ""))
    else:
        keys.append((f"@{domain}", ""))
    return [(key.encode(), extension) for key, extension in keys]


def domain_attempts(table: str, domain: str) -> list[bytes]:
    labels = domain.split(".")
    ends = range(len(labels)) if table == "relay_domains" else range(1)
    return [key for at in ends if (key := ".".join(labels[at:]).encode())]


def alias_result(address: str, value: str, extension: str) -> str:
    """The targets, in the form in which they are compared: separated by commas, without quotes."""
    local = split_quotes(address.rpartition("@")[0])
    local = local.removesuffix(extension)
    targets = []
    for at, target in enumerate(re.split(r"[,\s]+", value.strip(", \t\r\n"))):
        if at == 0 and target.startswith("@"):
            target = local + target
        user, sign, domain = target.rpartition("@")
        user = split_quotes(user)
        targets.append(f"{user}{extension}@{domain}" if sign else f"{target}{extension}")
    return ",".join(targets)


def without_quotes(answer: str) -> str:
    """Of an answer, to be compared with alias_result()."""
    parts = re.findall(r'(?:"(?:\\.|[^"\\])*"|[^",])+', answer)
    addresses = (part.rpartition("@") for part in parts)
    return ",".join(split_quotes(user) + sign + domain for user, sign, domain in addresses)
