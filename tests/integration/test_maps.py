# SPDX-License-Identifier: MIT
"""extmail-mapd: what Postfix learns about addresses, through postmap and on the socket itself."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from support.accounts import LONG_GOTO, Accounts
from support.log_watch import LogWatch
from support.site import Site
from support.socketmap import MAPS, NOT_FOUND, Socketmap

DOMAIN = "maps.test"
TODAY = datetime.date.today()
ENDLESS_GOTO = ",".join(["x"] * 30000)  # 60 kB, and 390 kB once the domain is put to each


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    """One domain with all sorts of rows, and the domains that are in some way not ours."""
    accounts.domain(DOMAIN)
    accounts.domain("inactive-maps.test", active=0)
    accounts.domain("expired-maps.test", expiredate="2010-01-01")
    accounts.domain("last-day-maps.test", expiredate=str(TODAY))
    accounts.domain("tomorrow-maps.test", expiredate=str(TODAY + datetime.timedelta(days=1)))
    accounts.domain("null-text-maps.test", transport="NULL")
    for domain in ("inactive-maps", "expired-maps"):
        accounts.mailbox(f"joe@{domain}.test")

    accounts.mailbox(f"joe@{DOMAIN}")
    accounts.mailbox(f"Mixed.Case@{DOMAIN}")
    accounts.mailbox(f"inactive@{DOMAIN}", active=0)
    accounts.mailbox(f"expired@{DOMAIN}", expiredate="2010-01-01")
    accounts.mailbox(f"last-day@{DOMAIN}", expiredate=str(TODAY))
    accounts.mailbox(f"no-receive@{DOMAIN}", disablesmtp=1)
    accounts.mailbox(f"no-send@{DOMAIN}", disablesmtpd=1)
    accounts.mailbox(f"john doe@{DOMAIN}")
    accounts.mailbox(f"o'brien@{DOMAIN}")
    accounts.mailbox(f"用户@{DOMAIN}")
    accounts.mailbox(f"jose@{DOMAIN}")
    accounts.mailbox(f"gross@{DOMAIN}")
    accounts.mailbox(f"accent-é@{DOMAIN}")
    accounts.mailbox(f"no-maildir@{DOMAIN}", maildir="", homedir="")

    alias = accounts.alias
    alias(f"info@{DOMAIN}", f"joe@{DOMAIN}")
    alias(f"all@{DOMAIN}", f"joe@{DOMAIN},no-send@{DOMAIN},someone@example.org")
    alias(f"spaced@{DOMAIN}", f"\n joe@{DOMAIN} ,\t no-send@{DOMAIN},,\r\n")
    alias(f"bare@{DOMAIN}", "joe")
    alias(f"off@{DOMAIN}", f"joe@{DOMAIN}", active=0)
    alias(f"empty@{DOMAIN}", " , ")
    alias(f"Upper@{DOMAIN}", f"joe@{DOMAIN}")
    alias(f"no-send@{DOMAIN}", f"no-send@{DOMAIN},joe@{DOMAIN}")  # has the name of a mailbox
    alias(f"tagged+news@{DOMAIN}", f"no-send@{DOMAIN}")
    alias(f"tagged@{DOMAIN}", f"joe@{DOMAIN}")
    alias(f"loop-a@{DOMAIN}", f"loop-b@{DOMAIN}")
    alias(f"loop-b@{DOMAIN}", f"loop-a@{DOMAIN},info@{DOMAIN}")
    alias(f"accents@{DOMAIN}", f"joe@{DOMAIN}")
    alias(f"long@{DOMAIN}", LONG_GOTO)
    alias(f"endless@{DOMAIN}", ENDLESS_GOTO)

    alias("info@inactive-maps.test", f"joe@{DOMAIN}")
    alias("@expired-maps.test", f"joe@{DOMAIN}")

    accounts.domain("catch-all-maps.test")
    accounts.mailbox("joe@catch-all-maps.test")
    accounts.mailbox("gone@catch-all-maps.test", active=0)
    alias("@catch-all-maps.test", "joe@catch-all-maps.test")
    accounts.domain("moved-maps.test")
    alias("@moved-maps.test", f"@{DOMAIN}")


# Table, key, answer. {d} is the domain above.
ANSWERS = [
    # A domain is ours while it is active and has not expired. The day of expiry is the first without it.
    ("virtual_mailbox_domains", "maps.test", "OK maps.test"),
    ("virtual_mailbox_domains", "MAPS.Test", "OK maps.test"),
    ("virtual_mailbox_domains", "inactive-maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", "expired-maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", "last-day-maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", "tomorrow-maps.test", "OK tomorrow-maps.test"),
    ("virtual_mailbox_domains", "null-text-maps.test", "OK null-text-maps.test"),
    ("virtual_mailbox_domains", "unknown-maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", "sub.maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", ".maps.test", NOT_FOUND),
    ("virtual_mailbox_domains", "test", NOT_FOUND),
    ("virtual_mailbox_domains", "joe@maps.test", NOT_FOUND),
    # A mailbox receives unless it, its domain or the service is off.
    ("virtual_mailbox_maps", "joe@{d}", "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "JOE@MAPS.TEST", "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "mixed.case@{d}", "OK {d}/Mixed.Case/Maildir/"),
    ("virtual_mailbox_maps", "joe+tag@{d}", "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "joe+@{d}", "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "joe+tag+more@{d}", "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "+tag@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "no-send@{d}", "OK {d}/no-send/Maildir/"),
    ("virtual_mailbox_maps", "no-maildir@{d}", "OK no-maildir@{d}"),
    ("virtual_mailbox_maps", "inactive@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "expired@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "last-day@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "no-receive@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "joe@inactive-maps.test", NOT_FOUND),
    ("virtual_mailbox_maps", "joe@expired-maps.test", NOT_FOUND),
    ("virtual_mailbox_maps", "info@{d}", NOT_FOUND),
    ("virtual_mailbox_maps", "joe", NOT_FOUND),
    # Quotes are Postfix's way to write what is not an atom; the column has the name itself.
    ("virtual_mailbox_maps", '"john doe"@{d}', "OK {d}/john doe/Maildir/"),
    ("virtual_mailbox_maps", "john doe@{d}", "OK {d}/john doe/Maildir/"),
    ("virtual_mailbox_maps", '"joe"@{d}', "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", r'"j\oe"@{d}', "OK {d}/joe/Maildir/"),
    ("virtual_mailbox_maps", "o'brien@{d}", "OK {d}/o'brien/Maildir/"),
    ("virtual_mailbox_maps", "用户@{d}", "OK {d}/用户/Maildir/"),
    ("virtual_mailbox_maps", "用戶@{d}", NOT_FOUND),
    # Aliases, with what was cut off put back where Postfix would.
    ("virtual_alias_maps", "info@{d}", "OK joe@{d}"),
    ("virtual_alias_maps", "INFO@MAPS.TEST", "OK joe@{d}"),
    ("virtual_alias_maps", "upper@{d}", "OK joe@{d}"),
    ("virtual_alias_maps", "all@{d}", "OK joe@{d},no-send@{d},someone@example.org"),
    ("virtual_alias_maps", "spaced@{d}", "OK joe@{d},no-send@{d}"),
    ("virtual_alias_maps", "bare@{d}", "OK joe@{d}"),
    ("virtual_alias_maps", "info+tag@{d}", "OK joe+tag@{d}"),
    ("virtual_alias_maps", "all+x@{d}", "OK joe+x@{d},no-send+x@{d},someone+x@example.org"),
    ("virtual_alias_maps", "tagged+news@{d}", "OK no-send@{d}"),
    ("virtual_alias_maps", "tagged+other@{d}", "OK joe+other@{d}"),
    ("virtual_alias_maps", "no-send@{d}", "OK no-send@{d},joe@{d}"),
    ("virtual_alias_maps", "off@{d}", NOT_FOUND),
    ("virtual_alias_maps", "empty@{d}", NOT_FOUND),
    ("virtual_alias_maps", "joe@{d}", NOT_FOUND),
    ("virtual_alias_maps", "nobody@{d}", NOT_FOUND),
    ("virtual_alias_maps", "long@{d}", "OK " + LONG_GOTO),
    ("virtual_alias_maps", "info@inactive-maps.test", NOT_FOUND),
    ("virtual_alias_maps", "anyone@expired-maps.test", NOT_FOUND),
    # A mailbox wins over the catch-all of its domain, even one that may not receive.
    ("virtual_alias_maps", "anyone@catch-all-maps.test", "OK joe@catch-all-maps.test"),
    ("virtual_alias_maps", "anyone+tag@catch-all-maps.test", "OK joe@catch-all-maps.test"),
    ("virtual_alias_maps", "joe@catch-all-maps.test", NOT_FOUND),
    ("virtual_alias_maps", "joe+tag@catch-all-maps.test", NOT_FOUND),
    ("virtual_alias_maps", "gone@catch-all-maps.test", NOT_FOUND),
    ("virtual_alias_maps", "joe@moved-maps.test", "OK joe@{d}"),
    ("virtual_alias_maps", "joe+tag@moved-maps.test", "OK joe+tag@{d}"),
    ("virtual_alias_maps", '"john doe"@moved-maps.test', 'OK "john doe"@{d}'),
    # Who may send as an address: its mailbox, and those that it leads to.
    ("smtpd_sender_login_maps", "joe@{d}", "OK joe@{d}"),
    ("smtpd_sender_login_maps", "joe+tag@{d}", "OK joe@{d}"),
    ("smtpd_sender_login_maps", "info@{d}", "OK joe@{d}"),
    ("smtpd_sender_login_maps", "loop-a@{d}", "OK joe@{d}"),
    ("smtpd_sender_login_maps", "anyone@catch-all-maps.test", "OK joe@catch-all-maps.test"),
    ("smtpd_sender_login_maps", "nobody@{d}", NOT_FOUND),
    ("smtpd_sender_login_maps", '"john doe"@{d}', NOT_FOUND),  # Postfix would read two logins
    ("smtpd_sender_login_maps", "off@{d}", NOT_FOUND),
    ("smtpd_sender_login_maps", "someone@example.org", NOT_FOUND),
]

# What is no address, asked of every table: never "temporary failure", which would hold mail up for days.
NOT_ADDRESSES = {
    "empty": "",
    "asterisk": "*",
    "literal": "[1.2.3.4]",
    "user at literal": "joe@[1.2.3.4]",
    "at": "@",
    "at domain": f"@{DOMAIN}",
    "two ats": f"joe@x@{DOMAIN}",
    "quoted at": f'"x@y"@{DOMAIN}',
    "open quote": f'"joe@{DOMAIN}',
    "empty quotes": f'""@{DOMAIN}',
    "angle brackets": "<>",
    "spaces": "   ",
    "percent": f"%@{DOMAIN}",
    "underscores": f"___@{DOMAIN}",
    "sql": f"'; drop table mailbox; --@{DOMAIN}",
    "quoted sql": f"\"x' or '1'='1\"@{DOMAIN}",
    "backslash": f"joe\\@{DOMAIN}",
    "newline": f"joe\n@{DOMAIN}",
    "10 kB local part": "a" * 10000 + f"@{DOMAIN}",
    "10 kB domain": "joe@" + "a" * 10000,
    "10 kB of quotes": '"' * 10000,
    "10 kB of ats": "@" * 10000,
}

OCTETS = {
    "NUL": b"\0",
    "NUL in the name": b"jo\0e@maps.test",
    "NUL after it": b"joe@maps.test\0",
    "Latin-1": b"jos\xe9@maps.test",
    "all bytes": bytes(range(256)),
    "half a character": b"\xe7\x94@maps.test",
    "overlong slash": b"\xc0\xaf@maps.test",
    "surrogate": b"\xed\xa0\x80@maps.test",
    "10 kB": bytes(range(250)) * 40,
}

# The database's collation takes these for the stored address; Postfix would deliver to somebody else.
SAME_TO_THE_COLLATION = {
    "accent that is not there": ("virtual_mailbox_maps", f"josé@{DOMAIN}"),
    "accent that is missing": ("virtual_mailbox_maps", f"accent-e@{DOMAIN}"),
    "sharp s": ("virtual_mailbox_maps", f"groß@{DOMAIN}"),
    "accent in an alias": ("virtual_alias_maps", f"áccents@{DOMAIN}"),
    "accent in the domain": ("virtual_mailbox_maps", "joe@máps.test"),
    "accent in a domain": ("virtual_mailbox_domains", "máps.test"),
    "blank behind an address": ("virtual_mailbox_maps", f"joe@{DOMAIN} "),
    "blank behind an alias": ("virtual_alias_maps", f"info@{DOMAIN} "),
    "blank behind a domain": ("virtual_mailbox_domains", f"{DOMAIN} "),
    "blank behind the user": ("virtual_mailbox_maps", f'"joe "@{DOMAIN}'),
    "dot behind a domain": ("virtual_mailbox_domains", f"{DOMAIN}."),
    "accent in a sender": ("smtpd_sender_login_maps", f"josé@{DOMAIN}"),
}


def expand(text: str) -> str:
    return text.replace("{d}", DOMAIN)


class TestAnswers:
    @pytest.mark.parametrize(("table", "key", "answer"), ANSWERS, ids=[f"{t}-{k}" for t, k, _ in ANSWERS])
    def test_on_the_socket(self, maps: Socketmap, table: str, key: str, answer: str) -> None:
        assert maps.ask(table, expand(key)) == expand(answer)

    @pytest.mark.parametrize(("table", "key", "answer"), ANSWERS, ids=[f"{t}-{k}" for t, k, _ in ANSWERS])
    def test_through_postfix(self, site: Site, table: str, key: str, answer: str) -> None:
        """postmap ends with status 1 and says nothing when there is nothing."""
        done = site.postmap(table, expand(key))
        word, _, data = expand(answer).partition(" ")
        assert (done.status, done.output) == ((0, data + "\n") if word == "OK" else (1, "")), done.errors

    @pytest.mark.parametrize("key", NOT_ADDRESSES.values(), ids=list(NOT_ADDRESSES))
    @pytest.mark.parametrize("table", MAPS)
    def test_what_is_no_address_is_not_found(self, maps: Socketmap, table: str, key: str) -> None:
        assert maps.ask(table, key) == NOT_FOUND

    @pytest.mark.parametrize("name", [name for name in NOT_ADDRESSES if name != "newline"])
    def test_what_is_no_address_is_not_found_through_postfix(self, site: Site, name: str) -> None:
        done = site.postmap("virtual_alias_maps", NOT_ADDRESSES[name])
        assert (done.status, done.all) == (1, "")

    @pytest.mark.parametrize("key", OCTETS.values(), ids=list(OCTETS))
    @pytest.mark.parametrize("table", MAPS)
    def test_any_bytes_are_not_found(self, maps: Socketmap, table: str, key: bytes) -> None:
        assert maps.ask(table, key) == NOT_FOUND

    @pytest.mark.parametrize(
        ("table", "key"), SAME_TO_THE_COLLATION.values(), ids=list(SAME_TO_THE_COLLATION)
    )
    def test_what_only_looks_alike_to_the_database_is_not_found(
        self, maps: Socketmap, table: str, key: str
    ) -> None:
        assert maps.ask(table, key) == NOT_FOUND

    def test_the_tables_are_still_there(self, site: Site) -> None:
        """After all the above."""
        assert site.demo.sql("SELECT COUNT(*) FROM mailbox WHERE domain = ?", DOMAIN) != [("0",)]

    def test_an_alias_too_long_for_postfix_is_a_permanent_failure(self, maps: Socketmap) -> None:
        """Postfix takes 100000 bytes; a bare name in goto gets its domain, which can make it more."""
        assert maps.ask("virtual_alias_maps", f"endless@{DOMAIN}").startswith(
            "PERM the answer is over 100000"
        )
        assert maps.ask("virtual_alias_maps", f"info@{DOMAIN}") == f"OK joe@{DOMAIN}"

    def test_a_crowd_owns_no_address(self, maps: Socketmap, log: Callable[[str], LogWatch]) -> None:
        """Following a list to its thousandth member would take the database's time for no use."""
        reply = maps.ask("smtpd_sender_login_maps", f"long@{DOMAIN}")
        assert reply.startswith(f"PERM long@{DOMAIN} leads to more than 100 addresses")
        log("mapd").wait_for("error: lookup_failed: smtpd_sender_login_maps", f"long@{DOMAIN}")


