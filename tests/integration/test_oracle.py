# SPDX-License-Identifier: MIT
"""Postfix's own mysql: tables as the oracle: same rows, same keys, same answers, or a reason that is written down."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.extra_daemon import ExtraDaemon
from support.indexed_tables import alias_result, attempts, domain_attempts, without_quotes
from support.oracle import QUERIES, QUEUE_ID, SIDES, OraclePostfix
from support.oracle_differences import DIFFERENCES, REASONS
from support.postmap import Postmap
from support.scenarios import Scenario, read_table, scenario_database
from support.site import Site
from support.tools import run

DATABASE = "oracle"
DOMAIN_MAPS = ("virtual_mailbox_domains", "relay_domains")
LONGEST = 300  # bytes of an address in a dialogue
LOOPS = ("ring-a@test.com", "alice@ring-a.com", "whole@test.com")
QUOTED = r'"(?:\\.|[^"\\])+"'
PLAIN = r'[^ "@,\\()\[\]:;<>]+'
MANY_LINES = {"lines@test.com", "huge@test.com"}  # values that postmap can't print on one line
LOGINS = ("", "Alice@test.com", "bob@test.com", "postmaster@test.com", "carol@test.com", "user@catch.com", "x@old.com")


@pytest.fixture(scope="module")
def oracle(site: Site, build_dir: Path) -> Iterator[OraclePostfix]:
    tool = build_dir / "tests/integration/scenario_tool"
    mapd = ExtraDaemon(site, "mapd")
    folder = Path(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
    folder.chmod(0o755)
    with scenario_database(site, tool, DATABASE):
        try:
            mapd.change('name = "extmail"', f'name = "{DATABASE}"')
            mapd.change('expiry = "enforce"\n', "")
            mapd.change("[mail]\n", "[mail]\n" + run([tool, "mail", "guide"]).output)
            mapd.start()
            account = ("extmail_mapd", site.database_password("mapd"))
            postfix = OraclePostfix(site.demo.layout, folder, mapd.socket, DATABASE, account)
            postfix.prepare()
            postfix.start()
            try:
                yield postfix
            finally:
                postfix.stop()
        finally:
            mapd.close()
            run(["rm", "-rf", folder])


@pytest.fixture(scope="module")
def table(build_dir: Path) -> list[Scenario]:
    text = run([build_dir / "tests/integration/scenario_tool", "table"]).output
    return [scenario for scenario in read_table(text) if scenario.rules == "guide"]


def is_address(key: bytes) -> bool:
    """One that a client can send: the rest is for the scenarios."""
    if len(key) > LONGEST or not Postmap.can_ask(key):
        return False
    return bool(re.fullmatch(f"(?:{QUOTED}|{PLAIN})@{PLAIN}", key.decode())) and b"\x7f" not in key


@pytest.fixture(scope="module")
def addresses(table: list[Scenario]) -> list[str]:
    keys = {s.key for s in table if s.map not in DOMAIN_MAPS and is_address(s.key)}
    chosen = sorted(key.decode() for key in keys)
    assert len(chosen) > 150
    return chosen


def compare(check: str, ours: dict[str, str], theirs: dict[str, str]) -> None:
    """Every difference is listed, with what Postfix has, and everything listed is one."""
    assert ours.keys() == theirs.keys()
    listed = {key: answer for name, key, answer, reason in DIFFERENCES if name == check and REASONS[reason]}
    wrong = []
    for key, answer in ours.items():
        expected = listed.pop(key, None)
        if answer == theirs[key] and expected is not None:
            wrong.append(f"{check} {key!r} is listed, but no different: {answer!r}")
        elif answer != theirs[key] and expected is None:
            wrong.append(f"{check} {key!r}: {answer!r}, Postfix has {theirs[key]!r}")
        elif expected is not None and theirs[key] != expected:
            wrong.append(f"{check} {key!r}: Postfix has {theirs[key]!r}, not {expected!r}")
    wrong += [f"{check} {key!r} is listed, but never asked" for key in listed]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name in QUERIES if name != "mailboxes_as_aliases"])
def test_values_by_the_keys_that_postfix_would_try(
    oracle: OraclePostfix, table: list[Scenario], name: str
) -> None:
    """Hundreds of keys: postmap asks mysql: for each that Postfix would, and extmail-mapd for the address alone."""
    postmap = Postmap(str(oracle.config))
    if name in DOMAIN_MAPS:
        keys = {s.key.decode() for s in table if s.map == name and Postmap.can_ask(s.key) and b"." in s.key[1:-1]}
        keys = {key for key in keys if not set(key) & set(' @[]:/,"')}
        tried = {key: [(attempt, "") for attempt in domain_attempts(name, key)] for key in keys}
    else:
        keys = {s.key.decode() for s in table if s.map == name and s.is_answer and is_address(s.key)}
        keys -= MANY_LINES
        tried = {key: attempts(name, key) for key in keys}
    assert len(keys) > 15
    asked = {attempt for tries in tried.values() for attempt, _ in tries}
    rows = postmap.ask(oracle.table("mysql", name), sorted(asked))
    answers = postmap.ask(oracle.table("mapd", name), [key.encode() for key in sorted(keys)])
    ours, theirs = {}, {}
    for key in sorted(keys):
        ours[key] = answers.get(key.encode(), "")
        value, extension = next(((rows[at], ext) for at, ext in tried[key] if at in rows), ("", ""))
        if name == "virtual_alias_maps":
            ours[key] = without_quotes(ours[key])
            value = alias_result(key, value, extension) if value else ""
        theirs[key] = value
    compare(name, ours, theirs)


def test_classes_and_routes(oracle: OraclePostfix, addresses: list[str]) -> None:
    """trivial-rewrite: virtual_mailbox_domains, relay_domains and transport_maps at work."""
    found = {
        side: {
            address: f"{route.kind} {route.transport}:{route.next_hop}"
            for address, route in zip(addresses, oracle.route(side, addresses), strict=True)
        }
        for side in SIDES
    }
    compare("route", found["mapd"], found["mysql"])


@pytest.mark.parametrize("service", ["mailboxes", "recipients", "access"])
def test_recipients(oracle: OraclePostfix, addresses: list[str], service: str) -> None:
    """smtpd's reply to RCPT TO, whole.

    By virtual_mailbox_maps and relay_recipient_maps; with virtual_alias_maps and relay access too; by recipient_access.
    """
    found: dict[str, dict[str, str]] = {}
    for side in SIDES:
        with oracle.smtp(service, side) as smtp:
            assert smtp.mail("someone@example.org", "SMTPUTF8").startswith("250 ")
            found[side] = {address: smtp.rcpt(address) for address in addresses}
            assert sum(reply.startswith("250 ") for reply in found[side].values()) > 20
    compare(service, found["mapd"], found["mysql"])


def test_alias_expansion(oracle: OraclePostfix, addresses: list[str]) -> None:
    """cleanup's expansion to its end, read from the queue file; where it has none, the reply."""
    found: dict[str, dict[str, str]] = {side: {} for side in SIDES}
    for side in SIDES:
        with oracle.smtp("queue", side) as smtp:
            for address in addresses:
                assert smtp.mail("someone@example.org", "SMTPUTF8").startswith("250 ")
                reply = smtp.rcpt(address)
                if reply.startswith("250 "):
                    reply = smtp.data("Subject: To whom it may concern\n\n")
                queue_id = QUEUE_ID.search(reply)
                found[side][address] = " ".join(oracle.recipients(queue_id[1])).lower() if queue_id else reply
                assert smtp.command("RSET").startswith("250 ")
        # What nobody can deliver is put off, and the sender told why: no loop hangs, and no mail is lost.
        assert {found[side][address] for address in LOOPS} == {"451 4.6.0 Alias expansion error"}
        assert sum("@" in became for became in found[side].values()) > 150
    compare("expansion", found["mapd"], found["mysql"])


def test_owners(oracle: OraclePostfix, table: list[Scenario]) -> None:
    """Whom smtpd lets send as an address: each login in turn, and nobody at all."""
    keys = {s.key for s in table if s.map == "smtpd_sender_login_maps" and is_address(s.key)}
    addresses = sorted(key.decode() for key in keys)
    assert len(addresses) > 50
    found: dict[str, dict[str, list[str]]] = {side: {address: [] for address in addresses} for side in SIDES}
    for side in SIDES:
        for login in LOGINS:
            with oracle.smtp("owners", side) as smtp:
                if login:
                    assert smtp.command(f"XCLIENT LOGIN={login}").startswith("220 ")
                    assert smtp.command("EHLO client.example.org").startswith("250-")
                for address in addresses:
                    reply = smtp.mail(address, "SMTPUTF8")
                    if reply.startswith("250 "):
                        found[side][address].append(login or "nobody")
                        assert smtp.command("RSET").startswith("250 ")
                    else:
                        assert reply.startswith(("553 5.7.1", "501 ", "451 ")), reply
                        if not reply.startswith("553"):
                            found[side][address].append(reply[:3])
    ours, theirs = ({key: " ".join(who) for key, who in found[side].items()} for side in SIDES)
    compare("owners", ours, theirs)
