# SPDX-License-Identifier: MIT
"""extmailctl mailbox and maildir: rows beside those that ExtMan wrote, folders, and the servers that use both."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support.accounts import Accounts
from support.database import Database
from support.extmailctl import REFUSED, WRONG_USAGE, Extmailctl
from support.messages import STRANGER, mails_in, new_message
from support.passwords import new_password, store
from support.site import Site, imap_login
from support.tools import run

PAGE = (Path(__file__).resolve().parents[2] / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
BLOCKS = [text for text in re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL) if text.startswith("# ")]
# Of the commands that are tested here, each with what the page shows of it, if anything.
EXAMPLES = [
    found
    for text in BLOCKS
    if re.match("# extmailctl (mailbox|maildir) ", text)
    for found in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", text, flags=re.MULTILINE)
]

COLUMNS = (
    "username, uid, clearpwd, name, mailhost, maildir, homedir, quota, netdiskquota, domain, uidnumber, gidnumber, "
    "expiredate, active, disablepwdchange, disablesmtpd, disablesmtp, disablewebmail, disablenetdisk, disableimap, "
    "disablepop3, question, answer"
)
FOLDER = 0o40700


@pytest.fixture
def database(site: Site) -> Database:
    return Database(site.env["MYSQL_SOCKET"])


@pytest.fixture
def domain(accounts: Accounts) -> str:
    return accounts.domain(f"d{secrets.token_hex(4)}.ctl-mailbox.test", disableimap=0, default_quota="104857600S")


@pytest.fixture
def base(site: Site) -> Path:
    return Path(site.env["MAIL_BASE"])


@pytest.fixture
def extman(accounts: Accounts, domain: str) -> str:
    """A mailbox that ExtMan made."""
    return accounts.mailbox(f"extman@{domain}", quota="104857600S").address


@pytest.fixture(params=["", "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE"], ids=["lax", "strict"])
def any_sql_mode(request: pytest.FixtureRequest, database: Database, extman: str) -> Iterator[None]:
    """What sessions of the server begin with, once ExtMan has been there, which strict modes keep from writing."""
    assert extman
    ((before,),) = database.select("SELECT @@GLOBAL.sql_mode")
    assert not database.run(f"SET GLOBAL sql_mode = '{request.param}'").error
    yield
    assert not database.run(f"SET GLOBAL sql_mode = '{before}'").error


def row(database: Database, address: str) -> tuple[str, ...]:
    (found,) = database.select(f"SELECT {COLUMNS} FROM mailbox WHERE username = '{address}'")
    return found


def count(database: Database, address: str) -> str:
    return database.select(f"SELECT COUNT(*) FROM mailbox WHERE username = '{address}'")[0][0]


def add(ctl: Extmailctl, address: str, *words: str) -> str:
    """With a password, which is given back."""
    password = new_password()
    ctl.ok("mailbox", "add", address, "--password-stdin", *words, text=password + "\n")
    return password


@pytest.mark.usefixtures("any_sql_mode")
def test_add_writes_the_row_that_extman_writes(
    ctl: Extmailctl, database: Database, domain: str, extman: str
) -> None:
    add(ctl, f"Xiao.Ming@{domain.upper()}", "--name", "测试用户")
    ours, theirs = row(database, f"xiao.ming@{domain}"), row(database, extman)
    expected = [column.replace("extman", "xiao.ming") for column in theirs]
    # What the domain's template and [mail] have.
    ((ids,),) = database.select(f"SELECT uidnumber = gidnumber FROM mailbox WHERE username = 'xiao.ming@{domain}'")
    assert ids == "1"
    expected[8:9] = [ours[8]]
    expected[10:12] = list(ours[10:12])
    today = date.today()
    expected[12] = ours[12]
    assert date.fromisoformat(ours[12]) >= today.replace(year=today.year + 1, day=min(today.day, 28))
    assert list(ours) == expected
    ((hash_, age),) = database.select(
        f"SELECT password, ABS(TIMESTAMPDIFF(MINUTE, createdate, NOW())) FROM mailbox WHERE username = 'xiao.ming@{domain}'"
    )
    assert (hash_[:11], int(age) <= 1) == ("{CRYPT}$6$r", True)


def test_the_template_of_the_domain_decides(ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
    name = accounts.domain(
        "template.ctl-mailbox.test",
        **{"default_quota": "5242880S", "default_netdiskquota": None, "default_expire": "0", "disablepop3": 1},
        disablewebmail=None,
        disableimap=1,
    )
    add(ctl, f"a@{name}")
    add(ctl, f"b@{name}", "--quota", "7M", "--disableimap", "no", "--expiredate", "2031-02-03")
    assert database.select(
        "SELECT quota, netdiskquota, expiredate, disableimap, disablepop3, disablewebmail FROM mailbox "
        f"WHERE domain = '{name}' ORDER BY username"
    ) == (
        ("5242880S", "0S", "0000-00-00", "1", "1", "0"),
        ("7340032S", "0S", "2031-02-03", "0", "1", "0"),
    )


def test_isp_mode(ctl: Extmailctl, database: Database, accounts: Accounts, base: Path) -> None:
    name = accounts.domain("isp.ctl-mailbox.test", hashdirpath="BD/98", maxquota="0S")
    add(ctl, f"joe@{name}")
    _, _, _, _, _, maildir, homedir, *_ = row(database, f"joe@{name}")
    assert re.fullmatch(rf"BD/98/{re.escape(name)}/[0-9A-F]{{2}}/[0-9A-F]{{2}}/joe", homedir)
    assert maildir == f"{homedir}/Maildir/"
    assert (base / maildir / "cur").is_dir()


def test_a_new_mailbox_gets_mail_and_logs_in(ctl: Extmailctl, site: Site, domain: str, base: Path) -> None:
    password = add(ctl, f"joe@{domain}")
    maildir = base / domain / "joe/Maildir"
    folders = [maildir.parent, maildir, *(maildir / part for part in ("new", "cur", "tmp"))]
    assert {folder.stat().st_mode for folder in folders} == {FOLDER}
    ((uid, gid),) = {(folder.stat().st_uid, folder.stat().st_gid) for folder in folders}
    assert 0 not in (uid, gid)

    message = new_message()
    with site.lmtp() as lmtp:
        assert lmtp.transact(STRANGER, f"joe@{domain}", message.text).startswith("250 ")
    assert message.id in mails_in(maildir)
    with site.auth() as auth:
        assert auth.verify(f"joe@{domain}", password).status == "ok"
    imap = site.imap()
    imap_login(imap, f"joe@{domain}", password)
    assert imap.select() == ("OK", [b"1"])
    imap.logout()


def test_show_and_list_never_tell_a_password(ctl: Extmailctl, accounts: Accounts, domain: str) -> None:
    accounts.mailbox(f"joe@{domain}", clearpwd=new_password())
    assert ctl.ok("mailbox", "list", "--domain", domain) == (
        "username                        name      quota  expiredate  active\n"
        f"joe@{domain}  测试用户  100M   never          yes\n"
    )
    shown = ctl.data("mailbox", "show", f"joe@{domain}")
    assert (shown["name"], shown["quota"]) == ("测试用户", "104857600S")
    assert not {"password", "clearpwd", "question", "answer"} & set(shown)


def test_modify_disable_and_enable(ctl: Extmailctl, database: Database, accounts: Accounts, domain: str) -> None:
    accounts.mailbox(f"joe@{domain}")
    before = list(row(database, f"joe@{domain}"))
    ctl.ok("mailbox", "modify", f"joe@{domain}", "--quota", "200M", "--name", "陈")
    ctl.ok("mailbox", "disable", f"joe@{domain}")
    before[3], before[7], before[13] = "陈", "209715200S", "0"
    assert list(row(database, f"joe@{domain}")) == before
    ctl.ok("mailbox", "enable", f"joe@{domain}")
    assert row(database, f"joe@{domain}")[13] == "1"


class TestLimits:
    def test_maxusers(self, ctl: Extmailctl, database: Database, accounts: Accounts) -> None:
        name = accounts.domain("users.ctl-mailbox.test", maxusers=1, maxquota="0S")
        add(ctl, f"a@{name}")
        done = ctl("mailbox", "add", f"b@{name}", "--generate")
        assert (done.status, "has 1 mailboxes, and may have 1" in done.errors) == (REFUSED, True), done.all
        assert count(database, f"b@{name}") == "0"

    def test_maxquota(self, ctl: Extmailctl, accounts: Accounts) -> None:
        name = accounts.domain("quota.ctl-mailbox.test", maxquota="10485760S", default_quota="5242880S")
        accounts.mailbox(f"old@{name}", quota="3145728S")
        add(ctl, f"a@{name}")
        done = ctl("mailbox", "add", f"b@{name}", "--generate")
        assert (done.status, "may have 10M together, and the others have 8M: 2M is left" in done.errors) == (
            REFUSED,
            True,
        ), done.all
        unlimited = ctl("mailbox", "add", f"b@{name}", "--generate", "--quota", "unlimited")
        assert (unlimited.status, "none can be unlimited" in unlimited.errors) == (REFUSED, True), unlimited.all
        assert ctl("mailbox", "modify", f"a@{name}", "--quota", "8M").status == REFUSED
        ctl.ok("mailbox", "modify", f"a@{name}", "--quota", "7M")
        ctl.ok("domain", "modify", name, "--maxquota", "1M")
        ctl.ok("mailbox", "modify", f"a@{name}", "--quota", "6M")  # less is always right


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "joe+tag@{}"), WRONG_USAGE, "letters, digits and . _ -"),
        (("add", "小明@{}"), WRONG_USAGE, "letters, digits and . _ -"),
        (("add", "joe/x@{}"), WRONG_USAGE, "letters, digits and . _ -"),
        (("add", "..@{}"), WRONG_USAGE, "a dot stands between"),
        (("add", "x" * 65 + "@{}"), WRONG_USAGE, "at most 64 characters"),
        (("add", "nobody"), WRONG_USAGE, "is no address"),
        (("add", "joe@none.{}", "--generate"), REFUSED, "there is no domain none."),
        (("add", "joe@{}"), WRONG_USAGE, "no terminal"),
        (("add", "joe@{}", "--generate", "--maildir", "../../etc/"), REFUSED, "leaves the mail base"),
        (("add", "joe@{}", "--generate", "--maildir", "other.test/joe/Maildir/"), REFUSED, "not in the folder of"),
        (("add", "joe@{}", "--hash", "no hash"), WRONG_USAGE, "no hash that"),
        (("add", "joe@{}", "--hash", "{{SSHA}}+pSFD4dQcsxRgJ0VTeXGmVRqKP4xMjM0"), REFUSED, "ExtMail can't check"),
        (("show", "joe@{}"), REFUSED, "there is no mailbox"),
        (("delete", "joe@{}", "--yes"), REFUSED, "there is no mailbox"),
        (("rename", "joe@{}", "jim@{}"), REFUSED, "there is no mailbox"),
    ],
)
def test_what_can_not_be_done_is_said(
    ctl: Extmailctl, database: Database, domain: str, words: tuple[str, ...], status: int, says: str
) -> None:
    done = ctl("mailbox", *(word.format(domain) for word in words))
    assert (done.status, says in done.errors) == (status, True), done.all
    assert count(database, f"joe@{domain}") == "0"


def test_one_that_is_there_is_not_added_again(ctl: Extmailctl, accounts: Accounts, domain: str) -> None:
    accounts.mailbox(f"joe@{domain}")
    done = ctl("mailbox", "add", f"joe@{domain}", "--generate")
    assert (done.status, "is there already" in done.errors) == (REFUSED, True), done.all


def test_a_dry_run_writes_nothing(ctl: Extmailctl, database: Database, domain: str, base: Path) -> None:
    shown = ctl.ok("mailbox", "add", f"joe@{domain}", "--hash", store(new_password(), "$1$"), "--dry-run")
    assert f"-- and make the maildir {base}/{domain}/joe/Maildir for uid" in shown
    assert (count(database, f"joe@{domain}"), (base / domain).exists()) == ("0", False)
    assert not database.run(shown).error
    assert row(database, f"joe@{domain}")[0] == f"joe@{domain}"


class TestDelete:
    def test_what_names_it_is_said_and_stays(
        self, ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
    ) -> None:
        accounts.mailbox(f"joe@{domain}")
        accounts.alias(f"all@{domain}", f"JOE@{domain},jim@{domain}")
        accounts.alias(f"other@{domain}", f"big.joe@{domain}")
        done = ctl("mailbox", "delete", f"joe@{domain}", "--yes")
        assert (done.status, done.errors) == (
            0,
            f"stays: alias all@{domain} leads to it\nstays: its mail, without --files\n",
        )
        assert count(database, f"joe@{domain}") == "0"
        assert database.select(f"SELECT goto FROM alias WHERE address = 'all@{domain}'") == (
            (f"JOE@{domain},jim@{domain}",),
        )

    def test_cascade_takes_it_out_of_aliases(
        self, ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
    ) -> None:
        accounts.mailbox(f"joe@{domain}")
        accounts.alias(f"all@{domain}", f"Joe@{domain},big.joe@{domain}")
        accounts.alias(f"only@{domain}", f"joe@{domain}")
        for table, columns, values in (
            ("extmail_app_password", "username, name, password", f"'joe@{domain}', 'phone', 'x'"),
            ("extmail_policy", "subject, kind, value", f"'joe@{domain}', 'limit', '1'"),
        ):
            assert not database.run(f"INSERT INTO {table} ({columns}) VALUES ({values})").error
        done = ctl("mailbox", "delete", f"joe@{domain}", "--yes", "--cascade")
        assert done.status == 0, done.all
        assert "goes, too: its app passwords: 1\ngoes, too: its policies: 1\n" in done.errors
        assert database.select(f"SELECT address, goto FROM alias WHERE domain = '{domain}'") == (
            (f"all@{domain}", f"big.joe@{domain}"),
        )
        assert database.select(f"SELECT COUNT(*) FROM extmail_app_password WHERE username = 'joe@{domain}'") == (("0",),)

    def test_nobody_waits_while_it_asks(
        self, ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
    ) -> None:
        accounts.mailbox(f"joe@{domain}")
        accounts.alias(f"all@{domain}", f"joe@{domain},jim@{domain}")

        def write_meanwhile() -> str:
            done = database.run(
                "SET SESSION innodb_lock_wait_timeout = 1",
                f"UPDATE mailbox SET name = 'x' WHERE username = 'joe@{domain}'",
                f"UPDATE alias SET goto = 'joe@{domain},ann@{domain}' WHERE address = 'all@{domain}'",
            )
            assert not done.error, done.message
            return "y\n"

        words = ("mailbox", "delete", f"joe@{domain}", "--cascade")
        status, shown = ctl.in_dialogue([("[y/N]", write_meanwhile)], *words)
        assert (status, shown.count("goes, too")) == (0, 1), shown
        assert database.select(f"SELECT goto FROM alias WHERE address = 'all@{domain}'") == ((f"ann@{domain}",),)

    def test_only_what_was_shown_is_deleted(
        self, ctl: Extmailctl, database: Database, accounts: Accounts, domain: str
    ) -> None:
        accounts.mailbox(f"joe@{domain}")

        def add_meanwhile() -> str:
            accounts.alias(f"all@{domain}", f"joe@{domain}")
            return "y\n"

        words = ("mailbox", "delete", f"joe@{domain}", "--cascade")
        status, shown = ctl.in_dialogue([("[y/N]", add_meanwhile)], *words)
        assert status == REFUSED, shown
        assert "what belongs to it has changed meanwhile, and nothing was deleted; now it is:\n" in shown
        assert f"extmailctl: goes, too: alias all@{domain} leads to it, and nowhere else\n" in shown
        assert count(database, f"joe@{domain}") == "1"

    def test_files(self, ctl: Extmailctl, domain: str, base: Path) -> None:
        add(ctl, f"joe@{domain}")
        add(ctl, f"jim@{domain}")
        outside = base.parent / f"outside-{domain}"
        outside.mkdir()
        (outside / "kept").touch()
        home = base / domain / "joe"
        (home / "Maildir/link").symlink_to(outside)
        (home / "Maildir/.Sent/cur").mkdir(parents=True)
        (home / "Maildir/.Sent/cur/mail").touch()
        status, shown = ctl.on_terminal("y\n", "mailbox", "delete", f"joe@{domain}", "--files")
        assert status == 0, shown
        assert "goes, too: its mail\n" in shown
        assert (home.exists(), (outside / "kept").exists(), (base / domain / "jim").exists()) == (False, True, True)

    def test_files_of_others_are_not_deleted(
        self, ctl: Extmailctl, database: Database, accounts: Accounts, domain: str, base: Path
    ) -> None:
        add(ctl, f"joe@{domain}")
        accounts.mailbox(f"bad@{domain}", homedir=f"{domain}/./joe/", maildir=f"{domain}//joe/Maildir")
        done = ctl("mailbox", "delete", f"bad@{domain}", "--yes", "--files")
        assert (done.status, f"has the mail of joe@{domain} in it, too" in done.errors) == (REFUSED, True), done.all
        assert (count(database, f"bad@{domain}"), (base / domain / "joe/Maildir").exists()) == ("1", True)


class TestMaildirs:
    def test_create_missing(self, ctl: Extmailctl, accounts: Accounts, domain: str, base: Path) -> None:
        accounts.mailbox(f"joe@{domain}")
        accounts.mailbox(f"away@{domain}", mailhost="elsewhere")
        made = f"{base}/{domain}/joe/Maildir\n"
        assert ctl.ok("maildir", "create-missing", "--domain", domain, "--dry-run") == f"missing: {made}1 missing\n"
        assert not (base / domain).exists()
        assert ctl.ok("maildir", "create-missing", "--domain", domain) == f"made: {made}1 made\n"
        assert (base / domain / "joe/Maildir/tmp").stat().st_mode == FOLDER
        assert not (base / domain / "away").exists()
        assert ctl.ok("maildir", "create-missing", "--domain", domain) == "0 made\n"
        mistyped = ctl("maildir", "create-missing", "--domain", f"none.{domain}")
        assert (mistyped.status, f"there is no domain none.{domain}" in mistyped.errors) == (REFUSED, True)

    def test_bad_rows_are_named_and_keep_no_other(
        self, ctl: Extmailctl, accounts: Accounts, domain: str, base: Path, tmp_path: Path
    ) -> None:
        accounts.mailbox(f"a@{domain}", maildir="../escape/", homedir="..")
        accounts.mailbox(f"b@{domain}")
        accounts.mailbox(f"c@{domain}")
        (base / domain).mkdir()
        (base / domain / "b").symlink_to(tmp_path)
        done = ctl("maildir", "create-missing", "--domain", domain)
        assert done.status == REFUSED
        assert "maildir leaves the mail base" in done.errors
        assert f"{base}/{domain}/b: is a symbolic link" in done.errors
        assert done.output == f"made: {base}/{domain}/c/Maildir\n1 made, 2 failed\n"
        assert not list(tmp_path.iterdir())

    def test_a_symbolic_link_keeps_the_row_from_being_written(
        self, ctl: Extmailctl, database: Database, domain: str, base: Path, tmp_path: Path
    ) -> None:
        (base / domain).symlink_to(tmp_path)
        done = ctl("mailbox", "add", f"joe@{domain}", "--generate")
        assert (done.status, "is a symbolic link" in done.errors) == (REFUSED, True), done.all
        assert (count(database, f"joe@{domain}"), list(tmp_path.iterdir())) == ("0", [])
        (base / domain).unlink()

    def test_a_folder_of_somebody_else(self, ctl: Extmailctl, database: Database, domain: str, base: Path) -> None:
        (base / domain / "joe").mkdir(parents=True)
        done = ctl("mailbox", "add", f"joe@{domain}", "--generate")
        assert (done.status, "belongs to uid 0" in done.errors) == (REFUSED, True), done.all
        assert count(database, f"joe@{domain}") == "0"

    def test_no_maildir(self, ctl: Extmailctl, domain: str, base: Path) -> None:
        add(ctl, f"joe@{domain}", "--no-maildir")
        assert not (base / domain).exists()


def test_the_examples_of_the_manual_page(ctl: Extmailctl, site: Site) -> None:
    assert len(EXAMPLES) > 5
    for command, shown in EXAMPLES:
        done = run(["bash", "-c", f'exec 2>&1; extmailctl() {{ {" ".join(ctl.command())} "$@"; }}; {command}'])
        assert done.status == 0, f"{command}: {done.output}"
        assert not shown or (command, done.output) == (command, shown)
