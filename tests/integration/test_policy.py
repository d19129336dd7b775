# SPDX-License-Identifier: MIT
"""extmail-policyd: what it decides for Postfix, asked as Postfix asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.log_watch import LogWatch
from support.peers import acting_as
from support.policy import PolicyClient, request
from support.site import Site
from support.stream import Stream

DOMAIN = "policy.test"
STATES = ("MAIL", "RCPT", "DATA", "END-OF-MESSAGE", "VRFY", "ETRN")
CHANGE_SECONDS = 5  # a change shows within one, on a machine that has nothing else to do
FRAME_SECONDS = 10  # net/protocol.hpp
MAX_REQUEST = 16384  # wire/policy.hpp

# Columns of the account, and what is said of it.
MAY_NOT_RECEIVE = {
    "no-receive": ({"disablesmtp": 1}, "the mailbox has this service disabled"),
    "inactive": ({"active": 0}, "the mailbox is inactive"),
    "expired": ({"expiredate": "2010-01-01"}, "the mailbox has expired"),
}
MAY_NOT_SEND = {
    "no-send": ({"disablesmtpd": 1}, "the mailbox has this service disabled"),
    "inactive": ({"active": 0}, "the mailbox is inactive"),
    "expired": ({"expiredate": "2010-01-01"}, "the mailbox has expired"),
    "in-inactive-domain": ({}, "its domain is missing, inactive or expired"),
}


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.domain("inactive-policy.test", active=0)
    accounts.mailbox(f"joe@{DOMAIN}")
    accounts.mailbox(f"no-receive@{DOMAIN}", disablesmtp=1)
    accounts.mailbox(f"no-send@{DOMAIN}", disablesmtpd=1)
    accounts.mailbox(f"inactive@{DOMAIN}", active=0)
    accounts.mailbox(f"expired@{DOMAIN}", expiredate="2010-01-01")
    accounts.mailbox(f"left@{DOMAIN}", active=0)
    accounts.alias(f"left@{DOMAIN}", f"joe@{DOMAIN}")
    accounts.mailbox("in-inactive-domain@inactive-policy.test")


@pytest.fixture
def policy(site: Site) -> Iterator[PolicyClient]:
    with site.policy() as client:
        yield client


def login_of(name: str) -> str:
    return f"{name}@{'inactive-policy.test' if name == 'in-inactive-domain' else DOMAIN}"


class TestRecipients:
    @pytest.mark.parametrize(
        "recipient",
        [
            f"joe@{DOMAIN}",
            f"JOE@{DOMAIN}",
            f"joe+tag@{DOMAIN}",
            f"no-send@{DOMAIN}",
            f"nobody@{DOMAIN}",  # for reject_unlisted_recipient to refuse
            f"left@{DOMAIN}",  # an alias of that name leads on
            "in-inactive-domain@inactive-policy.test",  # no domain of ours
            "someone@example.org",
            "",
            "postmaster",
            "*",
            f'"x@y"@{DOMAIN}',
            "joe@[192.0.2.1]",
            f"'; drop table mailbox; --@{DOMAIN}",
            f"用户@{DOMAIN}",
            "a" * 5000 + f"@{DOMAIN}",
        ],
        ids=lambda recipient: recipient[:40] or "none",
    )
    def test_who_is_none_of_our_business(self, policy: PolicyClient, recipient: str) -> None:
        assert policy.ask(recipient=recipient) == "DUNNO"

    @pytest.mark.parametrize("name", MAY_NOT_RECEIVE)
    @pytest.mark.parametrize("spelling", ["{}", "{}+tag", '"{}"'])
    def test_who_may_not_receive(
        self, policy: PolicyClient, log: Callable[[str], LogWatch], name: str, spelling: str
    ) -> None:
        recipient = f"{spelling.format(name)}@{DOMAIN}"
        why = MAY_NOT_RECEIVE[name][1]
        assert policy.ask(recipient=recipient) == f"550 5.2.1 {why}, it does not accept mail"
        logged = recipient if '"' not in recipient else '"' + recipient.replace('"', '\\"') + '"'
        log("policyd").wait_for(
            "info: refused: stage=RCPT ", f" recipient={logged} ", " client=192.0.2.7 rule=accounts: 550 5.2.1 ", why
        )

    @pytest.mark.parametrize("state", [state for state in STATES if state != "RCPT"])
    def test_recipients_are_judged_at_rcpt_only(self, policy: PolicyClient, state: str) -> None:
        assert policy.ask(protocol_state=state, recipient=f"inactive@{DOMAIN}") == "DUNNO"


class TestLogins:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize(
        "login", [f"joe@{DOMAIN}", f"Joe@{DOMAIN}", f"no-receive@{DOMAIN}", "root", "a@b.org"]
    )
    def test_who_may_go_on(self, policy: PolicyClient, state: str, login: str) -> None:
        assert policy.ask(protocol_state=state, sasl_username=login, sasl_method="PLAIN") == "DUNNO"

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("name", MAY_NOT_SEND)
    def test_who_was_disabled_after_the_login(
        self, policy: PolicyClient, log: Callable[[str], LogWatch], state: str, name: str
    ) -> None:
        login = login_of(name)
        action = policy.ask(protocol_state=state, sasl_username=login, sasl_method="PLAIN")
        assert action == f"REJECT 5.7.1 {login} may no longer send: {MAY_NOT_SEND[name][1]}"
        log("policyd").wait_for("info: refused: ", f"login={login}")

    def test_who_was_deleted_after_the_login(self, policy: PolicyClient, accounts: Accounts) -> None:
        user = accounts.mailbox(f"deleted@{DOMAIN}")
        assert policy.ask(sasl_username=user.address) == "DUNNO"
        accounts.delete(user)
        action = f"REJECT 5.7.1 {user.address} may no longer send: the mailbox is gone"
        wait_until(lambda: policy.ask(sasl_username=user.address) == action, "it to be refused", timeout=CHANGE_SECONDS)

    def test_it_is_noticed_in_the_middle_of_a_connection(
        self, policy: PolicyClient, accounts: Accounts
    ) -> None:
        user: Mailbox = accounts.mailbox(f"changing@{DOMAIN}")
        for active, action in ((1, "DUNNO"), (0, "REJECT"), (1, "DUNNO")):
            accounts.change(user, active=active)
            wait_until(
                lambda: policy.ask(sasl_username=user.address).split()[0] == action,
                f"{action} with active = {active}",
                timeout=CHANGE_SECONDS,
            )


class TestRequests:
    def test_unknown_attributes_are_skipped(self, policy: PolicyClient) -> None:
        known = {"recipient": f"inactive@{DOMAIN}"}
        assert policy.ask(**known, new_in_postfix_4="x=y=z", empty="").startswith("550 5.2.1 ")

    def test_values_may_hold_anything_but_line_breaks(self, policy: PolicyClient) -> None:
        assert policy.ask(helo_name="=\t\0=", client_name="\x7f", sender="用户@例子.test") == "DUNNO"

    def test_the_order_does_not_matter(self, policy: PolicyClient) -> None:
        lines = request(recipient=f"inactive@{DOMAIN}").splitlines()[:-1]
        policy.send(b"\n".join(reversed(lines)) + b"\n\n")
        assert policy.action().startswith("550 5.2.1 ")

    def test_the_smallest_request(self, policy: PolicyClient) -> None:
        policy.send(b"request=smtpd_access_policy\n\n")
        assert policy.action() == "DUNNO"

    def test_requests_that_are_pipelined_are_answered_in_their_order(self, policy: PolicyClient) -> None:
        recipients = ["joe", "inactive", "no-receive", "expired"] * 50
        policy.send(b"".join(request(recipient=f"{name}@{DOMAIN}") for name in recipients))
        actions = [policy.action().split(",")[0] for _ in recipients]
        whys = {name: f"550 5.2.1 {why}" for name, (_, why) in MAY_NOT_RECEIVE.items()}
        assert actions == [whys.get(name, "DUNNO") for name in recipients]

    def test_one_byte_at_a_time(self, policy: PolicyClient) -> None:
        for byte in request():
            policy.send(bytes([byte]))
        assert policy.action() == "DUNNO"

    def test_line_breaks_do_not_get_into_the_answer(self, policy: PolicyClient) -> None:
        """The address stands in the action's text; \\r is no end of an attribute."""
        policy.ask(sasl_username=f"nobody\raction=OK@{DOMAIN}")

    @pytest.mark.parametrize(
        "octets",
        [
            b"\n",
            b"\n\n",
            b"hello\n\n",
            b"request=smtpd_access_policy\nno equals sign\n\n",
            b"request=junk\nrecipient=a@b\n\n",
            b"protocol_state=RCPT\nrecipient=a@b\n\n",
            b"x" * (MAX_REQUEST + 1),
            request(padding="x" * MAX_REQUEST),
            b"22:virtual_alias_maps a@b,",
        ],
        ids=lambda octets: repr(octets[:30]),
    )
    def test_what_is_no_request_gets_no_answer(
        self, site: Site, log: Callable[[str], LogWatch], octets: bytes
    ) -> None:
        """Postfix then takes its smtpd_policy_service_default_action; an empty answer would be a permit."""
        with site.policy() as policy:
            policy.send(octets)
            policy.end_sending()
            assert policy.receive_all() == b""

    @pytest.mark.parametrize(
        ("octets", "event"),
        [
            (
                b"request=junk\n\n",
                "warning: bad_request: pid {pid} sent no smtpd_access_policy request; closing",
            ),
            (b"hello\n\n", "warning: bad_request: pid {pid} sent no smtpd_access_policy request; closing"),
            (
                b"\n",
                "warning: protocol_error: policy peer pid {pid} uid 0: policy request without attributes",
            ),
            (b"x" * 20000, "warning: protocol_error: policy peer pid {pid} uid 0: policy request is longer"),
        ],
    )
    def test_the_log_says_who_sent_it(
        self, policy: PolicyClient, log: Callable[[str], LogWatch], octets: bytes, event: str
    ) -> None:
        policy.send(octets)
        assert policy.receive_all() == b""
        log("policyd").wait_for(event.format(pid=os.getpid()))


class TestConnections:
    def test_two_hundred_at_once_are_all_answered(self, site: Site) -> None:
        clients = [site.policy() for _ in range(200)]
        try:
            for client in clients:
                client.send(request(recipient=f"inactive@{DOMAIN}"))
            assert {client.action()[:9] for client in clients} == {"550 5.2.1"}
        finally:
            for client in clients:
                client.close()

    def test_strangers_can_not_connect(self, site: Site) -> None:
        with acting_as(65534, 65534), pytest.raises(PermissionError):
            site.policy()

    def test_half_a_request_is_cut_off(self, site: Site, log: Callable[[str], LogWatch]) -> None:
        with Stream(site.env["POLICY_SOCKET"], timeout=FRAME_SECONDS + 5) as stream:
            stream.send(request()[:-1])
            assert stream.receive_all() == b""
        log("policyd").wait_for("warning: peer_too_slow: policy peer pid", "does not finish its request")
