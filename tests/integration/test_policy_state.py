# SPDX-License-Identifier: MIT
"""What extmail-policyd remembers of earlier mail: greylisting, held logins, and both over a restart."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.extra_daemon import UID, ExtraDaemon
from support.policy import PolicyClient
from support.site import Site
from support.smtp import Smtp
from support.smtpd_service import SmtpdServices
from support.stream import Stream
from support.tools import Done, run

DOMAIN = "state-policy.test"
GREYLIST = "[policyd.greylist]\nenabled = true\ndelay = 1\n"
CONTAINMENT = """\
[policyd.containment]
enabled = true
slow_networks = 2
hold_networks = 3
slow_recipients = 0
hold_recipients = 0
"""
GREY = "DEFER_IF_PERMIT 4.2.0 "
_strangers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    for name in ("joe", "jane"):
        accounts.mailbox(f"{name}@{DOMAIN}")


@pytest.fixture
def policyd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    """Not started yet, with its state in its folder, and a socket for control."""
    daemon = extra_daemon("policyd")
    daemon.config += f'[[policyd.listen]]\nprotocol = "control"\npath = "{daemon.folder}/control"\nmode = "0600"\n'
    daemon.config += f'[policyd.state]\nfile = "{daemon.folder}/state.sqlite"\n'
    return daemon


def stranger() -> dict[str, str]:
    number = next(_strangers)
    return {"client_address": f"198.18.{number}.7", "sender": f"someone@stranger{number}.example"}


def to_joe(policy: PolicyClient, who: dict[str, str]) -> str:
    return policy.ask(**who, recipient=f"joe@{DOMAIN}")


class TestGreylisting:
    @pytest.fixture
    def policy(self, policyd: ExtraDaemon) -> Iterator[PolicyClient]:
        policyd.config += GREYLIST
        policyd.start()
        with PolicyClient(str(policyd.socket)) as client:
            yield client

    def test_a_stranger_comes_again_and_is_known(self, policyd: ExtraDaemon, policy: PolicyClient) -> None:
        who = stranger()
        assert to_joe(policy, who).startswith(GREY)
        policyd.log.wait_for("info: deferred: stage=RCPT ", "rule=greylist: DEFER_IF_PERMIT 4.2.0 ")
        wait_until(lambda: to_joe(policy, who) == "DUNNO", "the stranger to be let in")
        assert to_joe(policy, stranger()).startswith(GREY)

    def test_whoever_a_user_wrote_to_may_answer(self, policy: PolicyClient) -> None:
        who = stranger()
        user = f"joe@{DOMAIN}"
        assert policy.ask(sasl_username=user, sender=user, recipient=who["sender"]) == "DUNNO"
        assert to_joe(policy, who) == "DUNNO"

    def test_users_are_no_strangers(self, policy: PolicyClient) -> None:
        user = f"joe@{DOMAIN}"
        assert policy.ask(sasl_username=user, sender=user, recipient=f"jane@{DOMAIN}") == "DUNNO"

    def test_the_known_are_known_after_a_crash(self, policyd: ExtraDaemon, policy: PolicyClient) -> None:
        who = stranger()
        wait_until(lambda: to_joe(policy, who) == "DUNNO", "the stranger to be let in")
        marker = stranger()
        assert to_joe(policy, marker).startswith(GREY)
        wait_until(lambda: marker["sender"].encode() in _written(policyd), "the state to be written")
        policyd.kill()
        policyd.start()
        policyd.log.wait_for("state_loaded: ")
        with PolicyClient(str(policyd.socket)) as again:
            assert to_joe(again, who) == "DUNNO"
            assert to_joe(again, stranger()).startswith(GREY)

    def test_without_its_file_it_goes_on_and_says_so_once(self, policyd: ExtraDaemon) -> None:
        policyd.change(f"{policyd.folder}/state.sqlite", f"{policyd.folder}/later/state.sqlite")
        policyd.config += GREYLIST
        policyd.start()
        policyd.log.wait_for("error: state_unsaved: ", "later")
        with PolicyClient(str(policyd.socket)) as policy:
            who = stranger()
            assert to_joe(policy, who).startswith(GREY)
            wait_until(lambda: to_joe(policy, who) == "DUNNO", "the stranger to be let in")
        folder = policyd.folder / "later"
        folder.mkdir()
        os.chown(folder, UID, UID)
        policyd.log.wait_for("notice: state_saved: ", seconds=20)
        assert len(policyd.log.matching("state_unsaved: ")) == 1
        assert (folder / "state.sqlite").stat().st_mode & 0o777 == 0o600

    def test_a_second_daemon_on_its_file_is_refused(
        self, policyd: ExtraDaemon, policy: PolicyClient, extra_daemon: Callable[[str], ExtraDaemon]
    ) -> None:
        assert to_joe(policy, stranger()).startswith(GREY)
        second = extra_daemon("policyd")
        second.config += f'[policyd.state]\nfile = "{policyd.folder}/state.sqlite"\n' + GREYLIST
        done = second.run()
        assert done.status == 1
        assert "cannot_serve: " in done.all and "state.sqlite" in done.all

    def test_a_real_postfix_has_strangers_come_again(
        self, site: Site, policyd: ExtraDaemon, policy: PolicyClient
    ) -> None:
        who = stranger()
        ask = f"check_policy_service,unix:{policyd.socket}"  # postconf -P takes no blanks
        with SmtpdServices(site) as services:
            port = services.open(
                "",
                "n",
                smtpd_recipient_restrictions=f"reject_unauth_destination,{ask}",
                smtpd_authorized_xclient_hosts="127.0.0.1",
            )
            services.start()
            with Smtp(port) as smtp:
                assert smtp.command(f"XCLIENT ADDR={who['client_address']} NAME=[UNAVAILABLE]").startswith("220 ")
                assert smtp.command("EHLO client.example").startswith("250")

                def rcpt() -> str:
                    assert smtp.command(f"MAIL FROM:<{who['sender']}>").startswith("250 ")
                    reply = smtp.command(f"RCPT TO:<joe@{DOMAIN}>")
                    assert smtp.command("RSET").startswith("250 ")
                    return reply

                assert rcpt().startswith("450 4.2.0 ")
                wait_until(lambda: rcpt().startswith("250 "), "Postfix to take the mail")


class TestContainment:
    @pytest.fixture
    def policy(self, policyd: ExtraDaemon) -> Iterator[PolicyClient]:
        policyd.config += CONTAINMENT
        policyd.start()
        with PolicyClient(str(policyd.socket)) as client:
            yield client

    @pytest.fixture
    def extmailctl(self, site: Site, policyd: ExtraDaemon) -> Callable[..., Done]:
        program = site.demo.layout.bin / "extmailctl"
        return lambda *words: run([str(program), "--config", str(policyd.config_file), *words])

    def test_a_login_in_many_networks_is_slowed_held_and_released(
        self, policyd: ExtraDaemon, policy: PolicyClient, extmailctl: Callable[..., Done]
    ) -> None:
        user = f"joe@{DOMAIN}"

        def send(network: int, **more: str) -> str:
            address = f"203.0.{network}.9"
            return policy.ask(sasl_username=user, sender=user, client_address=address, **more)

        assert [send(1), send(1), send(2)] == ["DUNNO"] * 3
        assert send(3).startswith("450 4.7.1 ")
        assert send(4).startswith("HOLD ")
        assert send(1).startswith("HOLD ")
        assert send(1, protocol_state="END-OF-MESSAGE", recipient="").startswith("HOLD ")
        line = policyd.log.wait_for("warning: login_held: ", f"login={user}")
        assert line.endswith(f"extmailctl release {user}")
        assert len(policyd.log.matching("login_held: ")) == 1
        assert policy.ask(sasl_username=f"jane@{DOMAIN}", sender=f"jane@{DOMAIN}") == "DUNNO"

        listed = extmailctl("held")
        assert listed.status == 0 and listed.output.startswith(f"{user} until 20"), listed.all
        (row,) = json.loads(extmailctl("--json", "held").output)
        assert (row["login"], row["until"] > time.time()) == (user, True) and row["reason"] in listed.output
        assert extmailctl("--csv", "held").output.splitlines()[0] == "login,until,reason"
        released = extmailctl("release", user)
        assert released.status == 0, released.all
        policyd.log.wait_for("notice: login_released: ", f"login={user} by uid 0")
        assert send(1) == "DUNNO"
        assert extmailctl("held").output == ""
        assert extmailctl("--json", "held").output == "[]\n"
        again = extmailctl("release", user)
        assert again.status == 1 and "is not held" in again.all
        policyd.stop()
        away = extmailctl("held")
        assert (away.status, "can't connect" in away.errors, "systemctl status" in away.errors) == (75, True, True)

    def test_it_is_still_held_after_a_restart(self, policyd: ExtraDaemon, policy: PolicyClient) -> None:
        user = f"jane@{DOMAIN}"
        for network in range(1, 5):
            policy.ask(sasl_username=user, sender=user, client_address=f"203.0.{network}.9")
        policyd.stop()
        policyd.start()
        with PolicyClient(str(policyd.socket)) as again:
            assert again.ask(sasl_username=user, sender=user).startswith("HOLD ")

    def test_the_control_socket_takes_nothing_else(self, policyd: ExtraDaemon, policy: PolicyClient) -> None:
        assert policy.ask() == "DUNNO"
        for question, answer in (
            (b"held\n", b"OK\n"),
            (b"release nobody@example.org\n", b"NOT_HELD\n"),
            (b"release \n", b"ERROR "),
            (b"\n", b"ERROR "),
            (b"shutdown\n", b"ERROR "),
            (b"explain sender\n", b"ERROR "),
            (b"explain request=another\n", b"ERROR "),
        ):
            with Stream(f"{policyd.folder}/control") as control:
                control.send(question)
                assert control.receive_until(b"\n").startswith(answer)
        with Stream(f"{policyd.folder}/control") as control:
            control.send(b"release " + b"x" * 10000)
            assert control.receive_all() == b""

    def test_what_would_become_of_a_request_costs_nothing(self, policyd: ExtraDaemon, policy: PolicyClient) -> None:
        assert policy.ask() == "DUNNO"  # the daemon is there
        attributes = b"\t".join([b"sender=a@example.org", b"recipient=nobody@example.org", b"client_address=192.0.2.1"])
        for _ in range(3):
            with Stream(f"{policyd.folder}/control") as control:
                control.send(b"explain " + attributes + b"\n")
                answer = control.receive_until(b"OK\n").decode()
            lines = [line.split("\t") for line in answer.splitlines()]
            assert lines[0][:2] == ["accounts", "nothing"]
            assert lines[-2:] == [["=", "DUNNO"], ["OK"]]

    def test_nobody_listening_is_no_answer(
        self, policyd: ExtraDaemon, extmailctl: Callable[..., Done], policy: PolicyClient
    ) -> None:
        policyd.stop()
        for words in (("held",), ("release", "x@example.org")):
            done = extmailctl(*words)
            assert done.status == 75 and "control" in done.all


def _written(policyd: ExtraDaemon) -> bytes:
    """What is on disk of the state: the file, and what SQLite has beside it."""
    return b"".join(file.read_bytes() for file in policyd.folder.glob("state.sqlite*"))
