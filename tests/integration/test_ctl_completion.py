# SPDX-License-Identifier: MIT
"""The words of extmailctl as bash and zsh complete them, each with its own line editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.database import Database
from support.shell import Shell, bash, zsh
from support.site import Site
from support.tools import run

# What a shell must never be handed as it stands.
HOSTILE = ("$(false)@completion.test", ";false@completion.test", "`false`@completion.test", "-false@completion.test")


@pytest.fixture(scope="module")
def database(site: Site) -> Iterator[Database]:
    database = Database(site.env["MYSQL_SOCKET"])
    database.run("INSERT INTO domain (domain) VALUES ('completion.test')")
    for address in ("first@completion.test", "fourth@completion.test", *HOSTILE):
        database.run(
            "INSERT INTO alias (address, goto, domain) "
            f"VALUES ('{address}', 'user@example.net', 'completion.test')"
        )
    database.run("INSERT INTO manager (username, password) VALUES ('thebossof@completion.test', '!')")
    database.run("INSERT INTO mailbox (username, domain) VALUES ('theuserof@completion.test', 'completion.test')")
    yield database
    for table in ("alias", "mailbox", "domain"):
        database.run(f"DELETE FROM {table} WHERE domain = 'completion.test'")
    database.run("DELETE FROM manager WHERE username = 'thebossof@completion.test'")


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(site: Site, build_dir: Path, database: Database, request: pytest.FixtureRequest) -> Iterator[Shell]:
    scripts = build_dir / "ctl/completion"
    programs = site.demo.layout.bin
    shell = bash(scripts / "extmailctl", programs) if request.param == "bash" else zsh(scripts / "_extmailctl", programs)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("extmailctl mailb", "extmailctl mailbox"),
        ("extmailctl mailbox dis", "extmailctl mailbox disable"),
        ("extmailctl --json mailbox li", "extmailctl --json mailbox list"),
        ("extmailctl import --upd", "extmailctl import --update"),
        ("extmailctl passwd --scheme yes", "extmailctl passwd --scheme yescrypt"),
        ("extmailctl passwd --scheme=yes", "extmailctl passwd --scheme=yescrypt"),
        ("extmailctl authtest -s ima", "extmailctl authtest -s imap"),
        ("extmailctl explain login --service=ima", "extmailctl explain login --service=imap"),
        ("extmailctl app-password add u@d.test phone --services imap,subm",
         "extmailctl app-password add u@d.test phone --services imap,submission"),
        ("extmailctl doctor --only alias-lo", "extmailctl doctor --only alias-loop"),
        ("extmailctl doctor --skip=hos", "extmailctl doctor --skip=host"),
        ("extmailctl doctor --only alias-loop,sql-m", "extmailctl doctor --only alias-loop,sql-mode"),
        ("extmailctl doctor --only=alias-loop,sql-m", "extmailctl doctor --only=alias-loop,sql-mode"),
        ("extmailctl mailbox modify a@d.test --disableimap y", "extmailctl mailbox modify a@d.test --disableimap yes"),
        ("extmailctl manager add boss@d.test --type adm", "extmailctl manager add boss@d.test --type admin"),
        ("extmailctl completion z", "extmailctl completion zsh"),
        ("extmailctl export mailbox man", "extmailctl export mailbox manager"),
        # A value is none of the command's words.
        ("extmailctl mailbox add --quota mailbox --gen", "extmailctl mailbox add --quota mailbox --generate"),
    ],
)
def test_a_word_that_only_one_can_be(shell: Shell, typed: str, completed: str) -> None:
    assert shell.complete(typed) == completed


def test_the_commands(shell: Shell) -> None:
    assert shell.candidates("extmailctl mail") == {"mailbox", "maildir"}
    assert shell.candidates("extmailctl mailbox ") == {
        "add", "delete", "disable", "enable", "list", "modify", "rename", "show",
    }  # fmt: skip


def test_the_options_of_a_command_and_of_all(shell: Shell) -> None:
    options = shell.candidates("extmailctl mailbox add --")
    assert {"--quota", "--no-maildir", "--password-stdin", "--dry-run", "--config", "--help"} <= options
    assert "--cascade" not in options


def test_the_values_of_an_option(shell: Shell) -> None:
    assert shell.candidates("extmailctl import --from ") == {"auto", "json", "csv", "passwd", "postfixadmin"}
    services = shell.candidates("extmailctl authtest --service ")
    assert {"login", "imap", "pop3", "smtp", "submission", "extmail", "webmail", "lmtp"} <= services
    assert {"host", "database", "data", "alias-loop", "sql-mode"} <= shell.candidates("extmailctl doctor --only ")
    several = shell.candidates("extmailctl doctor --only sql-mode,sasl-")
    assert several == {f"sql-mode,sasl-{each}" for each in ("config", "plugin", "mechanisms")}
    assert {"virtual_alias_maps", "virtual_mailbox_maps"} <= shell.candidates("extmailctl explain map virtual_")


def test_a_file(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    (tmp_path / "folder").mkdir()
    for typed in ("import ", "export -o ", "--config=", "import --shadow "):
        assert shell.complete(f"extmailctl {typed}{tmp_path}/ro") == f"extmailctl {typed}{tmp_path}/rows.jsonl"
    assert shell.candidates(f"extmailctl doctor --postfix-config {tmp_path}/") == {f"{tmp_path}/folder"}


@pytest.mark.parametrize("typed", ["stats mapd pol", "expire fi", "completion bash zs"])
def test_no_word_behind_the_last(shell: Shell, typed: str) -> None:
    assert shell.complete(f"extmailctl {typed}") == f"extmailctl {typed}"


@pytest.mark.parametrize("option", ["--config {}", "--config={}", "-c {}"])
def test_an_object_of_the_database(site: Site, shell: Shell, option: str) -> None:
    begin = f"extmailctl {option.format(site.env['EXTMAIL_CONFIG'])}"
    for typed, completed in (
        ("domain show completion", "domain show completion.test"),
        ("mailbox list --domain=completion", "mailbox list --domain=completion.test"),
        ("alias delete --cascade fi", "alias delete --cascade first@completion.test"),
        ("alias disable fourth@co", "alias disable fourth@completion.test"),
        ("explain address first@", "explain address first@completion.test"),
        ("passwd --stdin the", "passwd --stdin theuserof@completion.test"),
        ("passwd --manager the", "passwd --manager thebossof@completion.test"),
        ("passwd --manager --hash x the", "passwd --manager --hash x thebossof@completion.test"),
    ):
        assert shell.complete(f"{begin} {typed}") == f"{begin} {completed}"


def test_no_name_that_a_shell_would_obey(site: Site, shell: Shell, database: Database) -> None:
    count = database.select("SELECT COUNT(*) FROM alias WHERE domain = 'completion.test'")
    assert count == ((str(2 + len(HOSTILE)),),)
    begin = f"extmailctl -c {site.env['EXTMAIL_CONFIG']} alias show"
    names = shell.candidates(f"{begin} ")
    assert {"first@completion.test", "fourth@completion.test"} <= names
    assert not [name for name in names if "false" in name]


def test_nothing_without_a_database(shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text("[database]\nhosts = [\n")
    line = f"extmailctl -c {config} domain show completion"
    assert shell.complete(line) == line


def test_the_script_of_the_command(site: Site, build_dir: Path) -> None:
    for shell, name in (("bash", "extmailctl"), ("zsh", "_extmailctl")):
        done = run([str(site.demo.layout.bin / "extmailctl"), "completion", shell])
        assert (done.status, done.output) == (0, (build_dir / "ctl/completion" / name).read_text())
