# SPDX-License-Identifier: MIT
"""extmail-authd: who gets the clear password that a challenge needs, and of whom."""

from __future__ import annotations

import pwd
from collections.abc import Callable
from grp import getgrnam

import pytest
from extmail_demo import wait_until
from support.accounts import SWITCHED_OFF, Accounts
from support.auth_protocol import AuthClient
from support.log_watch import LogWatch
from support.passwords import hash_password, new_password
from support.peers import acting_as
from support.site import Site
from support.stream import Stream

DOMAIN = "credentials.test"
NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def domain(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)


class TestCredentials:
    @pytest.mark.parametrize("scheme", ["{PLAIN}", "{CLEARTEXT}"])
    def test_a_clear_password_is_given_to_the_listed(
        self, site: Site, accounts: Accounts, scheme: str
    ) -> None:
        user = accounts.mailbox(f"clear-{scheme[1:3].lower()}@{DOMAIN}", scheme=scheme)
        for uid in (0, pwd.getpwnam("postfix").pw_uid):
            with acting_as(uid, getgrnam("postfix").gr_gid):
                client = site.auth()
            with client:
                assert client.credentials(user.address).fields["clear_password"] == user.password

    def test_the_log_says_who_got_one(
        self, accounts: Accounts, auth: AuthClient, log: Callable[[str], LogWatch]
    ) -> None:
        user = accounts.mailbox(f"given@{DOMAIN}", scheme="{PLAIN}")
        closed = accounts.mailbox(f"not-given@{DOMAIN}", scheme="{PLAIN}", active=0)
        auth.credentials(user.address)
        auth.credentials(closed.address)
        log("authd").wait_for(f"info: credentials_given: user={user.address} service=smtp")
        log("authd").wait_for(
            f"notice: credentials_refused: user={closed.address} service=smtp: the mailbox is"
        )

    def test_the_copy_that_the_webmail_stores_counts_while_it_fits(
        self, accounts: Accounts, auth: AuthClient
    ) -> None:
        password = new_password()
        user = accounts.mailbox(f"copy@{DOMAIN}", password, clearpwd=password)
        assert auth.credentials(user.address).fields["clear_password"] == password
        accounts.change(user, password=hash_password(new_password(), "$6$"))
        wait_until(lambda: "clear_password" not in auth.credentials(user.address).fields, "the new hash to count")
        assert auth.credentials(user.address).status == "ok"

    def test_a_hash_is_never_given(self, accounts: Accounts, auth: AuthClient) -> None:
        user = accounts.mailbox(f"hashed@{DOMAIN}", scheme="$6$")
        reply = auth.credentials(user.address)
        assert reply.status == "ok"
        assert not {"clear_password", "stored_password"} & set(reply.fields)

    def test_who_wants_the_users_data_only_gets_no_password(
        self, accounts: Accounts, auth: AuthClient
    ) -> None:
        user = accounts.mailbox(f"data-only@{DOMAIN}", scheme="{PLAIN}")
        reply = auth.credentials(user.address, scheme="")
        assert reply.fields["user"] == user.address
        assert "clear_password" not in reply.fields

    def test_others_are_refused_and_told_whom_to_ask(
        self, site: Site, accounts: Accounts, log: Callable[[str], LogWatch]
    ) -> None:
        """The mode of the socket lets them in, for they are in its group; but they are not on the list."""
        user = accounts.mailbox(f"coveted@{DOMAIN}", scheme="{PLAIN}")
        with acting_as(NOBODY, getgrnam("postfix").gr_gid):
            client = site.auth()
        with client:
            refused = client.credentials(user.address)
            assert refused.status == "permanent"
            assert "authd.credentials_users" in refused.reason
            assert set(refused.fields) == {"reason"}
            assert client.verify(user.address, user.password).status == "ok"
        log("authd").wait_for(f"warning: peer_not_allowed: user id {NOBODY} may not ask for credentials")

    @pytest.mark.parametrize("socket", ["AUTHD_SOCKET", "SASLAUTHD_SOCKET"])
    def test_who_is_not_in_the_group_can_not_even_connect(self, site: Site, socket: str) -> None:
        with acting_as(NOBODY, NOBODY), pytest.raises(PermissionError):
            Stream(site.env[socket])

    @pytest.mark.parametrize("name", SWITCHED_OFF)
    def test_not_of_an_account_that_is_switched_off(
        self, accounts: Accounts, auth: AuthClient, name: str
    ) -> None:
        columns, reason = SWITCHED_OFF[name]
        user = accounts.mailbox(f"clear-{name}@{DOMAIN}", scheme="{PLAIN}", **columns)
        reply = auth.credentials(user.address)
        assert (reply.status, reply.fields) == ("denied", {"reason": reason})
