# SPDX-License-Identifier: MIT
"""The layering rules hold in this tree, and the check notices when one is broken."""
import shutil
from pathlib import Path

import pytest

import layering

ROOT = Path(__file__).resolve().parents[2]


def test_the_tree_keeps_its_rules() -> None:
    assert layering.faults(ROOT) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in layering.MAY_INCLUDE:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("lib/core/access.cpp", '#include "mysql/pool.hpp"', "lib/core may not include lib/mysql"),
        ("lib/core/access.cpp", '#include "wire/policy.hpp"', "lib/core may not include lib/wire"),
        ("lib/wire/policy.cpp", '#include "net/protocol.hpp"', "lib/wire may not include lib/net"),
        ("lib/net/server.cpp", '#include "wire/policy.hpp"', "lib/net may not include lib/wire"),
        ("lib/mysql/pool.cpp", '#include "net/workers.hpp"', "lib/mysql may not include lib/net"),
        ("lib/metrics/families.cpp", '#include "net/protocol.hpp"', "lib/metrics may not include lib/net"),
        ("lib/client/unix_stream.cpp", '#include "wire/policy.hpp"', "lib/client may not include lib/wire"),
        ("lib/cache/store.cpp", '#include "mysql/pool.hpp"', "lib/cache may not include lib/mysql"),
        ("policyd/state/journal.cpp", "#include <sqlite3.h>", "only lib/sqlite may include <sqlite3.h>"),
        ("maps/main.cpp", '#include "policyd/pipeline.hpp"', "maps may not include policyd"),
        ("policyd/main.cpp", '#include "../authd/config.hpp"', "policyd may not include authd"),
        ("sasl-auxprop/plugin.cpp", '#include "net/protocol.hpp"', "sasl-auxprop may not include lib/net"),
        ("dovecot-auth-plugin/plugin.cpp", '#include "mysql/pool.hpp"', "dovecot-auth-plugin may not include lib/mysql"),
        ("ctl/main.cpp", '#include "net/server.hpp"', "ctl may not include lib/net"),
        ("bench/crypt_load.cpp", '#include "core/password.hpp"', "bench may not include lib/core"),
        ("bench/crypt_load.cpp", "#include <idn2.h>", "only lib/core may include <idn2.h>"),
    ],
)
def test_a_forbidden_folder_is_found(copy: Path, file: str, line: str, fault: str) -> None:
    check_found(copy, file, line, fault)


@pytest.mark.parametrize("prefix", layering.HOME_OF)
def test_a_foreign_library_outside_its_folder_is_found(copy: Path, prefix: str) -> None:
    home = layering.HOME_OF[prefix]
    stranger = "lib/wire/policy.cpp" if home != "lib/wire" else "lib/net/server.cpp"
    header = prefix if prefix.endswith(".h") else prefix + "x.hpp"
    check_found(copy, stranger, f"#  include <{header}>", f"only {home} may include <{header}>")


def check_found(copy: Path, file: str, line: str, fault: str) -> None:
    assert layering.faults(copy) == []
    source = copy / file
    source.write_text(line + "\n" + source.read_text(encoding="utf-8"), encoding="utf-8")
    found = layering.faults(copy)
    assert len(found) == 1 and found[0].startswith(f"{file}:1: {fault}"), found
