# SPDX-License-Identifier: MIT
"""sql/: the schema takes what ExtMail and ExtMan write; each account may do what it needs, and no more."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo.layout import Layout
from extmail_demo.mariadb import MariaDb
from support.database import Database
from support.site import DAEMONS, Site

SQL = Path(__file__).resolve().parents[2] / "sql"

STRICT = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
SQL_MODES = ("", "NO_ENGINE_SUBSTITUTION", STRICT, "TRADITIONAL", "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES")

# The original's columns, in the original's order: ExtMan's own rows come by position.
COLUMNS = {
    "domain": "domain description hashdirpath maxalias maxusers maxquota maxnetdiskquota transport "
    "can_signup default_quota default_netdiskquota default_expire disablesmtpd disablesmtp disablewebmail "
    "disablenetdisk disableimap disablepop3 createdate expiredate active",
    "mailbox": "username uid password clearpwd name mailhost maildir homedir quota netdiskquota domain "
    "uidnumber gidnumber createdate expiredate active disablepwdchange disablesmtpd disablesmtp "
    "disablewebmail disablenetdisk disableimap disablepop3 question answer",
    "alias": "address goto domain createdate active",
    "manager": "username password type uid name question answer disablepwdchange createdate expiredate "
    "active",
    "domain_manager": "username domain createdate active",
}

# Of the server, when an account lacks the right to a table, to a column, or to do something at all.
TABLE_DENIED, COLUMN_DENIED = 1142, 1143
DENIED = (TABLE_DENIED, COLUMN_DENIED)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The socket of a database server of our own, in which nobody depends on the accounts."""
    layout = Layout(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
    layout.claim()
    mariadb = MariaDb(layout)
    mariadb.prepare()
    mariadb.start()
    yield str(layout.mysql_socket)
    mariadb.stop()
    layout.remove()


@pytest.fixture
def database(server: str) -> Iterator[Database]:
    """An empty one, seen as administrator."""
    name = f"schema_{secrets.token_hex(4)}"
    administrator = Database(server, name="mysql")
    assert not administrator.run(f"CREATE DATABASE {name} CHARACTER SET latin1").error
    yield Database(server, name=name)
    administrator.run(f"DROP DATABASE {name}")


class TestLoading:
    @pytest.mark.parametrize("sql_mode", SQL_MODES, ids=lambda mode: mode or "none")
    def test_schema_and_seed_load_twice_in_any_sql_mode(self, database: Database, sql_mode: str) -> None:
        for _ in range(2):
            assert database.source(SQL / "extmail.sql", sql_mode).message == ""
            assert database.source(SQL / "seed.sql", sql_mode, domain="seed.test").message == ""
        counts = {table: database.select(f"SELECT COUNT(*) FROM {table}") for table in COLUMNS}
        assert counts == {table: (("1",),) for table in COLUMNS}

    @pytest.mark.parametrize("table", COLUMNS)
    def test_tables_have_the_original_columns(self, database: Database, table: str) -> None:
        database.source(SQL / "extmail.sql")
        columns = database.select(
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position"
        )
        assert [name for (name,) in columns] == COLUMNS[table].split()

    @pytest.mark.parametrize("table", COLUMNS)
    def test_tables_are_innodb_and_utf8mb4(self, database: Database, table: str) -> None:
        """Whatever the database's own character set is."""
        database.source(SQL / "extmail.sql")
        assert database.select(
            "SELECT engine, table_collation LIKE 'utf8mb4%' FROM information_schema.tables "
            f"WHERE table_schema = DATABASE() AND table_name = '{table}'"
        ) == (("InnoDB", "1"),)

    def test_loading_again_keeps_rows_and_their_changes(self, database: Database) -> None:
        database.source(SQL / "extmail.sql")
        database.source(SQL / "seed.sql", domain="seed.test")
        database.run(
            "UPDATE mailbox SET password = 'changed', active = 0", "UPDATE alias SET goto = 'x@y.test'"
        )
        database.source(SQL / "extmail.sql")
        database.source(SQL / "seed.sql", domain="seed.test")
        assert database.select("SELECT password, active FROM mailbox") == (("changed", "0"),)
        assert database.select("SELECT goto FROM alias") == (("x@y.test",),)

    def test_seed_is_the_guides_domain(self, database: Database) -> None:
        database.source(SQL / "extmail.sql")
        database.source(SQL / "seed.sql", domain="Seed.TEST")
        assert database.select("SELECT domain, active FROM domain") == (("seed.test", "1"),)
        assert database.select(
            "SELECT username, password, maildir, homedir, uidnumber, gidnumber, domain FROM mailbox"
        ) == (
            (
                "postmaster@seed.test",
                "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0",
                "seed.test/postmaster/Maildir/",
                "seed.test/postmaster",
                "2525",
                "2525",
                "seed.test",
            ),
        )
        assert database.select("SELECT address, goto FROM alias") == (
            ("support@seed.test", "postmaster@seed.test"),
        )
        assert database.select("SELECT username, type, active FROM manager") == (
            ("root@seed.test", "admin", "1"),
        )

    @pytest.mark.parametrize("domain", [None, "", "  "])
    def test_seed_without_a_domain_stops_and_says_what_to_set(
        self, database: Database, domain: str | None
    ) -> None:
        database.source(SQL / "extmail.sql")
        outcome = database.source(SQL / "seed.sql", **({} if domain is None else {"domain": domain}))
        assert "SET it before loading seed.sql" in outcome.message
        assert database.select("SELECT COUNT(*) FROM domain") == (("0",),)


class TestGrants:
    PASSWORDS = {"mapd_password": "it''s", "authd_password": "back\\\\slash", "policyd_password": "ünïcode"}
    ACCOUNTS = ("extmail", "webman", "extmail_mapd", "extmail_authd", "extmail_policyd", "extmail_ctl")

    @pytest.fixture(autouse=True)
    def no_accounts(self, database: Database) -> None:
        database.source(SQL / "extmail.sql")
        database.run("DROP USER IF EXISTS " + ", ".join(f"'{name}'@'localhost'" for name in self.ACCOUNTS))

    @pytest.mark.parametrize("sql_mode", SQL_MODES[:4], ids=lambda mode: mode or "none")
    def test_load_twice_in_any_sql_mode(self, server: str, database: Database, sql_mode: str) -> None:
        for _ in range(2):
            assert database.source(SQL / "grants.sql", sql_mode, **self.PASSWORDS).message == ""
        for user, password in (
            ("extmail", "extmail"),
            ("webman", "webman"),
            ("extmail_mapd", "it's"),
            ("extmail_authd", "back\\slash"),
            ("extmail_policyd", "ünïcode"),
        ):
            assert Database(server, user, password, database.name).run("SELECT 1").message == ""

    @pytest.mark.parametrize("missing", PASSWORDS)
    def test_no_account_without_a_password(self, server: str, database: Database, missing: str) -> None:
        """Forgetting one must not open the door: the client goes on after the message."""
        passwords = {name: value for name, value in self.PASSWORDS.items() if name != missing}
        outcome = database.source(SQL / "grants.sql", **passwords)
        assert f"@{missing} - SET it before loading grants.sql" in outcome.message
        open_accounts = [
            user
            for user in self.ACCOUNTS
            if not Database(server, user, "", database.name).run("SELECT 1").error
        ]
        assert open_accounts == []

    @pytest.mark.parametrize(
        ("variable", "allowed"),
        [(None, ()), ("authd_may_rehash", ("password",)), ("authd_may_change_passwords", ("password", "clearpwd"))],
    )
    def test_authd_writes_what_it_was_told_to(
        self, server: str, database: Database, variable: str | None, allowed: tuple[str, ...]
    ) -> None:
        wanted = {} if variable is None else {variable: "1"}
        assert database.source(SQL / "grants.sql", **self.PASSWORDS, **wanted).message == ""
        authd = Database(server, "extmail_authd", "back\\slash", database.name)
        columns = ("password", "clearpwd", "username", "active", "quota", "question", "disablepwdchange")
        outcomes = {column: authd.run(f"UPDATE mailbox SET {column} = '1' WHERE 1 = 0").error for column in columns}
        assert {column for column, error in outcomes.items() if not error} == set(allowed)
        # Loaded again without it, the right is gone.
        assert database.source(SQL / "grants.sql", **self.PASSWORDS).message == ""
        assert authd.run("UPDATE mailbox SET password = '1' WHERE 1 = 0").error

    def test_an_account_for_extmailctl_where_it_is_wanted(self, server: str, database: Database) -> None:
        ctl = Database(server, "extmail_ctl", "it's", database.name)
        for wanted in ({}, {"ctl_password": ""}):
            assert database.source(SQL / "grants.sql", **self.PASSWORDS, **wanted).message == ""
            assert database.select("SELECT COUNT(*) FROM mysql.user WHERE User = 'extmail_ctl'") == (("0",),)
        extensions = ("change_log", "login_extensions", "policy_extensions", "usage_extensions")
        for file in extensions:
            assert database.source(SQL / f"{file}.sql").message == ""
        assert database.source(SQL / "grants.sql", **self.PASSWORDS, ctl_password="it''s").message == ""
        for table in (
            *("domain", "mailbox", "alias", "manager", "domain_manager", "extmail_app_password"),
            *("extmail_user_field", "extmail_last_login", "extmail_policy", "extmail_mail_usage"),
        ):
            assert ctl.run(f"SELECT * FROM {table}", f"DELETE FROM {table} WHERE 1 = 0").message == ""
            assert ctl.run(f"ALTER TABLE {table} ADD i int").error == TABLE_DENIED
        noted = "INSERT INTO extmail_change_log (kind, name) VALUES (255, '')"
        assert ctl.run(noted, "SELECT extmail_change_triggers()").message == ""
        assert ctl.run("DELETE FROM extmail_change_log").error == TABLE_DENIED
        assert ctl.run("SELECT * FROM mysql.user").error == TABLE_DENIED
        database.run("GRANT ALL ON *.* TO 'extmail_ctl'@'localhost'")
        assert database.source(SQL / "grants.sql", **self.PASSWORDS, ctl_password="it''s").message == ""
        assert ctl.run("SELECT * FROM mysql.user").error == TABLE_DENIED
        # Loaded without it, the account stays as it is.
        assert database.source(SQL / "grants.sql", **self.PASSWORDS).message == ""
        assert ctl.run("SELECT * FROM mailbox").message == ""

    def test_other_rights_are_taken_away(self, server: str, database: Database) -> None:
        database.source(SQL / "grants.sql", **self.PASSWORDS)
        database.run("GRANT ALL ON *.* TO 'extmail_mapd'@'localhost'")
        database.source(SQL / "grants.sql", **self.PASSWORDS)
        mapd = Database(server, "extmail_mapd", "it's", database.name)
        assert mapd.run("SELECT password FROM mailbox").error == COLUMN_DENIED


class TestExtMan:
    """The administration's statements, as its account, in the sql_mode that deploy/mariadb ships."""

    DOMAIN = "extman.test"

    @pytest.fixture
    def webman(self, site: Site) -> Iterator[Database]:
        account = site.database("webman")
        yield account
        for table in ("domain", "mailbox", "alias", "domain_manager"):
            account.run(f"DELETE FROM {table} WHERE domain = '{self.DOMAIN}'")
        account.run(f"DELETE FROM manager WHERE username = 'm@{self.DOMAIN}'")

    def test_adds_a_domain(self, webman: Database) -> None:
        """'' for numbers and zero dates for "never"; names in Chinese."""
        added = webman.run(
            "INSERT INTO domain (domain, description, hashdirpath, maxalias, maxusers, maxquota, "
            "maxnetdiskquota, transport, can_signup, default_quota, default_netdiskquota, default_expire, "
            "disablesmtpd, disablesmtp, disablewebmail, disablenetdisk, disableimap, disablepop3, "
            f"createdate, expiredate, active) VALUES ('{self.DOMAIN}', '测试域名', '', '50', '100', '1073741824S', "
            "'524288000S', '', '', '104857600S', '52428800S', '1y', 0, 0, 0, 0, 1, 0, '2026-11-23 08:00:00', "
            "'0000-00-00', 1)"
        )
        assert added.message == ""
        assert webman.select(
            "SELECT description, can_signup, disableimap, transport, expiredate FROM domain "
            f"WHERE domain = '{self.DOMAIN}'"
        ) == (
            ("测试域名", "0", "1", "", "0000-00-00"),
        )

    def test_adds_changes_and_deletes_a_user(self, webman: Database) -> None:
        added = webman.run(
            "INSERT INTO mailbox (username, uid, password, clearpwd, name, mailhost, maildir, homedir, "
            "quota, netdiskquota, domain, uidnumber, gidnumber, createdate, expiredate, active, disablepwdchange, "
            "disablesmtpd, disablesmtp, disablewebmail, disablenetdisk, disableimap, disablepop3, question, "
            f"answer) VALUES ('li@{self.DOMAIN}', 'li', '$1$x$y', '', '李雷', '', '{self.DOMAIN}/li/Maildir/', "
            f"'{self.DOMAIN}/li', '104857600S', '52428800S', '{self.DOMAIN}', '', '', "
            "'2026-11-23 08:00:00', '0000-00-00', 1, '', 0, 0, 0, 0, NULL, NULL, '你最喜欢的颜色', '红')"
        )
        assert added.message == ""
        changed = webman.run(
            "UPDATE mailbox SET name = '韩梅梅', quota = '0S', disablepwdchange = '', expiredate = '0', "
            f"active = 0 WHERE username = 'li@{self.DOMAIN}'"
        )
        assert changed.message == ""
        columns = "name, quota, uidnumber, disablepwdchange, disableimap, expiredate, active, question"
        assert webman.select(f"SELECT {columns} FROM mailbox WHERE username = 'li@{self.DOMAIN}'") == (
            ("韩梅梅", "0S", "0", "0", "NULL", "0000-00-00", "0", "你最喜欢的颜色"),
        )
        assert webman.run(f"DELETE FROM mailbox WHERE username = 'li@{self.DOMAIN}'").message == ""

    def test_adds_and_edits_an_alias(self, webman: Database) -> None:
        statements = (
            "INSERT INTO alias (address, goto, domain, createdate, active) VALUES "
            f"('@{self.DOMAIN}', 'a@{self.DOMAIN},b@{self.DOMAIN}', '{self.DOMAIN}', NOW(), 1)",
            f"UPDATE alias SET goto = '@elsewhere.test', active = 0 WHERE address = '@{self.DOMAIN}'",
        )
        assert webman.run(*statements).message == ""
        assert webman.select(f"SELECT goto, active FROM alias WHERE domain = '{self.DOMAIN}'") == (
            ("@elsewhere.test", "0"),
        )

    def test_adds_a_manager_with_a_domain_and_one_without(self, webman: Database) -> None:
        statements = (
            "INSERT INTO manager (username, password, type, uid, name, question, answer, disablepwdchange, "
            f"createdate, expiredate, active) VALUES ('m@{self.DOMAIN}', '$1$x$y', 'postmaster', 'm', '管理员', "
            "'', '', '', NOW(), '0000-00-00', 1)",
            "INSERT INTO domain_manager (username, domain, createdate, active) VALUES "
            f"('m@{self.DOMAIN}', '{self.DOMAIN}', NOW(), 1), ('m@{self.DOMAIN}', '', NOW(), 1)",
            f"DELETE FROM domain_manager WHERE username = 'm@{self.DOMAIN}'",
        )
        assert webman.run(*statements).message == ""

    @pytest.mark.parametrize("table", COLUMNS)
    def test_lists_every_table_by_star(self, webman: Database, table: str) -> None:
        assert webman.run(f"SELECT * FROM {table}").message == ""

    @pytest.mark.parametrize(
        "statement", ["DROP TABLE mailbox", "CREATE TABLE t (i int)", "ALTER TABLE mailbox ADD i int"]
    )
    def test_can_not_change_the_schema(self, webman: Database, statement: str) -> None:
        assert webman.run(statement).error in DENIED


class TestWebmail:
    def test_reads_by_star_and_stores_a_changed_password(self, site: Site) -> None:
        user = site.accounts.mailbox("webmail@schema.test")
        webmail = site.database("extmail")
        assert webmail.run("SELECT * FROM domain").error == 0
        assert webmail.select("SELECT * FROM mailbox WHERE username = 'webmail@schema.test'")
        changed = webmail.run(
            "UPDATE mailbox SET password = '$1$new$x', clearpwd = 'new', name = '名', question = 'q', "
            f"answer = 'a' WHERE username = '{user.address}'"
        )
        assert changed.message == ""
        assert site.demo.sql("SELECT password, clearpwd FROM mailbox WHERE username = ?", user.address) == [
            ("$1$new$x", "new")
        ]

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO mailbox (username) VALUES ('x@schema.test')",
            "DELETE FROM mailbox WHERE username = 'postmaster@test.com'",
            "INSERT INTO domain (domain) VALUES ('x.test')",
            "DROP TABLE mailbox",
        ],
    )
    def test_can_not_add_or_delete(self, site: Site, statement: str) -> None:
        assert site.database("extmail").run(statement).error in DENIED


