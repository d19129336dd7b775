# SPDX-License-Identifier: MIT
"""The examples of extmail-maps(5), in a real Postfix."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.extra_daemon import ExtraDaemon
from support.site import POSTMASTER, Site
from support.tools import run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "doc/extmail-maps.5.scd").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL)
EXAMPLES = [text for text in BLOCKS if "socketmap:" in text]

# The map of the administrator's own: its configuration, and its table.
OWN = next(text for text in BLOCKS if text.startswith("[maps.query."))
OWN_SQL = next(text for text in BLOCKS if text.startswith("CREATE TABLE "))
OWN_MAP = OWN.partition("]")[0].removeprefix("[maps.query.")


def complaints(errors: str) -> list[str]:
    """But for that the examples replace lines of the demo, and that mailbox sizes need the VDA patch."""
    expected = re.compile("overriding earlier entry|unused parameter: virtual_mailbox_limit_maps")
    return [line for line in errors.splitlines() if not expected.search(line)]


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Path:
    """A Postfix configuration with all examples in place of the demo's own lines."""
    folder = tmp_path / "postfix"
    shutil.copytree(site.env["POSTFIX_CONFIG"], folder)
    with open(folder / "main.cf", "a", encoding="utf-8") as main_cf:
        main_cf.writelines(EXAMPLES)
    return folder


def test_postfix_takes_every_example(config: Path) -> None:
    names = set(re.findall(r"^(\w+) =", "".join(EXAMPLES), flags=re.MULTILINE))
    assert {"virtual_alias_maps", "transport_maps", "smtpd_recipient_restrictions"} <= names
    for name in names - {"virtual_mailbox_limit_maps"}:  # of the VDA patch: postconf knows of no such parameter
        done = run(["postconf", "-c", config, name])
        assert done.status == 0, done.all
        assert done.output.startswith(f"{name} ="), done.all
        assert not complaints(done.errors)


def test_every_map_has_an_example_and_every_example_a_map(site: Site) -> None:
    shown = set(re.findall(r"socketmap:unix:extmail/maps:(\w+)", "".join(EXAMPLES)))
    with site.maps() as maps:
        known = maps.ask("no_such_map", POSTMASTER).split("known are ", 1)[1].split()
    assert shown == {*known, OWN_MAP}


def test_the_tables_of_the_examples_open(site: Site, config: Path) -> None:
    tables = sorted(set(re.findall(r"(socketmap:unix:extmail/maps:\w+)", "".join(EXAMPLES))))
    answers = {}
    for table in (table for table in tables if not table.endswith(OWN_MAP)):
        key = "test.com" if table.endswith("domains") else POSTMASTER
        done = run(["postmap", "-c", config, "-q", key, table], folder=site.env["POSTFIX_QUEUE"])
        assert not complaints(done.errors)
        answers[table.rsplit(":", 1)[1]] = done.output.strip()
    assert answers["virtual_mailbox_domains"] == "test.com"
    assert answers["relay_recipient_maps"] == POSTMASTER
    assert answers["virtual_mailbox_limit_maps"].isdigit()
    assert answers["virtual_uid_maps"].isdigit()


def test_the_map_of_the_administrators_own(
    site: Site, config: Path, extra_daemon: Callable[[str], ExtraDaemon]
) -> None:
    mapd = extra_daemon("mapd")
    mapd.config += "\n" + OWN
    administrator = site.database()
    outcome = administrator.run(OWN_SQL, f"INSERT INTO {OWN_MAP} VALUES ('@office.test', 'smtp:[office.example]')")
    assert not outcome.error, outcome.message
    try:
        mapd.start()
        done = run(["postmap", "-c", config, "-q", "joe@office.test", f"socketmap:unix:{mapd.socket}:{OWN_MAP}"])
        assert done.output == "smtp:[office.example]\n"
        assert not complaints(done.errors)
    finally:
        revoke = f"REVOKE SELECT ON {OWN_MAP} FROM 'extmail_mapd'@'localhost'"
        assert not administrator.run(revoke, f"DROP TABLE {OWN_MAP}").error
