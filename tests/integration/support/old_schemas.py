# SPDX-License-Identifier: MIT
"""Databases as ExtMail's older releases made them: MyISAM, latin1, fewer columns, Chinese in all the ways it got in."""

from __future__ import annotations

CHINESE = "张三"
DOMAIN = "测试域"

# Which columns came when: doc/extmailctl.8.scd says what becomes of those that went.
_TEMPLATE = (
    "can_signup tinyint(1) NOT NULL default '0'",
    "default_quota varchar(255) default NULL",
    "default_netdiskquota varchar(255) default NULL",
    "default_expire varchar(12) default NULL",
)
_SWITCHES = tuple(
    f"disable{name} smallint(1) default NULL" for name in ("smtpd", "smtp", "webmail", "netdisk", "imap", "pop3")
)
_DATES = (
    "createdate datetime NOT NULL default '0000-00-00 00:00:00'",
    "expiredate date NOT NULL default '0000-00-00'",
    "active tinyint(1) NOT NULL default '1'",
)

VERSIONS = ("0.16", "0.2.0", "0.2.4", "1.x")


def _text(name: str, length: int = 255) -> str:
    return f"{name} varchar({length}) NOT NULL default ''"


def tables(version: str, engine: str = "MyISAM", charset: str = "latin1") -> list[str]:
    """The statements that make the five tables."""
    age = VERSIONS.index(version)
    domain = [_text("domain"), _text("description")]
    domain += [_text("hashdirpath")] if age >= 1 else []
    domain += ["maxalias int(10) NOT NULL default '0'", "maxusers int(10) NOT NULL default '0'"]
    domain += [_text("maxquota", 16), _text("maxnetdiskquota", 16), "transport varchar(255) default NULL"]
    domain += [*_TEMPLATE, *_SWITCHES] if age >= 2 else []
    mailbox = [_text("username"), _text("uid"), _text("password")]
    mailbox += [_text("clearpwd", 128)] if age >= 2 else []
    mailbox += [_text("name")]
    mailbox += [_text("mailhost")] if age >= 1 else []
    mailbox += [_text("maildir"), _text("homedir"), _text("quota", 16), _text("netdiskquota", 16), _text("domain")]
    mailbox += ["uidnumber int(6) NOT NULL default '1000'", "gidnumber int(6) NOT NULL default '1000'", *_DATES]
    mailbox += ["disablepwdchange smallint(1) default NULL"] if age >= 2 else []
    mailbox += _SWITCHES if age >= 1 else [_text("authorizedservices")]
    mailbox += ["question text NOT NULL", "answer text NOT NULL"] if age >= 2 else []
    alias = [_text("address"), "goto text NOT NULL", _text("domain"), _DATES[0]]
    alias += [_DATES[1]] if age < 2 else []
    alias += [_DATES[2]]
    manager = [_text("username"), _text("password"), "type varchar(64) NOT NULL default 'postmaster'", _text("uid")]
    manager += [_text("name")]
    manager += ["question text NOT NULL", "answer text NOT NULL", _TEMPLATE[0].replace("can_signup", "disablepwdchange")] * (age >= 2)
    manager += _DATES
    rights = [_text("username"), _text("domain"), _DATES[0], _DATES[2]]
    made = {
        "domain": [*domain, *_DATES, "PRIMARY KEY (domain)"],
        "mailbox": [*mailbox, "PRIMARY KEY (username)"],
        "alias": [*alias, "PRIMARY KEY (address)"],
        "manager": [*manager, "PRIMARY KEY (username)"],
        "domain_manager": [*rights, "KEY username (username)"],
    }
    return [f"CREATE TABLE {name} ({', '.join(parts)}) ENGINE={engine} CHARSET={charset}" for name, parts in made.items()]


def rows(written_by: str = "latin1", encoding: str = "utf-8") -> list[str]:
    """A domain and three mailboxes, one with a Chinese name, as a client of that character set wrote them."""

    def literal(text: str) -> str:
        return f"_{written_by} X'{text.encode(encoding).hex()}'"

    return [
        f"INSERT INTO domain (domain, description, createdate) VALUES ('old.test', {literal(DOMAIN)}, '2008-01-01')",
        "INSERT INTO mailbox (username, uid, password, name, maildir, homedir, quota, netdiskquota, domain) VALUES "
        f"('zhang@old.test', 'zhang', '$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0', {literal(CHINESE)}, 'old.test/zhang/Maildir/', "
        "'old.test/zhang', '5242880S', '5242880S', 'old.test'), "
        "('plain@old.test', 'plain', 'x', 'Plain', '', '', '', '', 'old.test'), "
        "('gone@old.test', 'gone', 'x', 'Gone', '', '', '', '', 'old.test')",
        "UPDATE mailbox SET expiredate = '2010-02-03' WHERE uid = 'gone'",
        "INSERT INTO alias (address, goto, domain) VALUES ('all@old.test', 'zhang@old.test,plain@old.test', 'old.test')",
        f"INSERT INTO manager (username, password, name) VALUES ('root@old.test', 'x', {literal(CHINESE)})",
        "INSERT INTO domain_manager (username, domain) VALUES ('root@old.test', 'old.test')",
    ]
