# SPDX-License-Identifier: MIT
"""extmailctl export and import, between databases of their own on the demo's MariaDB."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.site import Site
from support.tools import PATH

SQL = Path(__file__).resolve().parents[2] / "sql"
PAGE = (SQL.parent / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
FILES = ("extmail.sql", "change_log.sql", "login_extensions.sql", "policy_extensions.sql")
TABLES = (
    *("domain", "mailbox", "alias", "manager", "domain_manager"),
    *("extmail_app_password", "extmail_user_field", "extmail_policy"),
)
STRICT = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO"
HASH = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0"


class Place:
    """A database of its own, and extmailctl on it."""

    def __init__(self, site: Site, name: str, folder: Path) -> None:
        self.database = Database(site.env["MYSQL_SOCKET"], name=name)
        config = folder / f"{name}.toml"
        config.write_text(
            f'[database]\nname = "{name}"\nhosts = ["unix:{site.env["MYSQL_SOCKET"]}"]\n', encoding="utf-8"
        )
        self.ctl = Extmailctl(site, str(config))

    def rows(self, table: str) -> tuple[tuple[str, ...], ...]:
        """All of them, without what the server itself counts."""
        columns = self.database.select(
            "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS "
            f"WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}' AND COLUMN_NAME <> 'id'"
        )[0][0]
        return self.database.select(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")


@pytest.fixture
def place(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    administrator = Database(site.env["MYSQL_SOCKET"])
    made: list[str] = []

    def make(name: str) -> Place:
        assert not administrator.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4").error
        made.append(name)
        place = Place(site, name, tmp_path_factory.mktemp("transfer"))
        for file in FILES:
            assert not place.database.source(SQL / file).error
        return place

    yield make
    for name in made:
        administrator.run(f"DROP DATABASE {name}")


def fill(database: Database) -> None:
    """Rows as ExtMan writes them, and as only others do."""
    for statement in (
        "INSERT INTO domain (domain, description, transport, maxquota, can_signup) VALUES "
        "('a.test', '测试, \"域\"', NULL, '1073741824S', 0), ('b.test', '', 'NULL', '', 1)",
        "INSERT INTO mailbox (username, uid, password, clearpwd, name, maildir, homedir, quota, domain, disableimap, question) "
        f"VALUES ('joe@a.test', 'joe', '{HASH}', 'clear', '陈小明', 'a.test/joe/Maildir/', 'a.test/joe', '1000C', 'a.test', 1, 'one\\r\\ntwo'),"
        "('ann@a.test', 'ann', '{PLAIN}x', '', 'a\\\\b''c', 'BD/98/a.test/99/5F/ann/Maildir/', 'BD/98/a.test/99/5F/ann', '', 'a.test', NULL, '')",
        "INSERT INTO alias (address, goto, domain, active) VALUES ('@b.test', '@a.test', 'b.test', 1), "
        "('all@a.test', 'joe@a.test,ann@a.test', 'a.test', 0)",
        f"INSERT INTO manager (username, password, type) VALUES ('root@a.test', '{HASH}', 'admin')",
        "INSERT INTO domain_manager (username, domain) VALUES ('root@a.test', ''), ('root@a.test', 'a.test')",
        f"INSERT INTO extmail_app_password (username, name, password, services) VALUES ('joe@a.test', 'phone', '{HASH}', 'imap')",
        "INSERT INTO extmail_user_field (username, name, value) VALUES ('joe@a.test', 'allow_nets', '192.0.2.0/24')",
        "INSERT INTO extmail_policy (subject, kind, value, comment) VALUES ('*', 'limit', 'per-hour=9', '注')",
    ):
        outcome = database.run(statement)
        assert not outcome.error, outcome.message


class TestRoundTrip:
    def test_json_lines(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        old, new = place("transfer_old"), place("transfer_new")
        fill(old.database)
        file = tmp_path / "all.jsonl"
        assert old.ctl.ok("export", "-o", str(file)) == ""
        assert file.stat().st_mode & 0o777 == 0o600
        assert new.ctl.ok("import", str(file)) == "12 added, 0 changed, 0 already there\n"
        for table in TABLES:
            assert new.rows(table) == old.rows(table), table
        assert new.ctl.ok("export") == file.read_text(encoding="utf-8")
        assert new.ctl.ok("import", str(file)) == "0 added, 0 changed, 12 already there\n"

    def test_csv_table_by_table(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        old, new = place("transfer_old"), place("transfer_new")
        fill(old.database)
        names = ("domain", "mailbox", "alias", "manager", "domain_manager", "app_password", "user_field", "policy")
        for name, table in zip(names, TABLES):
            file = tmp_path / f"{name}.csv"
            old.ctl.ok("--csv", "export", name, "-o", str(file))
            new.ctl.ok("import", str(file))
            assert new.rows(table) == old.rows(table), table

    def test_without_passwords(self, place: Callable[[str], Place]) -> None:
        old = place("transfer_old")
        fill(old.database)
        shown = old.ctl.ok("export", "--without-passwords")
        assert "陈小明" in shown
        for secret in (HASH, "clear", "{PLAIN}", "password", "question"):
            assert f'"{secret}' not in shown

    def test_under_a_strict_server(self, place: Callable[[str], Place], site: Site, tmp_path: Path) -> None:
        administrator = Database(site.env["MYSQL_SOCKET"])
        ((mode,),) = administrator.select("SELECT @@GLOBAL.sql_mode")
        old, new = place("transfer_old"), place("transfer_new")
        fill(old.database)
        file = tmp_path / "all.jsonl"
        old.ctl.ok("export", "-o", str(file))
        try:
            administrator.run(f"SET GLOBAL sql_mode = '{STRICT}'")
            new.ctl.ok("import", str(file))
        finally:
            administrator.run(f"SET GLOBAL sql_mode = '{mode}'")
        for table in TABLES:
            assert new.rows(table) == old.rows(table), table

    def test_a_file_that_can_not_be_written_is_not_half_written(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        old = place("transfer_old")
        done = old.ctl("export", "-o", str(tmp_path / "nowhere" / "file"))
        assert (done.status, "No such file" in done.errors) == (REFUSED, True), done.all
        assert list(tmp_path.iterdir()) == []


    def test_what_lacks_a_table_is_no_export_of_all(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        old = place("transfer_old")
        assert not old.database.run("DROP TABLE mailbox").error
        file = tmp_path / "all.jsonl"
        for words in ([], ["domain", "mailbox"], ["-o", str(file)]):
            done = old.ctl("export", *words)
            assert (done.status, done.output, "has no table mailbox" in done.errors) == (REFUSED, "", True), done.all
        assert not file.exists()
        assert old.ctl.ok("export", "domain") == ""


class TestFaults:
    def test_every_fault_is_listed_by_its_line_and_nothing_is_written(
        self, place: Callable[[str], Place], tmp_path: Path
    ) -> None:
        new = place("transfer_new")
        new.database.run("INSERT INTO domain (domain, maxusers, maxquota) VALUES ('a.test', 2, '200M')")
        new.database.run("UPDATE domain SET maxquota = '209715200S'")
        file = tmp_path / "file.jsonl"
        file.write_text(
            "nonsense\n"
            '{"table":"mailbox","username":"a@a.test","quota":"100M"}\n'
            '{"table":"mailbox","username":"A@a.test"}\n'
            '{"table":"mailbox","username":"b@a.test","quota":"lots"}\n'
            '{"table":"mailbox","username":"c@a.test","quota":"200M"}\n'
            '{"table":"mailbox","username":"d@a.test"}\n'
            '{"table":"alias","address":"x@missing.test","goto":"a@a.test"}\n',
            encoding="utf-8",
        )
        done = new.ctl("import", str(file))
        assert done.status == REFUSED
        assert done.errors.splitlines() == [
            "line 1: is no JSON object",
            'line 4: quota: "lots" is no size: write bytes as 524288000, 512000K, 500M or 2G, or "unlimited"',
            "line 3: a@a.test was there in an earlier line",
            "line 2: domain a.test would have 3 mailboxes, and its maxusers is 2",
            "line 2: domain a.test: quotas would add up to 314572800 bytes, and its maxquota is 209715200",
            "line 7: domain missing.test is neither in the database nor in what is imported; "
            "extmailctl domain add missing.test",
            "extmailctl: nothing was imported; mend what is listed above, and try again",
        ]
        assert new.rows("mailbox") == ()

    def test_a_file_that_was_taken_for_json(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        new = place("transfer_new")
        for name, is_told in (("users", True), ("users.jsonl", False)):
            file = tmp_path / name
            file.write_text("ann:x:1000:1000::/home/ann:/bin/sh\n")
            done = new.ctl("import", str(file))
            assert (done.status, "--from says so" in done.errors) == (REFUSED, is_told), done.all

    def test_a_row_that_is_there_in_another_spelling(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        """Which an older administration may have written, and to the database is the same."""
        new = place("transfer_new")
        new.database.run(
            "INSERT INTO domain (domain) VALUES ('a.test')",
            "INSERT INTO mailbox (username, domain) VALUES ('Joe@A.test', 'a.test')",
        )
        file = tmp_path / "mailbox.csv"
        file.write_text("username\nann@a.test\njoe@a.test\n", encoding="utf-8")
        done = new.ctl("import", str(file))
        assert (done.status, done.errors.splitlines()[0]) == (
            REFUSED,
            "line 3: mailbox Joe@A.test is there already, in another spelling; extmailctl doctor says what mends it",
        )

    def test_null_is_no_value_where_the_table_holds_none(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        """It became error 1048 once a part of the rows had been written."""
        new = place("import_null")
        (tmp_path / "domain.csv").write_text("domain,maxquota,transport\nd.test,,\n", encoding="utf-8")
        new.ctl.ok("import", str(tmp_path / "domain.csv"))
        lines = tmp_path / "rows"
        mailbox = {"table": "mailbox", "username": "joe@d.test", "quota": None, "maildir": None, "disableimap": None}
        manager = {"table": "domain_manager", "username": "m@d.test", "domain": None}
        lines.write_text(f"{json.dumps(mailbox)}\n{json.dumps(manager)}\n", encoding="utf-8")
        done = new.ctl("import", str(lines))
        assert (done.status, "line 2: domain: is missing" in done.errors) == (REFUSED, True), done.all
        assert new.rows("mailbox") == ()
        lines.write_text(json.dumps(mailbox) + "\n", encoding="utf-8")
        new.ctl.ok("import", str(lines))
        assert new.database.select("SELECT maxquota, transport FROM domain") == (("0S", "NULL"),)
        assert new.database.select("SELECT quota, maildir, disableimap FROM mailbox") == (
            ("0S", "d.test/joe/Maildir/", "NULL"),
        )
        assert "0 added" in new.ctl.ok("import", str(lines))  # it is as good as missing then, too

    def test_of_very_many_faults_the_first_are_shown(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        new = place("transfer_new")
        file = tmp_path / "file.jsonl"
        file.write_text("{}\n" * 250, encoding="utf-8")
        lines = new.ctl("import", str(file)).errors.splitlines()
        assert (lines[99].startswith("line 100: "), lines[100]) == (True, "… and 150 more")

    def test_rows_that_are_there_with_other_values(self, place: Callable[[str], Place], tmp_path: Path) -> None:
        new = place("transfer_new")
        fill(new.database)
        file = tmp_path / "mailbox.csv"
        file.write_text("username,quota,name\njoe@a.test,50M,Joe\nnew@a.test,1M,New\n", encoding="utf-8")
        refused = new.ctl("import", str(file))
        assert (refused.status, refused.errors.splitlines()[0]) == (
            REFUSED,
            "line 2: mailbox joe@a.test is there already, with another name, quota; "
            "--update changes such rows, --keep leaves them",
        )
        dry = new.ctl("import", "--update", "--dry-run", str(file))
        assert "UPDATE mailbox SET name = 'Joe', quota = '52428800S' WHERE username = 'joe@a.test';" in dry.output
        assert dry.errors == "1 would be added, 1 changed, 0 already there\n"
        assert new.ctl.ok("import", "--keep", str(file)) == "1 added, 0 changed, 1 already there\n"
        assert new.ctl.ok("import", "--update", str(file)) == "0 added, 1 changed, 1 already there\n"
        assert new.database.select("SELECT name, quota, password FROM mailbox WHERE uid = 'joe'") == (
            ("Joe", "52428800S", HASH),
        )

    @pytest.mark.parametrize(
        ("words", "status", "says"),
        [
            (("import",), WRONG_USAGE, "a FILE is missing"),
            (("import", "/nowhere.jsonl"), REFUSED, "/nowhere.jsonl"),
            (("import", "/dev/stdin"), REFUSED, "no regular file"),
            (("import", "/tmp/x.csv"), WRONG_USAGE, "--table"),
            (("import", "--from", "postfixadmin", "--source-database", "mysql"), REFUSED, "one of PostfixAdmin"),
            (("--csv", "export"), WRONG_USAGE, "CSV has room for one table"),
            (("export", "nonsense"), WRONG_USAGE, "nonsense"),
        ],
    )
    def test_what_can_not_be_done_is_said(self, site: Site, words: tuple[str, ...], status: int, says: str) -> None:
        done = Extmailctl(site)(*words)
        assert (done.status, says in done.errors) == (status, True), done.all


def many(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write('{"table":"domain","domain":"many.test"}\n')
        for i in range(count):
            row = {"table": "mailbox", "username": f"u{i}@many.test", "password": HASH, "name": "陈小明"}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def test_an_import_that_was_killed_is_completed_by_the_next(place: Callable[[str], Place], tmp_path: Path) -> None:
    """At several points, among them those where some rows are written and others are not."""
    new = place("transfer_new")
    file = tmp_path / "many.jsonl"
    many(file, 30000)
    chance = random.Random(7)
    for _ in range(6):
        process = subprocess.Popen(new.ctl.command("import", str(file)), env={"PATH": PATH}, stdout=subprocess.DEVNULL)
        wanted = chance.randrange(0, 25) * 1000
        while process.poll() is None:
            ((count,),) = new.database.select("SELECT COUNT(*) FROM mailbox")
            if int(count) >= wanted:
                process.send_signal(signal.SIGKILL)
                break
        assert process.wait(timeout=60) in (0, -signal.SIGKILL)
    assert new.ctl("import", str(file)).status == 0
    assert new.database.select("SELECT COUNT(*), COUNT(DISTINCT username) FROM mailbox") == (("30000", "30000"),)


def test_a_terminal_gets_a_bar(place: Callable[[str], Place], tmp_path: Path) -> None:
    new = place("transfer_new")
    file = tmp_path / "many.jsonl"
    many(file, 20000)
    status, shown = new.ctl.on_terminal("", "import", str(file))
    assert status == 0
    assert "checking [" in shown and "writing [" in shown and " a second" in shown
    assert shown.endswith("20001 added, 0 changed, 0 already there\n")


def test_clear_passwords_are_hashed(place: Callable[[str], Place], tmp_path: Path) -> None:
    new = place("transfer_new")
    new.database.run("INSERT INTO domain (domain) VALUES ('a.test')")
    file = tmp_path / "mailbox.csv"
    file.write_text("username,password_plain\na@a.test,Sesame-1\nb@a.test,Sesame-2\n", encoding="utf-8")
    dry = new.ctl.ok("import", "--dry-run", str(file))
    assert "Sesame" not in dry
    new.ctl.ok("import", str(file))
    rows = new.database.select("SELECT password, clearpwd FROM mailbox ORDER BY username")
    assert [clear for _, clear in rows] == ["", ""]
    for (stored, _), password in zip(rows, ("Sesame-1", "Sesame-2")):
        assert stored.startswith("{CRYPT}$6$")
        checked = subprocess.run(
            ["doveadm", "pw", "-t", stored, "-p", password], env={"PATH": PATH}, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


POSTFIXADMIN = """
CREATE TABLE domain (domain varchar(255) PRIMARY KEY, description varchar(255), aliases int, mailboxes int, maxquota bigint,
  quota bigint, transport varchar(255), backupmx tinyint, created datetime, modified datetime, active tinyint);
CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255), name varchar(255), maildir varchar(255),
  quota bigint, local_part varchar(255), domain varchar(255), created datetime, modified datetime, active tinyint);
CREATE TABLE alias (address varchar(255) PRIMARY KEY, goto text, domain varchar(255), created datetime, modified datetime,
  active tinyint);
CREATE TABLE admin (username varchar(255) PRIMARY KEY, password varchar(255), created datetime, modified datetime, active tinyint);
CREATE TABLE domain_admins (username varchar(255), domain varchar(255), created datetime, active tinyint);
INSERT INTO domain VALUES ('ALL', '', 0, 0, 0, 0, '', 0, NOW(), NOW(), 1),
  ('pa.test', 'Überall', 10, 0, 100, 2048, 'virtual', 0, '2020-01-02 03:04:05', NOW(), 1);
INSERT INTO mailbox VALUES ('joe@pa.test', '{CRYPT}$6$a$b', 'Joe', 'pa.test/joe/', 104857600, 'joe', 'pa.test',
  '2020-01-02 03:04:06', NOW(), 1);
INSERT INTO alias VALUES ('joe@pa.test', 'joe@pa.test', 'pa.test', NOW(), NOW(), 1),
  ('info@pa.test', 'joe@pa.test,x@example.org', 'pa.test', '2020-01-02 03:04:07', NOW(), 1);
