# SPDX-License-Identifier: MIT
"""Rows to measure with: domains d1.test, …, with users u1, … each, and an alias for every second: a2, ….

The database makes them up itself, so that a hundred thousand take seconds.
"""

from __future__ import annotations

from .layout import MAIL_UID
from .mariadb import MariaDb

# "extmail" as $1$, the same for all: a hash each would take crypt(3) longer than the rows.
PASSWORD_HASH = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0"

_DOMAINS = """
INSERT INTO domain (domain, maxusers, maxalias, createdate)
SELECT CONCAT('d', d.seq, '.test'), ?, ?, NOW() FROM seq_1_to_{domains} AS d
"""

_MAILBOXES = """
INSERT INTO mailbox
  (username, uid, password, name, maildir, homedir, quota, domain, uidnumber, gidnumber, createdate)
SELECT CONCAT('u', u.seq, '@d', d.seq, '.test'), CONCAT('u', u.seq), ?, CONCAT('User ', u.seq),
       CONCAT('d', d.seq, '.test/u', u.seq, '/Maildir/'), CONCAT('d', d.seq, '.test/u', u.seq), '104857600S',
       CONCAT('d', d.seq, '.test'), ?, ?, NOW()
FROM seq_1_to_{domains} AS d CROSS JOIN seq_1_to_{users} AS u
"""

_ALIASES = """
INSERT INTO alias (address, goto, domain, createdate)
SELECT CONCAT('a', u.seq, '@d', d.seq, '.test'), CONCAT('u', u.seq, '@d', d.seq, '.test'),
       CONCAT('d', d.seq, '.test'), NOW()
FROM seq_1_to_{domains} AS d CROSS JOIN seq_1_to_{users} AS u WHERE u.seq % 2 = 0
"""


def add(mariadb: MariaDb, domains: int, users: int) -> None:
    """users is for each domain."""
    if not domains:
        return
    mariadb.sql(_DOMAINS.format(domains=domains), users, users)
    if not users:
        return
    mariadb.sql(_MAILBOXES.format(domains=domains, users=users), PASSWORD_HASH, MAIL_UID, MAIL_UID)
    mariadb.sql(_ALIASES.format(domains=domains, users=users))
