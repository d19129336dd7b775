# SPDX-License-Identifier: MIT
"""The scenario table of the unit tests, on MariaDB and through a real Postfix: the same rows, keys and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.extra_daemon import ExtraDaemon
from support.postmap import Postmap
from support.scenarios import Scenario, read_table, scenario_database
from support.site import Site
from support.socketmap import NOT_FOUND, Socketmap, request
from support.tools import run

DATABASE = "scenarios"


@pytest.fixture(scope="module")
def tool(build_dir: Path) -> Path:
    return build_dir / "tests/integration/scenario_tool"


@pytest.fixture(scope="module", autouse=True)
def rows(site: Site, tool: Path) -> Iterator[None]:
    with scenario_database(site, tool, DATABASE):
        yield


def test_mariadb_answers_like_the_directory_in_memory(site: Site, tool: Path) -> None:
    password = site.database_password("mapd")
    done = run([tool, "check", site.env["MYSQL_SOCKET"], DATABASE, "extmail_mapd", password])
    assert done.status == 0, done.all
    assert done.output.endswith(" scenarios, 0 differences\n")


@pytest.fixture(scope="module")
def table(tool: Path) -> list[Scenario]:
    scenarios = read_table(run([tool, "table"]).output)
    assert len(scenarios) > 700
    return scenarios


@pytest.mark.parametrize("rules", ["guide", "lenient", "strict"])
def test_postfix_gets_the_same_answers(
    site: Site, tool: Path, table: list[Scenario], extra_daemon: Callable[[str], ExtraDaemon], rules: str
) -> None:
    assert rules in run([tool, "rules"]).output.split()
    mapd = extra_daemon("mapd")
    mapd.change('name = "extmail"', f'name = "{DATABASE}"')
    mapd.change('expiry = "enforce"\n', "")
    mapd.change("[mail]\n", "[mail]\n" + run([tool, "mail", rules]).output)
    mapd.start()
    scenarios = [scenario for scenario in table if scenario.rules == rules]
    assert scenarios
    postmap = Postmap(site.env["POSTFIX_CONFIG"])
    differences = []
    with Socketmap(str(mapd.socket)) as maps:
        for scenario in scenarios:
            reply = maps.ask(scenario.map, scenario.key)
            if not scenario.is_answered_by(reply):
                differences.append(f"{scenario}: {reply[:200]!r}, not {scenario.answer[:200]!r}")
    for name in sorted({scenario.map for scenario in scenarios}):
        asked = [s for s in scenarios if s.map == name and postmap.can_ask(s.key)]
        found = postmap.ask(f"socketmap:unix:{mapd.socket}:{name}", [s.key for s in asked if s.is_answer])
        for scenario in asked:
            if scenario.is_answer and found.get(scenario.key) != scenario.found:
                differences.append(f"{scenario}: postmap has {found.get(scenario.key)!r}")
        for scenario in [s for s in asked if not s.is_answer][:1]:  # postmap takes a second to give up
            done = postmap.ask_one(f"socketmap:unix:{mapd.socket}:{name}", scenario.key)
            if done.status != 1 or scenario.reason not in done.errors:
                differences.append(f"{scenario}: postmap says {done.all!r}")
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "gbk"])
def test_a_key_that_the_tables_could_not_store_is_not_found(
    site: Site, extra_daemon: Callable[[str], ExtraDaemon], charset: str
) -> None:
    """Upgraded databases often have such tables; MariaDB answers the comparison with an error.

    It stands last, because the rows lose what does not fit.
    """
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
    # Asked together they share a query, and the others must not pay for the one.
    keys = [f"cold{number}@test.com" for number in range(12)] + ["😀@test.com", "日本@test.com"]
    with ExitStack() as stack:
        clients = [stack.enter_context(Socketmap(str(mapd.socket))) for _ in keys]
        for client, key in zip(clients, keys):
            client.send(request("virtual_mailbox_maps", key))
        assert {client.reply() for client in clients} == {NOT_FOUND}
