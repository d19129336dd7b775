# SPDX-License-Identifier: MIT
"""When a server is away, the others say that they can't tell now: no recipient and no good password is refused."""

from __future__ import annotations

import imaplib
import itertools
import poplib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts, Mailbox
from support.changes import await_changes_on
from support.messages import new_sender
from support.outages import FAULTS, Outage
from support.passwords import new_password
from support.site import Site, imap_login

DOMAIN = "faults.test"
DEADLINE_SECONDS = 30  # for any answer, however ill we are; Postfix itself gives up after 100
RECOVERY_SECONDS = 15

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def joe(accounts: Accounts) -> Mailbox:
    """With a clear password, so that every mechanism works."""
    accounts.domain(DOMAIN)
    return accounts.mailbox(f"joe@{DOMAIN}", scheme="{PLAIN}")


@pytest.fixture(scope="module")
def hashed(accounts: Accounts, joe: Mailbox) -> Mailbox:
    return accounts.mailbox(f"hashed@{DOMAIN}", scheme="$6$")


# Each asks one server one thing, and gives the start of what it says.


def rcpt(site: Site, joe: Mailbox) -> str:
    with site.smtp() as smtp:
        smtp.mail(new_sender())
        return smtp.rcpt(joe.address)


def rcpt_unknown(site: Site, _: Mailbox) -> str:
    with site.smtp() as smtp:
        smtp.mail(new_sender())
        return smtp.rcpt(f"nobody{next(_numbers)}@{DOMAIN}")


def auth(mechanism: str) -> Callable[[Site, Mailbox], str]:
    def ask(site: Site, user: Mailbox) -> str:
        with site.smtp() as smtp:
            return smtp.auth(mechanism, user.address, user.password)

    return ask


def auth_wrong(site: Site, joe: Mailbox) -> str:
    with site.smtp() as smtp:
        return smtp.auth_plain(joe.address, new_password())


def imap(site: Site, joe: Mailbox) -> str:
    client = site.imap()
    try:
        imap_login(client, joe.address, joe.password)
        return "OK"
    except imaplib.IMAP4.error as error:
        return str(error)
    finally:
        client.logout()


def pop3(site: Site, joe: Mailbox) -> str:
    client = site.pop3()
    try:
        client.user(joe.address)
        return client.pass_(joe.password).decode()
    except poplib.error_proto as error:
        return str(error.args[0].decode())
    finally:
        client.quit()


def lmtp(site: Site, joe: Mailbox) -> str:
    with site.lmtp() as client:
        client.mail("someone@example.org")
        return client.rcpt(joe.address)


def doveadm_user(site: Site, joe: Mailbox) -> str:
    return str(site.doveadm("user", joe.address).status)


def doveadm_auth(site: Site, joe: Mailbox) -> str:
    """Its status is the same for a wrong password and for a failure, but not its output."""
    done = site.doveadm("auth", "test", joe.address, joe.password)
    return "temporary" if "code=temp_fail" in done.output else str(done.status)


def of_a_stranger(question: Callable[[Site, Mailbox], str]) -> Callable[[Site, Mailbox], str]:
    """The same of somebody whom no daemon knows of, and whom there is not."""

    def ask(site: Site, joe: Mailbox) -> str:
        return question(site, replace(joe, address=f"stranger{next(_numbers)}@{DOMAIN}"))

    return ask


def map_lookup(site: Site, _: Mailbox) -> str:
    with site.maps() as maps:
        return maps.ask("virtual_mailbox_domains", DOMAIN)


def map_lookup_of_a_stranger(site: Site, _: Mailbox) -> str:
    with site.maps() as maps:
        return maps.ask("virtual_mailbox_maps", f"stranger{next(_numbers)}@{DOMAIN}")


def verify(site: Site, joe: Mailbox) -> str:
    with site.auth() as client:
        return client.verify(joe.address, joe.password).status


def saslauthd(site: Site, joe: Mailbox) -> str:
    return site.saslauthd(joe.address, joe.password, "smtp", "") or "no answer"


def policy(site: Site, joe: Mailbox) -> str:
    with site.policy() as client:
        return client.ask(recipient=joe.address)

SAME = "the same"
AWAY = "nobody to ask"
DEFAULT_ACTION = "what smtpd_policy_service_default_action says"

POSTFIX_451 = "451 4.3.0 "


@dataclass(frozen=True)
class Question:
    ask: Callable[[Site, Mailbox], str]
    normal: str
    database: str = SAME  # what is said without it
    mapd: str = SAME
    authd: str = SAME
    policyd: str = SAME

    def expected(self, fault: str) -> str:
        by_server = {
            "MariaDB": self.database,
            "mapd": self.mapd,
            "authd": self.authd,
            "policyd": self.policyd,
        }
        answer = by_server[fault.split()[0]]
        return self.normal if answer == SAME else answer

