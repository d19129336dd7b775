# SPDX-License-Identifier: MIT
"""The scenario table of the unit tests, on MariaDB and through a real Postfix: the same rows, keys and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo.mariadb import MariaDb
from support.extra_daemon import ExtraDaemon
from support.site import Site
from support.socketmap import NOT_FOUND, Socketmap
from support.tools import run

SCHEMA = Path(__file__).resolve().parents[2] / "sql/extmail.sql"
DATABASE = "scenarios"


@pytest.fixture(scope="module")
def tool(build_dir: Path) -> Path:
    return build_dir / "tests/integration/scenario_tool"


@pytest.fixture(scope="module")
def rows(site: Site, tool: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database with the scenarios' rows, which extmail-mapd's account may read."""
    file = tmp_path_factory.mktemp("scenarios") / "rows.sql"
    file.write_text(run([tool, "sql"]).output, encoding="utf-8")
    mariadb: MariaDb = site.demo.mariadb
    mariadb.sql(f"CREATE DATABASE {DATABASE}", database="mysql")
    mariadb.load(SCHEMA, database=DATABASE)
    mariadb.load(file, database=DATABASE)
    mariadb.sql(f"GRANT SELECT ON {DATABASE}.* TO 'extmail_mapd'@'localhost'", database="mysql")
    yield
    mariadb.sql(f"REVOKE SELECT ON {DATABASE}.* FROM 'extmail_mapd'@'localhost'", database="mysql")
    mariadb.sql(f"DROP DATABASE {DATABASE}", database="mysql")


@pytest.mark.usefixtures("rows")
def test_mariadb_answers_like_the_directory_in_memory(site: Site, tool: Path) -> None:
    password = site.database_password("mapd")
    done = run([tool, "check", site.env["MYSQL_SOCKET"], DATABASE, "extmail_mapd", password])
    assert done.status == 0, done.all
    assert done.output.endswith(" scenarios, 0 differences\n")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "gbk"])
def test_a_key_that_the_tables_could_not_store_is_not_found(
    site: Site, extra_daemon: Callable[[str], ExtraDaemon], charset: str
) -> None:
    """Upgraded databases often have such tables; MariaDB answers the comparison with an error."""
    for table in ("domain", "mailbox", "alias"):
        statement = f"ALTER TABLE {table} CONVERT TO CHARACTER SET {charset}"
        site.demo.mariadb.sql(statement, database=DATABASE)
    mapd = extra_daemon("mapd")
    mapd.change('name = "extmail"', f'name = "{DATABASE}"')
    mapd.start()
    with Socketmap(str(mapd.socket)) as maps:
        assert maps.ask("virtual_alias_maps", "support@test.com") == "OK postmaster@test.com"
        for key in ("日本@test.com", "😀@example.org", "x@日本.com"):
            for name in ("virtual_mailbox_maps", "smtpd_sender_login_maps"):
                assert maps.ask(name, key) in (NOT_FOUND, "OK postmaster@test.com"), key
        assert maps.ask("virtual_mailbox_domains", "日本.com") == NOT_FOUND


@pytest.mark.usefixtures("rows")
def test_postfix_gets_the_same_answers(
    site: Site, tool: Path, extra_daemon: Callable[[str], ExtraDaemon]
) -> None:
    mapd = extra_daemon("mapd")
    mapd.change('name = "extmail"', f'name = "{DATABASE}"')
    mapd.change("[mail]\n", '[mail]\nmailhost_transport = "lmtp:inet:[%h]:24"\nrelay_transports = ["relay", "smtp"]\n')
    mapd.start()
    table = [line.split("\t") for line in run([tool, "table"]).output.splitlines()]
    assert len(table) > 40
    differences = []
    for name, key, answer, story in table:
        if not key:  # postmap takes no empty key
            continue
        command = ["postmap", "-c", site.env["POSTFIX_CONFIG"], "-q", key, f"socketmap:unix:{mapd.socket}:{name}"]
        done = run(command)
        got = done.output.removesuffix("\n")
        if got != answer or done.errors or done.status != (0 if answer else 1):
            differences.append(f"{story}: {name} {key}: {done.all!r}, not {answer!r}")
    assert not differences, "\n".join(differences)