class TestDaemons:
    """Least privilege, right by right."""

    ROUTING = {
        "domain": "domain, active, expiredate, disablesmtpd, disablesmtp, disableimap, disablepop3",
        "mailbox": "username, domain, maildir, homedir, quota, uidnumber, gidnumber, active, expiredate, "
        "disablesmtpd, disablesmtp, disablewebmail, disableimap, disablepop3",
        "alias": "address, goto, active",
    }
    WRITES = (
        "INSERT INTO mailbox (username) VALUES ('x@schema.test')",
        "UPDATE mailbox SET active = 1",
        "UPDATE mailbox SET password = 'x'",
        "DELETE FROM mailbox WHERE username = 'nobody@schema.test'",
        "INSERT INTO domain (domain) VALUES ('x.test')",
        "UPDATE domain SET active = 1",
        "DELETE FROM domain WHERE domain = 'nothing.test'",
        "INSERT INTO alias (address, goto) VALUES ('x@schema.test', 'y')",
        "UPDATE alias SET goto = 'x@schema.test'",
        "DELETE FROM alias WHERE address = 'nobody@schema.test'",
        "UPDATE manager SET password = 'x'",
        "TRUNCATE TABLE alias",
        "DROP TABLE alias",
        "CREATE TABLE t (i int)",
        "SELECT username FROM mailbox INTO OUTFILE '/tmp/em-stolen'",
    )

    @pytest.mark.parametrize("daemon", DAEMONS)
    @pytest.mark.parametrize("table", ROUTING)
    def test_reads_what_routing_needs(self, site: Site, daemon: str, table: str) -> None:
        assert site.database(daemon).select(f"SELECT {self.ROUTING[table]} FROM {table}")

    @pytest.mark.parametrize("daemon", ["mapd", "policyd"])
    @pytest.mark.parametrize("column", ["password", "clearpwd", "question", "answer"])
    def test_no_password_column_for_those_who_check_none(self, site: Site, daemon: str, column: str) -> None:
        assert site.database(daemon).run(f"SELECT {column} FROM mailbox").error == COLUMN_DENIED
        where = f"SELECT username FROM mailbox WHERE {column} LIKE '$1$%'"
        assert site.database(daemon).run(where).error == COLUMN_DENIED

    def test_authd_reads_passwords(self, site: Site) -> None:
        assert site.database("authd").select("SELECT username, password, clearpwd FROM mailbox")

    @pytest.mark.parametrize("column", ["question", "answer"])
    def test_not_even_authd_reads_the_questions(self, site: Site, column: str) -> None:
        assert site.database("authd").run(f"SELECT {column} FROM mailbox").error == COLUMN_DENIED

    @pytest.mark.parametrize("daemon", DAEMONS)
    @pytest.mark.parametrize("table", ["manager", "domain_manager", "mysql.user", "mysql.global_priv"])
    def test_nobody_reads_other_tables(self, site: Site, daemon: str, table: str) -> None:
        assert site.database(daemon).run(f"SELECT * FROM {table}").error == TABLE_DENIED

    @pytest.mark.parametrize("daemon", DAEMONS)
    @pytest.mark.parametrize("statement", WRITES)
    def test_nobody_writes(self, site: Site, daemon: str, statement: str) -> None:
        outcome = site.database(daemon).run(statement)
        assert outcome.error and "denied" in outcome.message
