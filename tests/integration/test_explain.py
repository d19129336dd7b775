# SPDX-License-Identifier: MIT
"""extmailctl explain: what it says will happen is what Postfix, Dovecot and the daemons do."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Columns, Mailbox
from support.extmailctl import NOBODY_COULD_TELL, REFUSED, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.extra_daemon import ExtraDaemon
from support.messages import STRANGER, mails_in, new_message
from support.passwords import new_password
from support.policy import PolicyClient
from support.scenarios import Scenario, read_table, scenario_database
from support.site import POSTMASTER, Site
from support.socketmap import Socketmap
from support.tools import Done, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
SCENARIOS = "explained"
DOMAIN = "explain.test"
KEYS_AT_ONCE = 100
DELIVERY_SECONDS = 30


class TestScenarios:
    """Each line of the table of lookups: as extmail-mapd and Postfix are held to it in test_scenarios.py."""

    @pytest.fixture(scope="class")
    def tool(self, build_dir: Path) -> Path:
        return build_dir / "tests/integration/scenario_tool"

    @pytest.fixture(scope="class")
    def rows(self, site: Site, tool: Path) -> Iterator[None]:
        with scenario_database(site, tool, SCENARIOS):
            yield

    @staticmethod
    def answers(ctl: Extmailctl, name: str, keys: list[bytes], *words: str) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for start in range(0, len(keys), KEYS_AT_ONCE):
            part = keys[start : start + KEYS_AT_ONCE]
            command = ctl.command("--json", "explain", *words, "map", name, "--")
            done = run([*command, *(os.fsdecode(key) for key in part)])
            steps += json.loads(done.output)["steps"]
        assert len(steps) == len(keys)
        return steps

    @staticmethod
    def is_expected(scenario: Scenario, step: dict[str, Any]) -> bool:
        if not scenario.is_answer:
            return step["outcome"] == "permanent_failure" and scenario.reason in step["answer"]
        return step["outcome"] == scenario.outcome and step["answer"] == (scenario.found or "")

    @pytest.mark.parametrize("rules", ["guide", "lenient", "strict"])
    def test_rows_and_daemons_are_explained_alike(
        self,
        site: Site,
        tool: Path,
        rows: None,
        extra_daemon: Callable[[str], ExtraDaemon],
        rules: str,
    ) -> None:
        mapd = extra_daemon("mapd")
        mapd.change('name = "extmail"', f'name = "{SCENARIOS}"')
        mapd.change('expiry = "enforce"\n', "")
        mapd.change("[mail]\n", "[mail]\n" + run([tool, "mail", rules]).output)
        mapd.start()
        ctl = Extmailctl(site, str(mapd.config_file))
        scenarios = [s for s in read_table(run([tool, "table"]).output) if s.rules == rules and b"\0" not in s.key]
        assert len(scenarios) > 10
        differences = []
        with Socketmap(str(mapd.socket)) as maps:
            for name in sorted({s.map for s in scenarios}):
                asked = [s for s in scenarios if s.map == name]
                keys = [s.key for s in asked]
                by_rows, live = self.answers(ctl, name, keys), self.answers(ctl, name, keys, "--live")
                for scenario, row, daemon in zip(asked, by_rows, live):
                    told = maps.ask(scenario.map, scenario.key)
                    for step in (row, daemon):
                        if not self.is_expected(scenario, step) or not scenario.is_answered_by(told):
                            differences.append(f"{scenario}: {step['outcome']} {step['answer'][:200]!r}, {told[:200]!r}")
        assert not differences, "\n".join(differences)


class TestMail:
    """What becomes of real mail from a stranger."""

    # Address, rows, the reply to RCPT, who gets it; the exit status, and what the sentence says.
    CASES: dict[str, tuple[str, list[str], int, str]] = {
        "alice": ("250", ["alice"], 0, "is delivered to alice@"),
        "alice+box": ("250", ["alice"], 0, "is delivered to alice+box@"),
        "ALICE": ("250", ["alice"], 0, "is delivered to "),
        "team": ("250", ["alice", "bob"], 0, f"alice@{DOMAIN} and bob@{DOMAIN} by LMTP"),
        "nested": ("250", ["alice", "bob"], 0, f"alice@{DOMAIN} and bob@{DOMAIN} by LMTP"),
        "self": ("250", ["self", "bob"], 0, f"self@{DOMAIN} and bob@{DOMAIN} by LMTP"),
        "bare": ("250", ["bob"], 0, f"bob@{DOMAIN} by LMTP"),
        "half": ("250", ["alice"], REFUSED, "but bounces for nobody@"),
        "dangling": ("250", [], REFUSED, "the alias dangles"),
        "to-off": ("250", [], REFUSED, "bounces for off@"),
        "nobody": ("550 5.1.1", [], REFUSED, "is refused: 550 5.1.1"),
        "switched": ("550 5.1.1", [], REFUSED, "is refused: 550 5.1.1"),
        "off": ("550 5.2.1", [], REFUSED, "is refused: 550 5.2.1 the mailbox is inactive"),
        "late": ("550 5.2.1", [], REFUSED, "is refused: 550 5.2.1 the mailbox has expired"),
        "mute": ("550 5.2.1", [], REFUSED, "is refused: 550 5.2.1 the mailbox has this service disabled"),
        "any@catch-all": ("250", ["alice"], 0, f"is delivered to alice@{DOMAIN} by LMTP"),
        "bob@mirror": ("250", ["bob"], 0, f"is delivered to bob@{DOMAIN} by LMTP"),
        "nobody@mirror": ("250", [], REFUSED, "bounces for nobody@"),
        "x@off": ("554 5.7.1", [], REFUSED, "is refused: 554 5.7.1 Relay access denied"),
        "x@late": ("554 5.7.1", [], REFUSED, "is refused: 554 5.7.1 Relay access denied"),
        "x@not-ours": ("554 5.7.1", [], REFUSED, "is no domain of ours"),
    }

    @pytest.fixture(scope="class", autouse=True)
    def rows(self, accounts: Accounts) -> None:
        accounts.domain(DOMAIN)
        accounts.domain(f"catch-all.{DOMAIN}")
        accounts.domain(f"mirror.{DOMAIN}")
        accounts.domain(f"off.{DOMAIN}", active=0)
        accounts.domain(f"late.{DOMAIN}", expiredate="2010-01-01")
        changes: dict[str, Columns] = {
            "off": {"active": 0},
            "late": {"expiredate": "2010-01-01"},
            "mute": {"disablesmtp": 1},
        }
        for name in ("alice", "bob", "self", *changes):
            accounts.mailbox(f"{name}@{DOMAIN}", **changes.get(name, {}))
        for name, targets in (
            ("team", ["alice", "bob"]),
            ("nested", ["team"]),
            ("self", ["self", "bob"]),
            ("half", ["alice", "nobody"]),
            ("dangling", ["nobody"]),
            ("to-off", ["off"]),
            ("ring", ["round"]),
            ("round", ["ring"]),
        ):
            accounts.alias(f"{name}@{DOMAIN}", ",".join(f"{target}@{DOMAIN}" for target in targets))
        accounts.alias(f"bare@{DOMAIN}", "bob")
        accounts.alias(f"switched@{DOMAIN}", f"alice@{DOMAIN}", active=0)
        accounts.alias(f"@catch-all.{DOMAIN}", f"alice@{DOMAIN}")
        accounts.alias(f"@mirror.{DOMAIN}", f"@{DOMAIN}")

    @staticmethod
    def address(name: str) -> str:
        local, _, domain = name.partition("@")
        return f"{local}@{domain}.{DOMAIN}" if domain else f"{local}@{DOMAIN}"

    @pytest.mark.parametrize("name", CASES)
    def test_it_is_what_postfix_does(self, site: Site, ctl: Extmailctl, name: str) -> None:
        reply, receivers, status, words = self.CASES[name]
        address = self.address(name)
        postfix = ["--postfix-config", site.env["POSTFIX_CONFIG"]]
        told = {}
        for live in ([], ["--live"]):
            for command in (["address", address], ["mail", STRANGER, address]):
                done = ctl("explain", *postfix, *live, *command)
                sentence = done.output.splitlines()[-1]
                assert (done.status, words in sentence) == (status, True), done.all
                told[" ".join([*live, command[0]])] = sentence
        message = new_message()
        with site.smtp() as smtp:
            smtp.command(f"MAIL FROM:<{STRANGER}>")
            assert smtp.command(f"RCPT TO:<{address}>").startswith(reply), told
            if not reply.startswith("250"):
                return
            assert smtp.command("DATA").startswith("354 ")
            smtp.send(message.text.replace("\n", "\r\n").encode() + b".\r\n")
            assert smtp.reply().startswith("250 ")
        for receiver in receivers:
            maildir = Path(site.env["MAIL_BASE"], DOMAIN, receiver, "Maildir")
            wait_until(lambda: message.id in mails_in(maildir), f"mail for {receiver}", timeout=DELIVERY_SECONDS)

    def test_a_loop_of_aliases_is_put_off(self, site: Site, ctl: Extmailctl) -> None:
        address = self.address("ring")
        done = ctl("explain", "--postfix-config", site.env["POSTFIX_CONFIG"], "address", address)
        assert (done.status, "451 4.6.0 Alias expansion error" in done.output) == (NOBODY_COULD_TELL, True), done.all
        assert f"{address} leads to round@{DOMAIN} leads to {address}" in done.output
        with site.smtp() as smtp:
            smtp.command(f"MAIL FROM:<{STRANGER}>")
            assert smtp.command(f"RCPT TO:<{address}>").startswith("250 ")
            assert smtp.command("DATA").startswith("354 ")
            smtp.send(new_message().text.replace("\n", "\r\n").encode() + b".\r\n")
            assert smtp.reply().startswith("451 4.6.0")

    def test_rows_are_shown(self, site: Site, ctl: Extmailctl) -> None:
        data = json.loads(ctl("--json", "explain", "address", self.address("any@catch-all")).output)
        assert data["verdict"] == "passes"
        (alias,) = [s for s in data["steps"] if (s["step"], s["answer"]) == ("virtual_alias_maps", f"alice@{DOMAIN}")]
        assert [(row["key"], row["outcome"]) for row in alias["rows"] if row["table"] == "alias"] == [
            (f"any@catch-all.{DOMAIN}", "not_found"),
            (f"@catch-all.{DOMAIN}", "found"),
        ]
        assert ctl("--csv", "explain", "address", self.address("alice")).output.startswith("step,key,outcome,answer,")

    def test_a_login_sends_as_what_is_its_own(self, site: Site, ctl: Extmailctl) -> None:
        alice, bob = f"alice@{DOMAIN}", f"bob@{DOMAIN}"
        words = ["explain", "--postfix-config", site.env["POSTFIX_CONFIG"], "mail"]
        done = ctl(*words, f"team@{DOMAIN}", STRANGER, "--login", bob)
        assert (done.status, "by SMTP" in done.output) == (0, True), done.all
        done = ctl(*words, alice, STRANGER, "--login", bob)
        assert (done.status, "553 5.7.1" in done.output, "not owned by user" in done.output) == (REFUSED, True, True)


class TestPolicy:
    """The rules of an extmail-policyd of its own, which is asked over its control socket."""

    @pytest.fixture
    def policyd(self, extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
        daemon = extra_daemon("policyd")
        control = f'protocol = "control"\npath = "{daemon.folder}/control"\nmode = "0600"\n'
        daemon.config += f"[[policyd.listen]]\n{control}[policyd.greylist]\nenabled = true\n"
        daemon.start()
        return daemon

    @pytest.fixture
    def explain(self, site: Site, policyd: ExtraDaemon, tmp_path: Path) -> Callable[..., Done]:
        config = tmp_path / "extmail.toml"
        listener = f'[[policyd.listen]]\nprotocol = "control"\npath = "{policyd.folder}/control"\n'
        demo = Path(site.env["EXTMAIL_CONFIG"]).read_text(encoding="utf-8")
        config.write_text(demo + listener, encoding="utf-8")
        ctl = Extmailctl(site, str(config))
        return lambda *words: ctl("explain", "--postfix-config", site.env["POSTFIX_CONFIG"], "mail", *words)

    def test_asking_makes_nobody_known(
        self, explain: Callable[..., Done], policyd: ExtraDaemon, accounts: Accounts
    ) -> None:
        accounts.domain(f"greylist.{DOMAIN}")
        to = accounts.mailbox(f"user@greylist.{DOMAIN}").address
        for _ in range(3):
            done = explain(STRANGER, to, "--client", "198.51.100.9")
            assert done.status == NOBODY_COULD_TELL, done.all
            assert "is told to come again: 450 4.2.0 greylisted, please come again in 300 seconds" in done.output
        with PolicyClient(str(policyd.socket)) as policy:
            told = policy.ask(sender=STRANGER, recipient=to, client_address="198.51.100.9")
        assert "come again in 300 seconds" in told  # the first attempt
        # Who answers is no stranger.
        assert explain(to, STRANGER, "--login", to).status == 0
        assert explain(STRANGER, to, "--client", "198.51.100.9").status == NOBODY_COULD_TELL

    def test_the_rule_that_decides_is_shown(self, explain: Callable[..., Done], accounts: Accounts) -> None:
        accounts.domain(f"policy.{DOMAIN}")
        to = accounts.mailbox(f"off@policy.{DOMAIN}", active=0).address
        done = explain(STRANGER, to)
        assert done.status == REFUSED, done.all
        assert "policy rule accounts: 550 5.2.1 the mailbox is inactive" in done.output

    def test_one_that_is_away_is_no_permission(
        self, explain: Callable[..., Done], policyd: ExtraDaemon, accounts: Accounts
    ) -> None:
        accounts.domain(f"away.{DOMAIN}")
        to = accounts.mailbox(f"user@away.{DOMAIN}").address
        policyd.stop()
        assert explain(STRANGER, to).status == NOBODY_COULD_TELL


class TestLogins:
    """Each service against each state of an account, by the rows, by explain --live, by extmail-authd itself, and by Dovecot."""

    STATES: dict[str, Columns] = {
        "well": {},
        "inactive": {"active": 0},
        "expired": {"expiredate": "2010-01-01"},
        "never": {"expiredate": "0000-00-00"},
        "no-imap": {"disableimap": 1},
        "no-pop3": {"disablepop3": 1},
        "no-smtpd": {"disablesmtpd": 1},
        "no-smtp": {"disablesmtp": 1},
        "no-webmail": {"disablewebmail": 1},
        "astray": {"maildir": "../../etc"},
    }
    SERVICES = ("imap", "pop3", "smtp", "submission", "extmail", "webmail", "lmtp", "doveadm", "sieve")
    VERDICTS = {"ok": "passes", "denied": "refused", "mismatch": "refused", "unknown": "refused"}

    @staticmethod
    def by_dovecot(site: Site, user: Mailbox, service: str, remote: str) -> str:
        about = ("-x", f"service={service}", "-x", f"rip={remote}")
        done = site.doveadm("auth", "test", *about, user.address, user.password)
        if done.status == 0:
            return "passes"
        assert done.status == os.EX_NOPERM, done.all
        return "misconfigured" if "code=temp_fail" in done.output else "refused"

    @pytest.mark.parametrize("state", STATES)
    def test_it_is_what_extmail_authd_and_dovecot_do(
        self, site: Site, ctl: Extmailctl, accounts: Accounts, state: str
    ) -> None:
        accounts.domain(f"{state}.{DOMAIN}")
        user = accounts.mailbox(f"{state}@{state}.{DOMAIN}", **self.STATES[state])
        remote = f"192.0.2.{10 + list(self.STATES).index(state)}"
        with site.auth() as auth:
            for service in self.SERVICES:
                reply = auth.verify(user.address, user.password, service, remote=remote)
                expected = self.VERDICTS.get(reply.status, "misconfigured")
                assert self.by_dovecot(site, user, service, remote) == expected, f"{service}: {reply}"
                words = ["login", user.address, "--service", service, "--from", remote]
                for live in ([], ["--live"]):
                    for password in ([], ["-p"]):
                        done = ctl("--json", "explain", *live, *words, *password, text=user.password + "\n")
                        told = json.loads(done.output)
                        assert told["verdict"] == expected, f"{service} {live} {password}: {done.all} {reply}"
                        assert done.status == {"passes": 0, "refused": REFUSED}.get(expected, WRONG_CONFIGURATION)
                        assert user.password not in done.all

    def test_dovecot_says_the_same(self, site: Site, ctl: Extmailctl, accounts: Accounts) -> None:
        accounts.domain(f"dovecot.{DOMAIN}")
        for name, columns in (("on", {}), ("disabled", {"disableimap": 1})):
            user = accounts.mailbox(f"{name}@dovecot.{DOMAIN}", **columns)
            with site.imap() as imap:
                try:
                    is_in = imap.login(user.address, user.password)[0] == "OK"
                except imap.error:
                    is_in = False
            done = ctl("explain", "login", user.address, "-s", "imap", "-p", text=user.password)
            assert (done.status == 0) == is_in == (name == "on")
        assert "the mailbox is disabled for imap (disableimap = 1)." in done.output

    def test_a_wrong_password_and_nobody(self, site: Site, ctl: Extmailctl, accounts: Accounts) -> None:
        accounts.domain(f"wrong.{DOMAIN}")
        user = accounts.mailbox(f"user@wrong.{DOMAIN}")
        done = ctl("explain", "login", user.address, "-p", text=new_password())
        assert (done.status, done.output.splitlines()[-1]) == (REFUSED, "The login is refused: the password is wrong.")
        done = ctl("explain", "login", f"x{user.address}")
        assert (done.status, "there is no mailbox" in done.output) == (REFUSED, True)


class TestTrouble:
    def test_a_database_or_daemon_that_is_away(
        self, site: Site, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        mapd = extra_daemon("mapd")
        mapd.ask_hosts(f"unix:{mapd.folder}/no-database")
        mapd.config_file.write_text(mapd.config)  # it is not started
        ctl = Extmailctl(site, str(mapd.config_file))
        for words in (["address", POSTMASTER], ["--live", "address", POSTMASTER], ["login", POSTMASTER]):
            done = ctl("explain", *words)
            assert done.status == NOBODY_COULD_TELL, done.all
            assert "no such" not in done.all

    @pytest.mark.parametrize(
        "words",
        [
            ["address"],
            ["address", "no-domain"],
            ["address", "@x"],
            ["address", "a\nb@x"],
            ["mail", "a@b"],
            ["mail", "a@b", "c@d", "--client", "x"],
            ["login", "a@b", "--from", "x"],
            ["map", "no_such_map", "key"],
            [],
        ],
        ids=repr,
    )
    def test_wrong_usage(self, ctl: Extmailctl, words: list[str]) -> None:
        done = ctl("explain", *words)
        assert (done.status, done.output) == (WRONG_USAGE, ""), done.all

    def test_a_listener_that_is_not_configured(self, site: Site, tmp_path: Path) -> None:
        config = tmp_path / f"{secrets.token_hex(4)}.toml"
        config.write_text("[mapd]\n")
        done = Extmailctl(site, str(config))("explain", "--live", "address", POSTMASTER)
        assert (done.status, "[[mapd.listen]]" in done.errors) == (WRONG_CONFIGURATION, True)


def test_the_examples_of_the_manual_page(site: Site, ctl: Extmailctl) -> None:
    examples = re.findall(r"^# (extmailctl .*explain.*)\n((?:(?!# |```).*\n)*)", PAGE, flags=re.MULTILINE)
    assert len(examples) >= 3
    program = f"{ctl.program} --config {site.env['EXTMAIL_CONFIG']}"
    for command, shown in examples:
        done = run(["bash", "-c", f"exec 2>&1; {command.replace('extmailctl', program, 1)}"])
        if shown:
            assert done.output.replace(site.env["MAIL_BASE"], "/var/mailbox") == shown
        else:
            assert done.status == 0, done.output
