# SPDX-License-Identifier: MIT
"""saslpasswd2(8) with our plugin: it sets passwords where extmail-authd lets it, and says so where not."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.accounts import Accounts, Mailbox
from support.auth_protocol import AuthClient
from support.extra_daemon import ExtraDaemon
from support.passwords import new_password, remember
from support.site import Site
from support.tools import END_SECONDS

DOMAIN = "saslpasswd2.test"
RIGHT = "UPDATE (password, clearpwd) ON extmail.mailbox {} 'extmail_authd'@'localhost'"
CHANGES = '\n[authd.password_change]\nenabled = true\nreset_users = ["root"]\n'


@dataclass
class Tool:
    """saslpasswd2 as libextmail-sasl(7) has it: with smtpd's configuration, whose socket is relative, in the folder above that."""

    site: Site
    daemon: ExtraDaemon
    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "smtpd.conf").write_text(
            f"auxprop_plugin: extmail\nextmail_socket: {self.daemon.socket.name}\nextmail_timeout: 5\n"
        )

    def run(self, user: str, password: str, *options: str) -> int:
        environment = {"SASL_CONF_PATH": str(self.folder), "SASL_PATH": self.site.demo.postfix.sasl_path}
        command = ["/usr/sbin/saslpasswd2", "-p", "-a", "smtpd", *options, user]
        return subprocess.run(
            command,
            input=password.encode(),
            cwd=self.daemon.folder,
            env={**os.environ, **environment},
            timeout=END_SECONDS,
            check=False,
        ).returncode

    def accepts(self, user: str, password: str) -> bool:
        with AuthClient.greeted(str(self.daemon.socket)) as auth:
            return bool(auth.verify(user, password, service="imap").status == "ok")


@pytest.fixture(scope="module", autouse=True)
def right(site: Site, accounts: Accounts) -> Iterator[None]:
    """As SET @authd_may_change_passwords = 1 gives it in sql/grants.sql."""
    accounts.domain(DOMAIN)
    assert not site.database().run("GRANT " + RIGHT.format("TO")).error
    yield
    assert not site.database().run("REVOKE " + RIGHT.format("FROM")).error


@pytest.fixture
def user(accounts: Accounts, request: pytest.FixtureRequest) -> Mailbox:
    name = re.sub(r"[^a-z]+", "-", request.node.name)
    return accounts.mailbox(f"{name[:60]}@{DOMAIN}")


@pytest.fixture
def tool(site: Site, extra_daemon: Callable[[str], ExtraDaemon], tmp_path: Path) -> Tool:
    return Tool(site, extra_daemon("authd"), tmp_path)


@pytest.fixture
def allowed(tool: Tool) -> Tool:
    tool.daemon.config += CHANGES
    tool.daemon.start()
    return tool


def test_sets_a_password(allowed: Tool, user: Mailbox) -> None:
    new = remember(new_password())
    assert allowed.run(user.address, new) == 0
    assert allowed.accepts(user.address, new) and not allowed.accepts(user.address, user.password)
    allowed.daemon.log.wait_for(f"password_changed: user={user.address} service=sasldb: without the old one")


def test_finds_a_bare_name_by_the_domain_that_it_is_given(allowed: Tool, user: Mailbox) -> None:
    new = remember(new_password())
    local, _, domain = user.address.partition("@")
    assert allowed.run(local, new, "-u", domain) == 0
    assert allowed.accepts(user.address, new)


@pytest.mark.parametrize("why", ["nobody", "too short", "may not"])
def test_says_so_where_it_may_not_be(allowed: Tool, accounts: Accounts, user: Mailbox, why: str) -> None:
    whom, new = user.address, remember(new_password())
    if why == "nobody":
        whom = f"nobody@{DOMAIN}"
    elif why == "too short":
        new = "short"
    else:
        accounts.delete(user)
        user = accounts.mailbox(user.address, user.password, disablepwdchange=1)
    assert allowed.run(whom, new) != 0
    assert allowed.accepts(user.address, user.password) and not allowed.accepts(whom, new)
    allowed.daemon.log.wait_for(f"password_change_refused: user={whom} service=sasldb: ")


@pytest.mark.parametrize("options", [("-d",), ("-c",), ("-n",)], ids=lambda options: " ".join(options))
def test_neither_makes_nor_deletes_accounts(allowed: Tool, user: Mailbox, options: tuple[str, ...]) -> None:
    whom = f"new@{DOMAIN}" if options == ("-c",) else user.address
    status = allowed.run(whom, new_password(), *options)
    # -n is for secrets of single mechanisms: nothing is to be done, and the library calls that a success.
    assert (status == 0) == (options == ("-n",))
    assert allowed.accepts(user.address, user.password)


@pytest.mark.parametrize(
    ("configuration", "line"),
    [
        ("", "password_change_refused: "),
        ("\n[authd.password_change]\nenabled = true\n", "peer_not_allowed: user id 0 may not set passwords without the old"),
    ],
    ids=["switched off", "not allowed"],
)
def test_says_so_where_it_has_no_right(tool: Tool, user: Mailbox, configuration: str, line: str) -> None:
    tool.daemon.config += configuration
    tool.daemon.start()
    assert tool.run(user.address, new_password()) != 0
    assert tool.accepts(user.address, user.password)
    tool.daemon.log.wait_for(line)


def test_says_so_where_nobody_is_there(tool: Tool, user: Mailbox) -> None:
    assert tool.run(user.address, new_password()) != 0