QUESTIONS = {
    "a recipient": Question(rcpt, "250 ", mapd=POSTFIX_451, policyd=DEFAULT_ACTION),
    "an unknown recipient": Question(
        rcpt_unknown, "550 5.1.1 ", database=POSTFIX_451, mapd=POSTFIX_451, policyd=DEFAULT_ACTION
    ),
    "AUTH PLAIN": Question(auth("PLAIN"), "235 ", authd="454 4.7.0 "),
    "AUTH LOGIN": Question(auth("LOGIN"), "235 ", authd="454 4.7.0 "),
    "AUTH CRAM-MD5": Question(auth("CRAM-MD5"), "235 ", authd="454 4.7.0 "),
    "a wrong password": Question(auth_wrong, "535 ", authd="454 4.7.0 "),
    "IMAP": Question(imap, "OK", authd="[UNAVAILABLE] "),
    "POP3": Question(pop3, "+OK ", authd="-ERR [SYS/TEMP] "),
    "LMTP": Question(lmtp, "250 ", authd="451 4.3.0 "),
    "doveadm user": Question(doveadm_user, "0", authd="75"),
    "doveadm auth test": Question(doveadm_auth, "0", authd="temporary"),
    **{
        f"AUTH {mechanism} of a stranger": Question(
            of_a_stranger(auth(mechanism)), "535 ", database="454 4.7.0 ", authd="454 4.7.0 "
        )
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5")
    },
    "IMAP of a stranger": Question(
        of_a_stranger(imap), "[AUTHENTICATIONFAILED] ", database="[UNAVAILABLE] ", authd="[UNAVAILABLE] "
    ),
    "POP3 of a stranger": Question(
        of_a_stranger(pop3), "-ERR [AUTH] ", database="-ERR [SYS/TEMP] ", authd="-ERR [SYS/TEMP] "
    ),
    "LMTP of a stranger": Question(of_a_stranger(lmtp), "550 5.1.1 ", database="451 4.3.0 ", authd="451 4.3.0 "),
    "doveadm user, a stranger": Question(of_a_stranger(doveadm_user), "67", database="75", authd="75"),
    "doveadm auth test, a stranger": Question(
        of_a_stranger(doveadm_auth), "77", database="temporary", authd="temporary"
    ),
    "a map": Question(map_lookup, f"OK {DOMAIN}", mapd=AWAY),
    "a map, a new key": Question(map_lookup_of_a_stranger, "NOTFOUND", database="TEMP database: ", mapd=AWAY),
    "verify": Question(verify, "ok", authd=AWAY),
    "verify a stranger": Question(of_a_stranger(verify), "unknown", database="temporary", authd=AWAY),
    "saslauthd": Question(saslauthd, "OK", authd=AWAY),
    "saslauthd, a stranger": Question(of_a_stranger(saslauthd), "NO ", database="no answer", authd=AWAY),
    "policy": Question(policy, "DUNNO", policyd=AWAY),
}


def is_normal(site: Site, joe: Mailbox, question: Question) -> bool:
    return question.ask(site, joe).startswith(question.normal)


class TestOutage:
    @pytest.fixture(scope="class", params=FAULTS)
    def outage(
        self, site: Site, accounts: Accounts, joe: Mailbox, hashed: Mailbox, request: pytest.FixtureRequest
    ) -> Iterator[Outage]:
        await_changes_on(site, DOMAIN)
        for name, question in QUESTIONS.items():
            normal = partial(is_normal, site, joe, question)
            wait_until(normal, f"the normal answer to {name}", timeout=RECOVERY_SECONDS)
        assert auth("PLAIN")(site, hashed).startswith("235 ")
        outage = Outage(site.demo, request.param)
        yield outage
        outage.end()

    @pytest.mark.parametrize("name", QUESTIONS)
    def test_what_is_said_meanwhile(self, site: Site, joe: Mailbox, outage: Outage, name: str) -> None:
        expected = QUESTIONS[name].expected(outage.fault)
        if expected == DEFAULT_ACTION:
            code, enhanced = site.postconf("smtpd_policy_service_default_action").split()[:2]
            assert code.startswith("4")
            expected = f"{code} {enhanced} "
        began = time.monotonic()
        if expected == AWAY:
            with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
                QUESTIONS[name].ask(site, joe)
        else:
            assert QUESTIONS[name].ask(site, joe).startswith(expected)
        assert time.monotonic() - began < DEADLINE_SECONDS

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    def test_a_hashed_password_is_not_called_wrong(
        self, site: Site, hashed: Mailbox, outage: Outage, mechanism: str
    ) -> None:
        """It takes the other way, by saslauthd's protocol."""
        expected = QUESTIONS[f"AUTH {mechanism}"].expected(outage.fault)
        assert auth(mechanism)(site, hashed).startswith(expected)

    def test_the_log_tells_it_from_a_wrong_password(self, site: Site, joe: Mailbox, outage: Outage) -> None:
        """A tool that bans who types wrong passwords must not ban everybody."""
        log = site.log("authd")
        whose = "{} of a stranger" if outage.fault.startswith(("MariaDB", "authd")) else "{}"
        for name in ("AUTH PLAIN", "AUTH CRAM-MD5", "IMAP", "POP3"):
            QUESTIONS[whose.format(name)].ask(site, joe)
        assert log.matching(r" (login|credentials)_refused: ") == []
        answered = log.matching(r" login_unavailable: ") if "MariaDB" in outage.fault else log.lines
        assert answered or outage.fault == "authd killed"

    def test_all_is_normal_again_when_it_is_back(
        self, site: Site, joe: Mailbox, hashed: Mailbox, outage: Outage
    ) -> None:
        """And nothing else was restarted for it."""
        before = {name: service.pid() for name, service in site.demo.services.items() if service.is_running()}
        outage.end()
        for name, question in QUESTIONS.items():
            normal = partial(is_normal, site, joe, question)
            wait_until(normal, f"the normal answer to {name}", timeout=RECOVERY_SECONDS)
        assert auth("PLAIN")(site, hashed).startswith("235 ")
        assert {name: site.demo.services[name].pid() for name in before} == before