INSERT INTO admin VALUES ('boss@pa.test', '$1$a$b', '2020-01-02 03:04:08', NOW(), 1),
  ('deputy@pa.test', '$1$c$d', '2020-01-02 03:04:09', NOW(), 0);
INSERT INTO domain_admins VALUES ('boss@pa.test', 'ALL', '2020-01-02 03:04:08', 1),
  ('deputy@pa.test', 'pa.test', '2020-01-02 03:04:09', 1)
"""


def test_from_postfixadmin(place: Callable[[str], Place], site: Site) -> None:
    new = place("transfer_new")
    administrator = Database(site.env["MYSQL_SOCKET"])
    assert not administrator.run("CREATE DATABASE transfer_postfixadmin CHARACTER SET utf8mb4").error
    try:
        theirs = Database(site.env["MYSQL_SOCKET"], name="transfer_postfixadmin")
        assert not theirs.run(POSTFIXADMIN).error
        words = ("import", "--from", "postfixadmin", "--source-database", "transfer_postfixadmin")
        assert new.ctl.ok(*words) == "7 added, 0 changed, 0 already there\n"
        assert new.ctl.ok(*words) == "0 added, 0 changed, 7 already there\n"
    finally:
        administrator.run("DROP DATABASE transfer_postfixadmin")
    select = new.database.select
    assert select("SELECT domain, description, maxalias, maxusers, maxquota, transport, createdate FROM domain") == (
        ("pa.test", "Überall", "10", "0", "2147483648S", "", "2020-01-02 03:04:05"),
    )
    assert select("SELECT username, password, name, maildir, homedir, quota FROM mailbox") == (
        ("joe@pa.test", "{CRYPT}$6$a$b", "Joe", "pa.test/joe/", "pa.test/joe", "104857600S"),
    )
    assert select("SELECT address, goto, domain FROM alias") == (
        ("info@pa.test", "joe@pa.test,x@example.org", "pa.test"),
    )
    assert select("SELECT username, type, active FROM manager ORDER BY username") == (
        ("boss@pa.test", "admin", "1"),
        ("deputy@pa.test", "postmaster", "0"),
    )
    assert select("SELECT username, domain FROM domain_manager ORDER BY username") == (
        ("boss@pa.test", ""),
        ("deputy@pa.test", "pa.test"),
    )


def test_from_a_passwd_file(place: Callable[[str], Place], tmp_path: Path) -> None:
    new = place("transfer_new")
    new.database.run("INSERT INTO domain (domain) VALUES ('a.test')")
    passwd, shadow = tmp_path / "passwd", tmp_path / "shadow"
    passwd.write_text("root:x:0:0:root:/root:/bin/sh\njoe:x:1000:1000:Joe Doe,,,:/home/joe:/bin/sh\n", encoding="utf-8")
    shadow.write_text(f"root:!:1::::::\njoe:{HASH}:1::::::\n", encoding="utf-8")
    words = ("import", "--from", "passwd", "--domain", "a.test", "--shadow", str(shadow), str(passwd))
    assert new.ctl.ok(*words) == "1 added, 0 changed, 0 already there\n"
    assert new.database.select("SELECT username, password, name, maildir FROM mailbox") == (
        ("joe@a.test", HASH, "Joe Doe", "a.test/joe/Maildir/"),
    )


def test_the_example_of_the_manual_page(place: Callable[[str], Place], tmp_path: Path) -> None:
    old = place("transfer_old")
    fill(old.database)
    (example,) = (text for text in re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL) if " export " in text)
    *commands, shown = example.replace("/root", str(tmp_path)).splitlines()
    for command in commands:
        output = old.ctl.ok(*command.removeprefix("# extmailctl ").split())
    assert re.sub(r"\d+", "N", output.strip()) == re.sub(r"\d+", "N", shown)
    assert output.startswith("0 added, 0 changed, ")


def test_what_is_imported_is_for_the_owner_only_to_read_on_a_disk(place: Callable[[str], Place], tmp_path: Path) -> None:
    """Whatever the umask, and whatever stood there before."""
    old = place("transfer_old")
    file = tmp_path / "all.jsonl"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o644)
    before = os.umask(0)
    try:
        old.ctl.ok("export", "-o", str(file))
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
