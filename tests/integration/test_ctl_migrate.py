# SPDX-License-Identifier: MIT
"""extmailctl migrate, on databases as older releases left them."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo.layout import Layout
from support.database import Database
from support.extmailctl import REFUSED, WRONG_CONFIGURATION, WRONG_USAGE
from support.old_schemas import CHINESE, DOMAIN, VERSIONS, rows, tables
from support.old_site import OldSite, server
from support.tools import PATH
from test_schema import COLUMNS, SQL_MODES, STRICT

@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    with server() as layout:
        yield layout


@pytest.fixture
def old(layout: Layout, build_dir: Path) -> Iterator[OldSite]:
    site = OldSite(layout, build_dir)
    yield site
    site.close()


def check_whole(old: OldSite) -> None:
    """As sql/ makes it, with all rows as they were meant."""
    for table, columns in COLUMNS.items():
        assert [name for name in old.columns(table) if name in columns.split()] == columns.split()
        assert old.database.select(
            "SELECT engine, table_collation FROM information_schema.tables "
            f"WHERE table_schema = DATABASE() AND table_name = '{table}'"
        ) == (("InnoDB", "utf8mb4_general_ci"),)
    assert not old.database.select(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
        "AND (character_set_name <> 'utf8mb4' OR data_type LIKE '%binary' OR data_type LIKE '%blob')"
    )
    assert old.names() == (DOMAIN, CHINESE, CHINESE)
    assert old.database.select("SELECT username, maildir, quota, expiredate FROM mailbox ORDER BY username") == (
        ("gone@old.test", "", "", "2010-02-03"),
        ("plain@old.test", "", "", "0000-00-00"),
        ("zhang@old.test", "old.test/zhang/Maildir/", "5242880S", "0000-00-00"),
    )
    assert old.database.select("SELECT goto FROM alias") == (("zhang@old.test,plain@old.test",),)
    assert old.database.select("SELECT extmail_change_triggers(), extmail_login_triggers()") == (("9", "6"),)



@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sql_mode", [SQL_MODES[0], STRICT], ids=["lenient", "strict"])
def test_an_older_database_becomes_a_new_one(old: OldSite, version: str, sql_mode: str) -> None:
    old.make(*tables(version), *rows())
    old.server.run(f"SET GLOBAL sql_mode = '{sql_mode}'")
    done = old.ok("--yes")
    check_whole(old)
    assert ("authorizedservices" in done) == (version == "0.16")
    again = old.ok("--yes")
    assert again.endswith("Nothing to do\n") and "step" not in again
    # What ExtMan and the daemons do on it then works.
    mapd = Database(old.socket, "extmail_mapd", "mapd's \\secret", old.name)
    assert mapd.select("SELECT maildir FROM mailbox WHERE username = 'zhang@old.test'")
    assert mapd.run("SELECT password FROM mailbox").error == 1143


@pytest.mark.parametrize("version", ["0.16", "1.x"])
def test_a_dry_run_shows_sql_that_does_it_and_changes_nothing(old: OldSite, version: str) -> None:
    old.make(*tables(version), *rows())
    before = old.objects()
    shown = old.ok("--dry-run")
    assert old.objects() == before
    assert "'s \\" not in shown
    old.make(*shown.replace("IDENTIFIED BY …", "IDENTIFIED BY 'x'").split("\x00"))
    check_whole(old)
    assert old.ok("--dry-run").endswith("Nothing to do\n")


# How text got in: the column's character set, what the connection said it was, what the bytes were.
WAYS = {
    "raw UTF-8 in latin1": ("latin1", "latin1", "utf-8", ()),
    "UTF-8 by a latin1 connection": ("utf8mb3", "latin1", "utf-8", ()),
    "the same in utf8mb4": ("utf8mb4", "latin1", "utf-8", ()),
    "rightly in utf8mb3": ("utf8mb3", "utf8mb4", "utf-8", ()),
    "rightly in gbk": ("gbk", "utf8mb4", "utf-8", ()),
    "GBK in latin1": ("latin1", "latin1", "gbk", ("--other-bytes", "gbk")),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("engine", ["MyISAM", "InnoDB"])
def test_chinese_survives_however_it_got_in(old: OldSite, way: str, engine: str) -> None:
    charset, written_by, encoding, words = WAYS[way]
    if (engine, charset) == ("MyISAM", "utf8mb4"):
        engine = "Aria"  # the key would be too long for the other
    old.make(*tables("0.2.4", engine, charset), *rows(written_by, encoding))
    old.ok("--yes", *words)
    check_whole(old)
    assert old.ok("--yes", *words).endswith("Nothing to do\n")


def test_bytes_that_nobody_can_tell_stay_as_they_are(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows("latin1", "gbk"))
    bytes_before = old.database.select("SELECT HEX(name) FROM mailbox WHERE uid = 'zhang'")
    shown = old.ok("--yes")
    assert "mailbox.name: 1 values are no UTF-8" in shown and "--other-bytes" in shown
    assert old.database.select("SELECT HEX(name) FROM mailbox WHERE uid = 'zhang'") == bytes_before
    assert old.ok("--yes").endswith("Nothing to do\n")
    old.ok("--yes", "--other-bytes", "gbk")
    check_whole(old)


def test_latin_names_and_chinese_in_one_column(old: OldSite) -> None:
    """Some by a client that said latin1 and meant it, some by one that sent UTF-8."""
    old.make(*tables("1.x"), *rows())
    old.make("UPDATE mailbox SET name = _latin1 X'4AFC726765E9' WHERE uid = 'plain'")
    assert "mailbox.name: 1 values" in old.ok("--dry-run")
    old.ok("--yes", "--other-bytes", "latin1")
    assert old.database.select("SELECT name FROM mailbox WHERE uid = 'plain'") == (("Jürgeé",),)
    check_whole(old)


def test_a_name_in_latin_letters_is_not_taken_for_chinese(old: OldSite) -> None:
    old.make(*tables("1.x", "InnoDB", "utf8mb4"), *rows("utf8mb4"))
    old.make("UPDATE mailbox SET name = 'Müller – Ünal é' WHERE uid = 'plain'")
    old.ok("--yes")
    assert old.database.select("SELECT name FROM mailbox WHERE uid = 'plain'") == (("Müller – Ünal é",),)


@pytest.mark.parametrize("version", ["0.16", "0.2.4"])
def test_killed_anywhere_it_goes_on_where_it_was(old: OldSite, version: str) -> None:
    """Once in each step: the state that a kill leaves is where the next one starts."""
    old.make(*tables(version), *rows("latin1", "gbk"))
    words = ("migrate", "--yes", "--other-bytes", "gbk")
    kills = 0
    for at in (1, 2, 3, 1, 2, 3, 4, 2, 5, 1, 3):
        with subprocess.Popen(
            old.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": PATH}, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith(f"step {at} of"):
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
            rest = process.stdout.read()
        assert process.returncode in (0, -signal.SIGKILL), rest
    assert kills >= 5
    old.ok("--yes", "--other-bytes", "gbk")
    check_whole(old)
    assert old.ok("--yes").endswith("Nothing to do\n")


def test_killed_at_any_moment_it_ends_as_if_undisturbed(layout: Layout, build_dir: Path) -> None:
    """Between steps and within them, wherever chance has it; one kill after another, on what the last one left."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    words = ("--yes", "--other-bytes", "gbk")

    def make() -> OldSite:
        site = OldSite(layout, build_dir)
        site.make(*tables("0.16"), *rows("latin1", "gbk"))
        return site

    undisturbed = make()
    begin = time.monotonic()
    undisturbed.ok(*words)
    duration = time.monotonic() - begin
    wanted = undisturbed.objects()
    undisturbed.close()

    kills = 0
    while kills < 6:
        site = make()
        is_done = False
        while kills < 6 and not is_done:
            process = subprocess.Popen(
                site.command("migrate", *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": PATH}
            )
            try:
                assert process.wait(timeout=chance.uniform(0, duration / 2)) == 0
                is_done = True
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        site.ok(*words)
        assert site.objects() == wanted
        check_whole(site)
        assert site.ok("--yes").endswith("Nothing to do\n")
        site.close()


def test_undo_takes_away_what_it_added(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    old.ok("--yes")
    whole = old.objects()
    old.make("INSERT INTO extmail_policy (subject, kind, value) VALUES ('*', 'limit', 'per-hour=1')")
    shown = old.ok("--undo", "--yes")
    assert "extmail_policy stays" in shown and "account extmail_mapd stays" in shown
    assert old.database.select("SELECT COUNT(*) FROM extmail_policy") == (("1",),)
    left = old.objects()
    assert not [name for name in left if name.startswith("extmail_") and " " not in name]
    assert not old.server.run("SHOW GRANTS FOR 'extmail_mapd'@'localhost'").error
    old.ok("--yes")
    assert old.objects() == whole
    old.ok("--undo", "--drop-data", "--drop-accounts", "--yes")
    assert not [name for name in old.objects() if name.startswith("extmail_")]
    assert old.server.run("SHOW GRANTS FOR 'extmail_mapd'@'localhost'").error
    assert old.ok("--undo", "--drop-data", "--drop-accounts", "--yes").endswith("Nothing to do\n")
    old.ok("--yes")
    check_whole(old)


def test_who_would_be_locked_out_is_told_first(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    assert "nothing changes for them" in old.ok("--dry-run")
    old.config.write_text(old.config.read_text().replace('"ignore"', '"enforce"'))
    shown = old.ok("--dry-run")
    assert "1 mailboxes, 0 domains" in shown and "mailbox gone@old.test (2010-02-03)" in shown
    assert "nobody there can log in" in shown


def test_without_rights_nothing_is_begun(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    old.server.run(
        "CREATE USER 'reader'@'localhost' IDENTIFIED BY 'r'",
        f"GRANT SELECT, ALTER ON {old.name}.* TO 'reader'@'localhost'",
    )
    before = old.objects()
    done = old("migrate", "--yes", "--user", "reader", "--ask-password", text="r\n")
    old.server.run("DROP USER 'reader'@'localhost'")
    assert done.status == REFUSED, done.all
    assert "lacks rights" in done.errors and "TRIGGER" in done.errors and "ALTER," not in done.errors
    assert "Nothing was changed" in done.errors and old.objects() == before


def test_one_who_may_not_make_accounts_does_the_rest(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    old.server.run(
        "CREATE USER 'owner'@'localhost' IDENTIFIED BY 'o'",
        f"GRANT ALL ON {old.name}.* TO 'owner'@'localhost'",
    )
    done = old("migrate", "--yes", "--user", "owner", "--ask-password", text="o\n")
    assert done.status == 0, done.all
    assert "accounts are not looked at" in done.output
    check_whole(old)
    old.server.run("DROP USER 'owner'@'localhost'")


def test_without_a_yes_nothing_is_done(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    before = old.objects()
    done = old.migrate()
    assert (done.status, "--yes" in done.errors) == (WRONG_USAGE, True)
    assert old.objects() == before


def test_a_password_that_is_missing_is_told_before_the_first_step(old: OldSite) -> None:
    old.make(*tables("1.x"), *rows())
    before = old.objects()
    os.unlink(old.folder / "authd.password")
    done = old.migrate("--yes")
    assert (done.status, "extmail_authd" in done.errors) == (REFUSED, True), done.all
    assert old.objects() == before
    old.ok("--yes", "--no-accounts")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--other-bytes", "klingon"), WRONG_USAGE, "knows no character set klingon"),
        (("--other-bytes", "gbk) OR (1"), WRONG_USAGE, "knows no character set"),
        (("--drop-data",), WRONG_USAGE, "--undo"),
        (("--user", "nobody_there"), WRONG_CONFIGURATION, "Access denied"),
    ],
)
def test_what_makes_no_sense_is_said(old: OldSite, words: tuple[str, ...], status: int, says: str) -> None:
    done = old.migrate("--yes", *words)
    assert (done.status, says in done.errors) == (status, True), done.all
    assert not old.objects()


def test_two_at_once_are_one_after_the_other(old: OldSite) -> None:
    old.make(*tables("0.2.0"), *rows())
    both = [
        subprocess.Popen(old.command("migrate", "--yes"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": PATH}, text=True)
        for _ in range(2)
    ]
    ends = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert [status for _, status in ends] == [0, 0], ends
    check_whole(old)
