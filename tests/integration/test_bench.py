# SPDX-License-Identifier: MIT
"""The measurements run through and say what they should; what they measure is not a test's business."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from extmail_demo import Demo

from support.accounts import Accounts
from support.tools import run

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--rounds 1 --domains 10 --mailboxes 2000 --aliases 100 --warm 500 --keys 500 --cold 320 --seconds 0.2 --memory 2000"


def test_every_row_of_lookups_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/maps", "--build-dir", build_dir, "--json", file, *SMALL.split()]
    done = run(command, seconds=120)
    assert done.status == 0, done.all
    rows = {(row["what"], row["against"]) for row in json.loads(file.read_text(encoding="utf-8"))}
    assert rows == {
        ("cached, 1 client", "constant responder"),
        ("cached, 1 client", "mysql:"),
        ("cached, 1 client", "proxy:mysql:"),
        ("cold, 1 client", "mysql:"),
        ("cold, 16 clients", "16 x mysql:"),
        ("cached, 512 connections", "1 connection"),
        ("its 99th percentile, 512 connections", "its median"),
        ("a change shows, at worst", "the target"),
        ("resident at start", "the target"),
        ("resident with 2000 mailboxes", "the target"),
    }
    assert all(what in done.output for what, _ in rows)


SMALL_AUTH = "--rounds 1 --domains 10 --users 1500 --known 100 --logins 500 --new 400 --alone 100 --seconds 0.2"
PEERS = ("static", "dovecot-mysql", "dovecot-mysql, its auth cache on", "dovecot-mysql, {PLAIN} passwords")


def test_every_row_of_logins_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/auth", "--build-dir", build_dir, "--json", file, *SMALL_AUTH.split()]
    done = run(command, seconds=120)
    assert done.status == 0, done.all
    results = json.loads(file.read_text(encoding="utf-8"))
    rows = {(row["what"], row["against"]): row["target"] for row in results["rows"]}
    seen, whole, alone = "seen before", "seen before, with the mailbox", "seen before, one at a time"
    assert rows.keys() == {
        *((what, peer) for what in (seen, whole, alone) for peer in PEERS),
        ("first time", "dovecot-mysql"),
        ("first time", "crypt(3) on all processors"),
        ("resident, Dovecot's auth", "static"),
        ("resident, with extmail-authd", "dovecot-mysql, with workers"),
    }
    assert sum(target is not None for target in rows.values()) == 6
    assert all(row["ours"] > 0 and row["theirs"] > 0 for row in results["rows"])
    measured = {(cost["what"], cost["passdb"]) for cost in results["costs"]}
    assert measured == {
        *((what, peer) for what in (seen, whole, alone) for peer in (*PEERS, "extmail")),
        *(("first time", peer) for peer in ("dovecot-mysql", "extmail", "crypt(3) on all processors")),
    }
    assert re.fullmatch(r"\d+ % of the processors' time .*", results["other load"])
    assert all(what in done.output and peer in done.output for what, peer in measured | rows.keys())


SMALL_SASL = "--rounds 1 --domains 10 --users 1500 --known 100 --logins 1000 --new 100 --sessions 100 --processes 4"


def test_every_row_of_sasl_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/sasl", "--build-dir", build_dir, "--json", file, *SMALL_SASL.split()]
    done = run(command, seconds=180)
    assert done.status == 0, done.all
    results = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["what"]: row["target"] for row in results["rows"]}
    mechanisms = ("PLAIN", "CRAM-MD5")
    library = [f"library, {mechanism}{more}" for mechanism in mechanisms for more in ("", ", one process", ", first time")]
    smtpd = [f"smtpd, {mechanism}" for mechanism in mechanisms]
    assert rows.keys() == {
        *library,
        *smtpd,
        *(f"{what}, less a session without AUTH" for what in smtpd),
        "library, PLAIN, $1$ hashes",
        "smtpd, PLAIN, $1$ hashes",
    }
    assert {what for what, target in rows.items() if target} == {"library, PLAIN", "library, CRAM-MD5"}
    measured = {(cost["what"], cost["peer"]) for cost in results["costs"]}
    assert measured == {
        *((what, peer) for what in (*library, *smtpd) for peer in ("extmail", "Cyrus sql")),
        *((what, "no AUTH") for what in smtpd),
        *((what, "extmail, $1$ hashes") for what in ("library, PLAIN", "smtpd, PLAIN")),
    }
    assert all(cost["each"] > 0 and cost["p50"] <= cost["p99"] for cost in results["costs"])
    assert all(what in done.output and peer in done.output for what, peer in measured)


SMALL_POLICY = "--rounds 1 --clients 2 --requests 1000 --slow-requests 200 --strangers 1000"


def test_every_row_of_policy_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/policy", "--build-dir", build_dir, "--json", file, *SMALL_POLICY.split()]
    done = run(command, seconds=120)
    assert done.status == 0, done.all
    results = json.loads(file.read_text(encoding="utf-8"))
    rows = {(row["what"], row["against"], row["target"]) for row in results["rows"]}
    assert rows == {
        ("users, with a limit on", "postfwd", 0.05),
        ("users, with a limit on", "postfwd1", None),
        ("strangers who came again", "postgrey", 0.05),
    }
    assert all(row["ours"] > 0 and row["theirs"] > 0 for row in results["rows"])
    assert len(results["times"]) == 5 and all(time["p50"] <= time["p99"] for time in results["times"])
    assert all(what in done.output and peer in done.output for what, peer, _ in rows)


SMALL_AUTHDAEMOND = "--rounds 1 --domains 10 --users 1500 --known 100 --logins 500 --new 400 --alone 100 --clients 4"


def test_every_row_of_authdaemond_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    command = [sys.executable, "-B", ROOT / "bench/authdaemond", "--build-dir", build_dir, "--json", file]
    done = run([*command, *SMALL_AUTHDAEMOND.split()], seconds=120)
    assert done.status == 0, done.all
    results = json.loads(file.read_text(encoding="utf-8"))
    seen = "seen before, $1$ hashes"
    rows = {(row["what"], row["against"]): row["target"] for row in results["rows"]}
    assert rows.keys() == {
        (what, "Courier") for what in (seen, f"{seen}, 1 client", "seen before, {SHA} hashes", "first time, $1$ hashes")
    }
    assert [what for what, target in rows.items() if target] == [(seen, "Courier")]
    assert {(cost["what"], cost["peer"]) for cost in results["costs"]} == {
        (what, peer) for what, _ in rows for peer in ("extmail", "Courier")
    }
    assert all(row["ours"] > 0 and row["theirs"] > 0 for row in results["rows"])
    assert all(what in done.output and peer in done.output for what, peer in rows)


def test_a_wrong_answer_is_no_measurement(demo: Demo, build_dir: Path) -> None:
    """What is faster because it refuses everybody, or takes anybody, is found out."""
    load = [build_dir / "bench/auth_load", demo.env["DOVECOT_AUTH_CLIENT"], "1", "1"]
    cases = (("extmail", "ok", 0), ("extmail", "no", 1), ("wrong", "no", 0), ("wrong", "ok", 1))
    for password, expected, wrong in cases:
        done = run(load, text=f"postmaster@test.com\t{password}\t{expected}\n", seconds=60)
        assert done.status == 0, done.all
        assert int(done.output.split()[-1]) == wrong, done.all
        assert ("postmaster@test.com was answered: " in done.errors) == (wrong > 0)
    done = run(load, text="postmaster@test.com\textmail\n", seconds=60)
    assert (done.status, done.output) == (1, "")


def test_every_row_of_import_is_measured(build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    small = "--rounds 1 --domains 10 --mailboxes 2000"
    command = [sys.executable, "-B", ROOT / "bench/import", "--build-dir", build_dir, "--json", file, *small.split()]
    done = run(command, seconds=120)
    assert done.status == 0, done.all
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert {(row["what"], row["against"]) for row in rows} == {
        ("import", "a minute"),
        ("import", "mariadb < rows.sql"),
        ("import of what is there", "mariadb < rows.sql"),
        ("export", "mariadb -e SELECT"),
    }
    assert all(row["ours"] > 0 and row["theirs"] > 0 for row in rows)


@pytest.mark.parametrize("way", ("library", "smtp", "authdaemond"))
def test_neither_is_one_by_these_loads(demo: Demo, accounts: Accounts, build_dir: Path, way: str) -> None:
    user = accounts.mailbox(f"user@{accounts.domain(f'{way}.load.test')}", "extmail").address
    sasl = [build_dir / "bench/sasl_load", way]
    load = {
        "library": [*sasl, "smtpd", "PLAIN", "2", "4"],
        "smtp": [*sasl, demo.env["SUBMISSION_PORT"], "PLAIN", "2", "4"],
        "authdaemond": [build_dir / "bench/authdaemond_load", demo.env["AUTHDAEMOND_SOCKET"], "2", "4"],
    }[way]
    places = [f"{name}={demo.env[name]}" for name in ("SASL_PATH", "SASL_CONF_PATH")]
    command, folder = ["env", *places, *load], demo.env["POSTFIX_QUEUE"]
    for password, expected, wrong in (("extmail", "ok", 0), ("extmail", "no", 4), ("wrong", "no", 0), ("wrong", "ok", 4)):
        done = run(command, f"{user}\t{password}\t{expected}\n", folder)
        assert done.status == 0, done.all
        assert int(done.output.split()[-1]) == wrong, done.all
        assert (f"{user} was answered: " in done.errors) == (wrong > 0)
    done = run(command, f"{user}\textmail\n", folder)
    assert (done.status, done.output) == (1, "")