class TestUnusualRows:
    def test_null_in_every_column_that_takes_it(self, site: Site, maps: Socketmap) -> None:
        site.demo.sql(
            "INSERT INTO domain (domain, transport, default_quota, default_netdiskquota, default_expire, "
            "disablesmtpd, disablesmtp, disablewebmail, disablenetdisk, disableimap, disablepop3) "
            "VALUES ('nulls.test', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
        site.demo.sql(
            "INSERT INTO mailbox (username, maildir, disablepwdchange, disablesmtpd, disablesmtp, "
            "disablewebmail, disablenetdisk, disableimap, disablepop3) "
            "VALUES ('joe@nulls.test', 'nulls.test/joe/', NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
        assert maps.ask("virtual_mailbox_domains", "nulls.test") == "OK nulls.test"
        assert maps.ask("virtual_mailbox_maps", "joe@nulls.test") == "OK nulls.test/joe/"
        assert maps.ask("smtpd_sender_login_maps", "joe@nulls.test") == "OK joe@nulls.test"

    def test_zero_dates_mean_never(self, accounts: Accounts, maps: Socketmap) -> None:
        never = {"createdate": "0000-00-00 00:00:00", "expiredate": "0000-00-00"}
        accounts.domain("zero-dates.test", **never)
        accounts.mailbox("joe@zero-dates.test", **never)
        accounts.alias("info@zero-dates.test", "joe@zero-dates.test", createdate="0000-00-00 00:00:00")
        assert maps.ask("virtual_mailbox_domains", "zero-dates.test") == "OK zero-dates.test"
        assert maps.ask("virtual_mailbox_maps", "joe@zero-dates.test").startswith("OK ")
        assert maps.ask("virtual_alias_maps", "info@zero-dates.test") == "OK joe@zero-dates.test"

    @pytest.mark.parametrize("stored", ["trailing-blank@maps.test ", "trailing-blank@maps.test\t"])
    def test_a_stored_address_with_a_blank_behind_it_is_nobodys(
        self, site: Site, maps: Socketmap, stored: str
    ) -> None:
        site.accounts.alias(stored, f"joe@{DOMAIN}")
        try:
            assert maps.ask("virtual_alias_maps", stored.strip()) == NOT_FOUND
        finally:
            site.demo.sql("DELETE FROM alias WHERE address = ?", stored)

    def test_a_mailbox_whose_domain_has_no_row(self, accounts: Accounts, maps: Socketmap) -> None:
        accounts.mailbox("joe@no-row.test")
        assert maps.ask("virtual_mailbox_maps", "joe@no-row.test") == NOT_FOUND

    def test_the_address_decides_the_domain_not_the_column(self, accounts: Accounts, maps: Socketmap) -> None:
        accounts.mailbox(f"elsewhere@{DOMAIN}", domain="inactive-maps.test")
        assert maps.ask("virtual_mailbox_maps", f"elsewhere@{DOMAIN}").startswith("OK ")
