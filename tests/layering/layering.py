#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom, and which folder includes each foreign library.

Usage: layering.py ROOT    Prints a line `file:line: what is wrong` for each broken rule; exit status 1 if there is any.
"""
import re
import sys
from pathlib import Path
from typing import Iterator

# A folder may include itself and these. Longer paths win over shorter ones.
MAY_INCLUDE = {
    "lib/core": set(),
    "lib/cache": {"lib/core"},
    "lib/maildir": {"lib/core"},
    "lib/metrics": {"lib/core"},
    "lib/wire": {"lib/core"},
    "lib/client": {"lib/core"},
    "lib/mysql": {"lib/core"},
    "lib/redis": {"lib/core"},
    "lib/sqlite": {"lib/core"},
    "lib/net": {"lib/core"},
    "lib/daemon": {"lib/core", "lib/cache", "lib/metrics", "lib/wire", "lib/mysql", "lib/net"},
    "maps": {"lib/core", "lib/cache", "lib/metrics", "lib/wire", "lib/mysql", "lib/net", "lib/daemon"},
    "authd": {"lib/core", "lib/cache", "lib/metrics", "lib/wire", "lib/mysql", "lib/net", "lib/daemon"},
    "policyd": {
        "lib/core", "lib/cache", "lib/maildir", "lib/metrics", "lib/wire", "lib/mysql", "lib/redis", "lib/sqlite", "lib/net",
        "lib/daemon"
    },
    "ctl": {"lib/core", "lib/maildir", "lib/wire", "lib/client", "lib/mysql", "lib/daemon"},
    "dovecot-auth-plugin": {"lib/core", "lib/wire"},
    "sasl-auxprop": {"lib/core", "lib/wire", "lib/client"},
    "bench": set(),
}

# Foreign headers, by how their names begin, and the only folder that may include them.
HOME_OF = {
    "mysql": "lib/mysql",
    "errmsg.h": "lib/mysql",
    "mariadb": "lib/mysql",
    "hiredis/": "lib/redis",
    "sqlite3": "lib/sqlite",
    "prometheus/": "lib/metrics",
    "asio": "lib/net",
    "systemd/": "lib/net",
    "toml++": "lib/daemon",
    "CLI/": "lib/daemon",
    "fmt/": "lib/daemon",
    "openssl/": "lib/core",
    "bsd/": "ctl",
    "csv.h": "ctl",
    "curl/": "ctl",
    "nlohmann/": "ctl",
    "pwquality": "ctl",
    "crack": "ctl",
    "crypt.h": "lib/core",
    "idn2.h": "lib/core",
    "unistr.h": "lib/core",
    "uniwidth.h": "lib/core",
    "sodium.h": "lib/core",
    "sasl/": "sasl-auxprop",
    "catch2/": "tests",
}

# Tests see everything of ours, and play the host to a plugin; bench does so too, and measures what crypt(3) itself takes;
# each command of ctl has a command line of its own.
MAY_ALSO_INCLUDE = {"tests": {"sasl/", "CLI/"}, "bench": {"crypt.h", "openssl/", "sasl/"}, "ctl": {"CLI/"}}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = {".cpp", ".hpp", ".h", ".cc", ".c"}


def folder_of(path: str) -> str | None:
    return max((f for f in MAY_INCLUDE if path.startswith(f + "/")), key=len, default=None)


def included_folder(root: Path, source: Path, name: str) -> str | None:
    """The folder of ours that holds the included file: beside the source, below lib/, or below the root."""
    for base in (source.parent, root / "lib", root):
        if (base / name).is_file():
            return folder_of((base / name).resolve().relative_to(root.resolve()).as_posix())
    return None


def faults_of(root: Path, source: Path, folder: str) -> Iterator[str]:
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        place = f"{source.relative_to(root)}:{number}"
        bracket, name = match.groups()
        target = included_folder(root, source, name) if bracket == '"' else None
        if target and folder != "tests" and target != folder and target not in MAY_INCLUDE[folder]:
            yield f"{place}: {folder} may not include {target} ({name})"
        for prefix, home in HOME_OF.items():
            if target or not name.startswith(prefix) or folder == home:
                continue
            if prefix in MAY_ALSO_INCLUDE.get(folder, set()):
                continue
            yield f"{place}: only {home} may include <{name}>"


def faults(root: Path) -> list[str]:
    found: list[str] = []
    for folder in (*MAY_INCLUDE, "tests"):
        for source in sorted((root / folder).rglob("*")):
            if source.suffix in SOURCES:
                found += faults_of(root, source, folder)
    return found


def main() -> int:
    found = faults(Path(sys.argv[1]))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
