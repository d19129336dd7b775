# SPDX-License-Identifier: MIT
"""extmail-policyd, asked what a real Postfix asked once: recorded streams, cut in every way that bytes may arrive."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.extra_daemon import ExtraDaemon
from support.policy import PolicyClient
from support.policy_streams import (
    DOMAIN,
    FOLDER,
    PASSWORD,
    SESSIONS,
    Recorder,
    attributes,
    parameters,
    read,
    split,
)
from support.site import Site
from support.smtpd_service import EVERY_MECHANISM, SmtpdServices

# What differs with each session, and with the version of Postfix.
VOLATILE = {"instance", "client_port", "server_port", "queue_id", "mail_version", "compatibility_level"}

RULES = f"""\
[policyd.state]
backend = "memory"

[policyd.forged_senders]
enabled = true
trusted_networks = []

[policyd.greylist]
enabled = true
exempt_networks = []
exempt_recipients = ["joe@", "postmaster@"]

[[policyd.limit]]
name = "small"
count = "messages"
limit = 3
"""

_GREYLISTED = "RCPT DEFER_IF_PERMIT 4.2.0 greylisted, please come again in 300 seconds"
_NO_RECEIVE = "RCPT 550 5.2.1 the mailbox has this service disabled, it does not accept mail"
_TOO_MANY = "450 4.7.1 limit small is reached, please try again later"

# In their order; all others are DUNNO.
DECISIONS: dict[str, list[str]] = {
    "two-recipients": [_GREYLISTED],
    "login": [_NO_RECEIVE, _NO_RECEIVE],
    "given-up": [f"{stage} {_TOO_MANY}" for stage in ("RCPT", "DATA", "END-OF-MESSAGE")],
    "forged": [f"{stage} REJECT 5.7.1 senders of this domain have to authenticate" for stage in ("MAIL", "RCPT")],
}


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    for name in ("joe", "jane"):
        accounts.mailbox(f"{name}@{DOMAIN}", PASSWORD)
    accounts.mailbox(f"no-receive@{DOMAIN}", disablesmtp=1)


def stages(stream: list[bytes]) -> list[str]:
    return [attributes(request)["protocol_state"] for request in stream]


def test_postfix_still_asks_what_was_recorded(site: Site) -> None:
    """With EXTMAIL_RECORD_POLICY=1 it is recorded anew."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, SmtpdServices(site) as services:
        folder = Path(name)
        folder.chmod(0o755)
        recorder = Recorder(folder / "policy")
        port = services.open(EVERY_MECHANISM, "n", **parameters(str(folder / "policy")))
        services.start()
        wait_until(recorder.take, "the connection that looked whether there is an smtpd")
        for session, run in SESSIONS.items():
            run(port)
            stream = recorder.take()
            if os.environ.get("EXTMAIL_RECORD_POLICY"):
                (FOLDER / f"{session}.stream").write_bytes(stream)
            asked, recorded = split(stream), read(session)
            assert stages(asked) == stages(recorded), session
            for now, then in zip(map(attributes, asked), map(attributes, recorded), strict=True):
                # A later Postfix has more attributes, and none less.
                assert {name: now.get(name) for name in then.keys() - VOLATILE} == {
                    name: value for name, value in then.items() if name not in VOLATILE
                }
        recorder.close()


def test_every_stage_was_recorded() -> None:
    recorded = {stage for session in SESSIONS for stage in stages(read(session))}
    assert recorded == {"CONNECT", "HELO", "EHLO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE", "VRFY", "ETRN"}


def all_at_once(policy: PolicyClient, stream: list[bytes]) -> list[str]:
    policy.send(b"".join(stream))
    return [policy.action() for _ in stream]


def one_by_one(policy: PolicyClient, stream: list[bytes]) -> list[str]:
    actions = []
    for request in stream:
        policy.send(request)
        actions.append(policy.action())
    return actions


def byte_by_byte(policy: PolicyClient, stream: list[bytes]) -> list[str]:
    actions = []
    for request in stream:
        for at in range(len(request)):
            policy.send(request[at : at + 1])
        actions.append(policy.action())
    return actions


def across_requests(policy: PolicyClient, stream: list[bytes]) -> list[str]:
    """In pieces that end where no request does."""
    whole, size = b"".join(stream), 997
    for at in range(0, len(whole), size):
        policy.send(whole[at : at + size])
    return [policy.action() for _ in stream]


@pytest.mark.parametrize("how", [one_by_one, all_at_once, byte_by_byte, across_requests])
def test_what_was_recorded_is_decided(
    how: Callable[[PolicyClient, list[bytes]], list[str]], extra_daemon: Callable[[str], ExtraDaemon]
) -> None:
    daemon = extra_daemon("policyd")
    daemon.config += RULES
    daemon.start()
    for session in SESSIONS:
        with PolicyClient(str(daemon.socket)) as policy:
            stream = read(session)
            said = [f"{stage} {action}" for stage, action in zip(stages(stream), how(policy, stream), strict=True)]
            assert [line for line in said if not line.endswith(" DUNNO")] == DECISIONS.get(session, []), session
