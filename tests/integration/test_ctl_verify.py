# SPDX-License-Identifier: MIT
"""extmailctl verify: what a deployment without the suite answers, against what the suite does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from extmail_demo.layout import Layout
from support.extmailctl import REFUSED, WRONG_CONFIGURATION, WRONG_USAGE
from support.old_schemas import rows, tables
from support.old_site import OldSite, server
from support.tools import Done
from test_schema import STRICT

PLACE = "'{0}/{1}/Maildir/', '{0}/{1}', 1000, 1000"
MANY = 3000


@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    with server() as layout:
        yield layout


@pytest.fixture(params=["NO_ENGINE_SUBSTITUTION", STRICT], ids=["lenient", "strict"])
def site(layout: Layout, build_dir: Path, request: pytest.FixtureRequest) -> Iterator[OldSite]:
    """Migrated, with three domains whose answers are the same on both sides."""
    site = OldSite(layout, build_dir)
    site.make(*tables("1.x"))
    site.ok("--yes")
    site.config.write_text(site.config.read_text().replace('"ignore"', '"enforce"'))
    for name in ("one.test", "two.test", "three.test"):
        site.make(f"INSERT INTO domain (domain) VALUES ('{name}')")
        for user in ("a", "b", "with+plus"):
            add(site, f"{user}@{name}")
        site.make(
            f"INSERT INTO alias (address, goto, domain) VALUES ('all@{name}', 'a@{name},b@{name}', '{name}')",
        )
    site.make("INSERT INTO alias (address, goto, domain) VALUES ('@two.test', '@one.test', 'two.test')")
    site.make("DELETE FROM mailbox WHERE domain = 'two.test'")
    site.server.run(f"SET GLOBAL sql_mode = '{request.param}'")
    yield site
    site.close()


def add(site: OldSite, username: str) -> None:
    user, domain = username.split("@")
    site.make(
        "INSERT INTO mailbox (username, uid, domain, maildir, homedir, uidnumber, gidnumber, question, answer) "
        f"VALUES ('{username}', '{user}', '{domain}', {PLACE.format(domain, user)}, '', '')"
    )


def found(done: Done) -> set[tuple[str, str, str]]:
    return {(each["key"], each["question"], each["reason"]) for each in json.loads(done.output)}


def test_where_there_is_no_difference_none_is_found(site: OldSite) -> None:
    done = site("verify")
    assert (done.status, done.output) == (0, ""), done.all
    assert "compared 3 domains, 6 mailboxes and 4 aliases: no difference" in done.errors


def test_each_difference_is_told_with_its_reason(site: OldSite) -> None:
    site.make(
        "UPDATE mailbox SET expiredate = '2010-02-03' WHERE username = 'a@one.test'",
        "UPDATE mailbox SET disableimap = 1 WHERE username = 'b@one.test'",
        "UPDATE mailbox SET maildir = '../../etc/' WHERE username = 'with+plus@one.test'",
        "UPDATE domain SET expiredate = '2010-02-03' WHERE domain = 'three.test'",
        "INSERT INTO alias (address, goto, domain) VALUES ('@one.test', 'b@one.test', 'one.test')",
    )
    done = site("--json", "verify")
    assert done.status == REFUSED, done.all
    three = {(user + "@three.test", "virtual_mailbox_maps", "domain-expired") for user in ("a", "b", "with+plus")}
    logins = {
        (user + "@three.test", f"login {service}", "domain-expired")
        for user in ("a", "b", "with+plus")
        for service in ("imap", "pop3", "smtp")
    }
    assert found(done) == {
        ("three.test", "virtual_mailbox_domains", "domain-expired"),
        ("all@three.test", "virtual_alias_maps", "domain-expired"),
        *three,
        *logins,
        ("a@one.test", "virtual_mailbox_maps", "expired"),
        *(("a@one.test", f"login {service}", "expired") for service in ("imap", "pop3", "smtp")),
        ("b@one.test", "login imap", "service-disabled"),
        ("with+plus@one.test", "location", "row"),
        *((f"{user}@one.test", "virtual_alias_maps", "catch-all") for user in ("a", "b", "with+plus")),
    }
    assert "extmailctl:   expired: 4\n" in done.errors
    text = site("verify").output
    assert "b@one.test  login imap: allowed before, nothing now  (service-disabled:" in text
    lines = list(csv.DictReader(io.StringIO(site("--csv", "verify").output)))
    assert {(line["key"], line["question"], line["reason"]) for line in lines} == found(done)


def test_tables_of_an_admin_are_asked_in_place_of_the_guides(site: OldSite) -> None:
    table = site.folder / "aliases.cf"
    lines = [f"hosts = unix:{site.socket}", "user = root", "password =", f"dbname = {site.name}"]
    table.write_text("\n".join([*lines, "query = SELECT goto FROM alias WHERE address = '%s' AND active = '1'"]) + "\n")
    same = site("verify", "--map", f"virtual_alias_maps=proxy:mysql:{table}")
    assert (same.status, same.output) == (0, ""), same.all
    wrong = "query = SELECT 'x@y.test' FROM alias WHERE address = '%u@%d' AND '%d' = 'one.test'"
    table.write_text("\n".join([*lines, wrong]) + "\n")
    done = site("--json", "verify", "--map", f"virtual_alias_maps=mysql:{table}")
    assert {key for key, _, _ in found(done)} == {"all@one.test", "all@two.test", "all@three.test"} | {
        "extmailctl-verify-nobody@two.test"
    }


def old_postfix(site: OldSite, **parameters: str) -> Path:
    """A copy of an /etc/postfix from before the suite, whose tables are those of the guide."""
    folder = site.folder / "old-postfix"
    folder.mkdir(exist_ok=True)
    lines = "\n".join(["hosts = localhost", "user = root", "password =", f"dbname = {site.name}"])
    for name, query in (
        ("domains", "SELECT domain FROM domain WHERE domain = '%s' AND active = '1'"),
        ("mailboxes", "SELECT maildir FROM mailbox WHERE username = '%s' AND active = '1'"),
        ("aliases", "SELECT goto FROM alias WHERE address = '%s' AND active = '1'"),
    ):
        (folder / f"extmail_{name}.cf").write_text(f"{lines}\nquery = {query}\n")
    (folder / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in parameters.items()))
    return folder


def test_the_tables_of_an_old_main_cf_are_asked(site: OldSite) -> None:
    """Those of the copy, whatever is in /etc/postfix by now."""
    folder = old_postfix(
        site,
        virtual_mailbox_domains="mysql:$config_directory/extmail_domains.cf",
        virtual_mailbox_maps="proxy:mysql:/etc/postfix/extmail_mailboxes.cf",
        virtual_alias_maps="hash:/etc/aliases, mysql:/etc/postfix/extmail_aliases.cf",
    )
    done = site("verify", "--postfix-config", str(folder))
    assert (done.status, done.output) == (0, ""), done.all
    for map_name, what in (
        ("virtual_mailbox_domains", "domains"),
        ("virtual_mailbox_maps", "mailboxes"),
        ("virtual_alias_maps", "aliases"),
    ):
        assert f"extmailctl: {map_name}: {folder}/extmail_{what}.cf\n" in done.errors
    assert "virtual_alias_maps: hash:/etc/aliases is no mysql: table" in done.errors
    assert "compared 3 domains, 6 mailboxes and 4 aliases: no difference" in done.errors

    aliases = folder / "extmail_aliases.cf"
    aliases.write_text(aliases.read_text().replace("SELECT goto", "SELECT 'x@y.test'"))
    done = site("--json", "verify", "--postfix-config", str(folder))
    assert {question for _, question, _ in found(done)} == {"virtual_alias_maps"}, done.all
    # A table that is named for a map takes its place.
    good = site.folder / "good.cf"
    good.write_text(aliases.read_text().replace("SELECT 'x@y.test'", "SELECT goto"))
    done = site("verify", "--postfix-config", str(folder), "--map", f"virtual_alias_maps=mysql:{good}")
    assert (done.status, "virtual_alias_maps" in done.errors) == (0, False), done.all


def test_a_map_that_the_old_main_cf_had_not_is_not_compared(site: OldSite) -> None:
    folder = old_postfix(
        site,
        virtual_mailbox_domains="one.test, two.test, three.test",
        virtual_mailbox_maps="mysql:/etc/postfix/extmail_mailboxes.cf",
    )
    site.make("UPDATE domain SET expiredate = '2010-02-03' WHERE domain = 'three.test'")
    done = site("--json", "verify", "--postfix-config", str(folder))
    assert {question for _, question, _ in found(done)} == {
        "virtual_mailbox_maps", "login imap", "login pop3", "login smtp",
    }  # fmt: skip
    for name in ("virtual_mailbox_domains", "virtual_alias_maps"):
        assert f"{name}: there is no mysql: table" in done.errors


def test_a_parameter_that_this_postfix_lacks_is_said(site: OldSite) -> None:
    """virtual_mailbox_limit_maps is of a patch; postconf says nothing of it that a program could read."""
    folder = old_postfix(
        site,
        virtual_alias_maps="mysql:/etc/postfix/extmail_aliases.cf",
        virtual_mailbox_limit_maps="mysql:/etc/postfix/limits.cf",
    )
    done = site("verify", "--postfix-config", str(folder))
    assert "virtual_mailbox_limit_maps: this Postfix has no such parameter" in done.errors, done.all


def test_a_folder_without_old_tables_is_no_difference(site: OldSite) -> None:
    def refused(folder: Path, says: str) -> None:
        done = site("verify", "--postfix-config", str(folder))
        assert (done.status, done.output) == (WRONG_USAGE, "") and says in done.errors, done.all

    nowhere = site.folder / "nowhere"
    refused(nowhere, f"{nowhere} has no main.cf")
    new = old_postfix(site, virtual_alias_maps="socketmap:unix:extmail/maps:virtual_alias_maps")
    refused(new, "from before the suite")
    gone = old_postfix(site, virtual_alias_maps="mysql:/etc/postfix/extmail_gone.cf")
    refused(gone, "extmail_gone.cf can't be read: No such file or directory")


@pytest.mark.parametrize(
    ("word", "status", "says"),
    [
        ("nonsense", WRONG_USAGE, "NAME=mysql:FILE"),
        ("no_such_map=mysql:/etc/hostname", WRONG_USAGE, "there is no map no_such_map"),
        ("virtual_alias_maps=mysql:/nowhere.cf", WRONG_USAGE, "/nowhere.cf can't be read"),
        ("virtual_alias_maps=mysql:/etc/passwd", WRONG_USAGE, "/etc/passwd:1: this is no"),
    ],
)
def test_what_makes_no_sense_is_said(site: OldSite, word: str, status: int, says: str) -> None:
    done = site("verify", "--map", word)
    assert (done.status, says in done.errors) == (status, True), done.all


def test_a_database_that_is_no_extmail_is_no_difference(site: OldSite) -> None:
    site.make("DROP TABLE alias")
    done = site("verify")
    assert (done.status, "doesn't exist" in done.errors) == (WRONG_CONFIGURATION, True), done.all


def test_many_mailboxes_are_gone_through_page_by_page(site: OldSite) -> None:
    site.make(
        "INSERT INTO mailbox (username, uid, domain, maildir, homedir, uidnumber, gidnumber, question, answer) "
        "SELECT CONCAT('u', seq, '@one.test'), CONCAT('u', seq), 'one.test', CONCAT('one.test/u', seq, '/Maildir/'), "
        f"CONCAT('one.test/u', seq), 1000, 1000, '', '' FROM seq_1_to_{MANY}"
    )
    done = site("verify")
    assert done.status == 0, done.all
    assert f"compared 3 domains, {6 + MANY} mailboxes and 4 aliases" in done.errors


def test_an_old_database_that_was_migrated_is_the_same_but_for_who_expired(layout: Layout, build_dir: Path) -> None:
    old = OldSite(layout, build_dir)
    old.make(*tables("0.16"), *rows())
    old.make("UPDATE mailbox SET maildir = CONCAT('old.test/', uid, '/Maildir/'), homedir = CONCAT('old.test/', uid)")
    old.ok("--yes")
    assert old("verify").status == 0
    old.config.write_text(old.config.read_text().replace('"ignore"', '"enforce"'))
    assert {(key, reason) for key, _, reason in found(old("--json", "verify"))} == {("gone@old.test", "expired")}
    old.close()
