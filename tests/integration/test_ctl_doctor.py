# SPDX-License-Identifier: MIT
"""extmailctl doctor: silent on a healthy host, and each fault found by its check alone, one at a time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.extmailctl import REFUSED, WRONG_CONFIGURATION, WRONG_USAGE, Extmailctl
from support.patient import Patient
from support.site import Site
from support.tools import run

WARNINGS_ONLY = 3
PAGE = (Path(__file__).resolve().parents[2] / "doc/extmailctl.8.scd").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL) if re.match("# extmailctl doctor", text)]

MAILBOX = (
    "INSERT INTO mailbox (username, uid, password, maildir, homedir, quota, domain, uidnumber, gidnumber, createdate) "
    "SELECT '{0}', uid, password, '{1}', '', quota, '{2}', uidnumber, gidnumber, createdate FROM mailbox "
    "WHERE username = 'user@d.test'"
)
ALIAS = "INSERT INTO alias (address, goto, domain) VALUES ('{0}', '{1}', 'd.test')"


def set_mailbox(setting: str) -> str:
    return f"UPDATE mailbox SET {setting} WHERE username = 'user@d.test'"


# Checks that find it, and the rows that are wrong.
ROWS = [
    ("domain-name", "INSERT INTO domain (domain, createdate) VALUES ('no domain', NOW())"),
    ("domain-duplicate", "INSERT INTO domain (domain) VALUES ('bücher.test'), ('xn--bcher-kva.test')"),
    ("domain-transport", "UPDATE domain SET transport = 'NULL'"),
    ("domain-expired", "UPDATE domain SET expiredate = '2010-02-03'"),
    ("domain-limit", "UPDATE domain SET maxusers = 1"),
    ("domain-limit", "UPDATE domain SET maxalias = 1"),
    ("domain-limit", "UPDATE domain SET maxquota = '104857600S'"),
    ("address-form", "UPDATE domain SET domain = 'D.test'"),
    ("address-form", set_mailbox("username = 'User@D.test'")),
    ("address-form", "UPDATE alias SET address = 'Info@d.test' WHERE address = 'info@d.test'"),
    ("mailbox-address", MAILBOX.format("nobody", "d.test/nobody/Maildir/", "d.test")),
    ("mailbox-address", MAILBOX.format("a@b@d.test", "d.test/a/Maildir/", "d.test")),
    ("mailbox-domain", MAILBOX.format("x@gone.test", "gone.test/x/Maildir/", "gone.test")),
    ("mailbox-domain", set_mailbox("domain = 'elsewhere.test'")),
    ("mailbox-domain-inactive", "UPDATE domain SET active = 0"),
    ("mailbox-owner", set_mailbox("uidnumber = 0")),
    ("mailbox-owner", set_mailbox("gidnumber = 499")),
    ("mailbox-path", set_mailbox("maildir = '/etc/'")),
    ("mailbox-path", set_mailbox("maildir = '../../etc/'")),
    ("mailbox-path", set_mailbox("homedir = 'e.test/user'")),
    ("mailbox-shared", set_mailbox("maildir = 'd.test/other/Maildir'")),
    ("mailbox-expired", set_mailbox("expiredate = '2010-02-03'")),
    ("address-duplicate address-form", MAILBOX.format(" user@d.test", "d.test/blank/Maildir/", "d.test")),
    ("password-unknown", set_mailbox("password = '{WHAT}topsecret'")),
    ("password-unknown", set_mailbox("password = ''")),
    ("password-public", set_mailbox("password = '$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0'")),
    ("password-public", "UPDATE manager SET password = '$1$BrT9qxfB$Ha81Mb5YVV6rNKNN5jmtj1'"),
    ("password-weak", set_mailbox("password = '$1$topsecre$3ok6BjeaoJYWDBsEPZb5C1'")),
    ("password-clear", set_mailbox("password = '{PLAIN}topsecret'")),
    ("password-clear", set_mailbox("clearpwd = 'topsecret'")),
    ("date-invalid", set_mailbox("expiredate = '2031-00-10'")),
    ("date-invalid", "UPDATE domain SET expiredate = '2031-02-00'"),
    ("quota-syntax", set_mailbox("quota = '100 MB'")),
    ("quota-syntax", "UPDATE domain SET default_quota = 'lots'"),
    ("alias-address", ALIAS.format("nowhere", "user@d.test")),
    ("alias-domain", "UPDATE alias SET domain = 'x.test' WHERE address = 'info@d.test'"),
    ("alias-target", "UPDATE alias SET goto = ' , ' WHERE address = 'info@d.test'"),
    ("alias-target", "UPDATE alias SET goto = 'user@d.test,@' WHERE address = 'info@d.test'"),
    ("alias-dangling", ALIAS.format("sales@d.test", "gone@d.test")),
    ("alias-dangling", ALIAS.format("sales@d.test", "user@d.test,gone+x@d.test")),
    ("alias-inactive", set_mailbox("active = 0")),
    ("alias-loop", ALIAS.format("a@d.test", "b@d.test") + "; " + ALIAS.format("b@d.test", "user@d.test,A+x@d.test")),
    ("alias-loop", ALIAS.format("self@d.test", "self@d.test")),
    ("alias-loop", ALIAS.format("@d.test", "nobody@d.test")),
    ("alias-shadows-mailbox", ALIAS.format("user@d.test", "friend@example.org")),
    ("manager-domain", "INSERT INTO domain_manager (username, domain) VALUES ('boss@d.test', 'gone.test')"),
    ("manager-domain", "INSERT INTO domain_manager (username, domain) VALUES ('gone@d.test', 'd.test')"),
    ("extension-orphan", "INSERT INTO extmail_user_field (username, name) VALUES ('gone@d.test', 'nologin')"),
    ("extension-orphan", "INSERT INTO extmail_policy (subject, kind, value) VALUES ('@gone.test', 'limit', 'a=1')"),
    ("policy-kind", "INSERT INTO extmail_policy (subject, kind, value) VALUES ('user@d.test', 'deny-sendr', 'x.test')"),
]

# A statement that does the harm, and one that undoes it.
SERVER = [
    ("sql-mode", "SET GLOBAL sql_mode = 'STRICT_ALL_TABLES'", "SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION'"),
    (
        "schema-table",
        "RENAME TABLE extmail_user_field TO aside",
        "RENAME TABLE aside TO extmail_user_field",
    ),
    (
        "schema-column",
        "ALTER TABLE domain DROP COLUMN maxnetdiskquota",
        "ALTER TABLE domain ADD COLUMN maxnetdiskquota varchar(16) NOT NULL DEFAULT '0' AFTER maxquota",
    ),
    ("schema-engine", "ALTER TABLE domain_manager ENGINE = MyISAM", "ALTER TABLE domain_manager ENGINE = InnoDB"),
    (
        "schema-charset",
        "ALTER TABLE domain_manager CONVERT TO CHARACTER SET latin1",
        "ALTER TABLE domain_manager CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    ),
    ("triggers", "DROP TRIGGER extmail_alias_insert", ""),
    ("account-login", "ALTER USER 'extmail_mapd'@'localhost' IDENTIFIED BY 'another'", ""),
    ("account-rights-missing", "REVOKE SELECT (`goto`) ON alias FROM 'extmail_policyd'@'localhost'", ""),
    ("account-rights-excess", "GRANT SELECT ON mailbox TO 'extmail_mapd'@'localhost'", ""),
    ("account-rights-excess", "GRANT SELECT (clearpwd) ON mailbox TO 'extmail_policyd'@'localhost'", ""),
    ("account-rights-excess", "GRANT UPDATE (password) ON mailbox TO 'extmail_authd'@'localhost'", ""),
    ("account-rights-excess", "GRANT DELETE ON extmail.* TO 'extmail_mapd'@'localhost'", "REVOKE DELETE ON extmail.* FROM 'extmail_mapd'@'localhost'"),
]

# Lines of main.cf, and an option of the submission service that goes.
POSTFIX = [
    ("postfix-mailbox-domains", ["virtual_mailbox_domains=e.test"], ""),
    ("postfix-mailbox-maps", ["virtual_mailbox_maps="], ""),
    ("postfix-alias-maps", ["virtual_alias_maps=hash:/etc/aliases"], ""),
    ("postfix-alias-domains", ["virtual_alias_domains=$virtual_alias_maps"], ""),
    ("postfix-domain-class", ["mydestination=localhost, D.test", "local_recipient_maps=hash:/etc/aliases"], ""),
    ("postfix-virtual-socketmap", ["virtual_transport=virtual"], ""),
    ("postfix-no-proxy", ["transport_maps=mysql:/etc/postfix/transport.cf"], ""),
    ("postfix-local-recipients", ["mydestination=localhost"], ""),
    ("postfix-sender-login", ["smtpd_sender_restrictions="], "smtpd_sender_restrictions"),
    ("postfix-sender-login-maps", ["smtpd_sender_login_maps="], ""),
    ("postfix-policy-missing", ["smtpd_recipient_restrictions="], ""),
    (
        "postfix-policy-late",
        ["smtpd_recipient_restrictions=permit_sasl_authenticated,check_policy_service unix:extmail/policy"],
        "",
    ),
    ("postfix-policy-action", ["smtpd_policy_service_default_action=550 no"], ""),
    ("postfix-sasl-clear", ["inet_interfaces=all"], ""),
    ("postfix-sasl-off", ["smtpd_sasl_auth_enable=no"], "smtpd_sasl_auth_enable"),
    ("postfix-delimiter", ["recipient_delimiter=-"], ""),
    ("map-unknown", ["transport_maps=socketmap:unix:extmail/maps:transport_map"], ""),
    ("socket-unknown", ["transport_maps=socketmap:unix:extmail/map:transport_maps"], ""),
    ("socket-outside-chroot", ["transport_maps=socketmap:unix:{spool}/extmail/maps:transport_maps"], ""),
    ("dovecot-lmtp", ["virtual_transport=lmtp:unix:private/nowhere"], ""),
    ("sasl-config", ["smtpd_sasl_type=dovecot", "smtpd_sasl_path=private/nowhere"], ""),
]

FILES = [
    ("sasl-config sasl-mechanisms", "sasl", "pwcheck_method: auxprop saslauthd", "pwcheck_method: sasldb"),
    ("sasl-mechanisms", "sasl", "mech_list: ", "# "),
    ("sasl-mechanisms", "sasl", "auxprop_plugin: extmail", "auxprop_plugin: sql"),
    ("socket-outside-chroot", "sasl", "saslauthd_path: ", "saslauthd_path: /var/run/"),
    ("socket-unknown", "sasl", "extmail_socket: extmail/auth", "extmail_socket: extmail/author"),
    ("dovecot-uid", "dovecot", "_valid_uid = 2525", "_valid_uid = 2526"),
    ("dovecot-uid", "dovecot", "_valid_uid = 2525", "_valid_uid = 2524"),
    ("dovecot-username-chars", "dovecot", "auth_username_chars =", "auth_username_chars = abc"),
    ("dovecot-delimiter", "dovecot", "recipient_delimiter = +", "recipient_delimiter = -"),
    ("socket-unknown", "dovecot", "/run/extmail/auth", "/run/extmail/nobody"),
    ("mail-base", "config", "/mail\"", "/nomail\""),
    ("socket-missing socket-unknown", "config", "/spool/extmail/saslauthd", "/spool/extmail/gone"),
    ("password-file", "config", "mapd.password", "mapd.nowhere"),
    ("database-away", "config", "hosts = [\"unix:", "hosts = [\"unix:/nowhere"),
    ("account-login", "config", "database_user = \"extmail_mapd\"", "database_user = \"mapd\""),
]


@pytest.fixture(scope="module")
def healthy(site: Site) -> Iterator[Patient]:
    patient = Patient(site)
    yield patient
    patient.close()


@pytest.fixture
def patient(healthy: Patient) -> Iterator[Patient]:
    yield healthy
    healthy.reset()


def found(patient: Patient, *words: str) -> set[str]:
    done = patient.doctor(*words)
    assert done.status in (0, REFUSED, WARNINGS_ONLY), done.all
    return {each["check"] for each in json.loads(done.output)}


def test_a_healthy_host_has_no_findings(patient: Patient) -> None:
    done = patient.doctor(output="")
    assert (done.status, done.errors) == (0, "")
    assert done.output.endswith(" checks: 0 errors, 0 warnings, 0 notes\n") and done.output.count("\n") == 1, done.output


@pytest.mark.parametrize(("checks", "harm"), ROWS)
def test_a_row_is_found_and_mended(patient: Patient, checks: str, harm: str) -> None:
    # The columns count only where extmail.toml sets no owner for all.
    patient.edit(patient.config, "uid = 2525\ngid = 2525\n", "")
    patient.database.sql(harm)
    done = patient.doctor("--only", "data")
    findings = json.loads(done.output)
    assert {each["check"] for each in findings} == set(checks.split()), done.all
    assert "topsecre" not in done.all and "$1$" not in done.all and "$6$" not in done.all
    mends = [each["mend"] for each in findings]
    if all(mend.endswith(";") for mend in mends):
        patient.database.sql(*mends)
        assert found(patient, "--only", "data") == set(), mends


@pytest.mark.parametrize(("check", "harm", "undo"), SERVER)
def test_a_fault_of_the_server_is_found(patient: Patient, check: str, harm: str, undo: str) -> None:
    patient.database.sql(harm)
    try:
        assert found(patient) == {check}
    finally:
        if undo:
            patient.database.sql(undo)
        patient.grant_again()


CTL_RIGHTS = ("INSERT ON extmail_change_log", "EXECUTE ON FUNCTION extmail_change_triggers")


@pytest.mark.parametrize("runs_as_it", [False, True], ids=["root", "itself"])
@pytest.mark.parametrize("missing", [CTL_RIGHTS[:1], CTL_RIGHTS[1:], CTL_RIGHTS], ids=["log", "function", "both"])
def test_what_flush_may_not_is_found_and_mended(patient: Patient, missing: tuple[str, ...], runs_as_it: bool) -> None:
    """Of the account that grants.sql makes, by root, who flushes without it, and by that account."""
    password = patient.folder / "ctl.password"
    password.write_text("of ctl")
    password.chmod(0o600)
    ctl = Extmailctl(patient.site, str(patient.config))
    try:
        patient.grant_again(ctl_password="of ctl")
        if runs_as_it:
            own = f'\n[ctl]\ndatabase_user = "extmail_ctl"\ndatabase_password_file = "{password}"\n'
            patient.config.write_text(patient.config.read_text() + own)
        assert found(patient, "--only", "database") == set()
        ctl.ok("flush")
        patient.database.sql(*(f"REVOKE {right} FROM 'extmail_ctl'@'localhost'" for right in missing))
        findings = json.loads(patient.doctor("--only", "database").output)
        if runs_as_it and missing == CTL_RIGHTS:  # for all that this account can know there is none
            assert [(each["check"], each["object"]) for each in findings] == [("triggers", "table extmail_change_log")]
        else:
            assert {each["check"] for each in findings} == {"ctl-rights-missing"}
            assert {each["object"] for each in findings} == {"account 'extmail_ctl'@'localhost'"}
            assert [each["mend"] for each in findings] == [f"GRANT {right} TO 'extmail_ctl'@'localhost';" for right in missing]
            patient.database.sql(*(each["mend"] for each in findings))
            assert found(patient, "--only", "database") == set()
    finally:
        patient.database.sql("DROP USER 'extmail_ctl'@'localhost'")


@pytest.mark.parametrize(("check", "settings", "option"), POSTFIX)
def test_a_trap_of_postfix_is_found(patient: Patient, check: str, settings: list[str], option: str) -> None:
    patient.postconf("-e", *(each.replace("{spool}", patient.site.env["POSTFIX_QUEUE"]) for each in settings))
    if option:
        patient.postconf("-PX", f"127.0.0.1:{patient.site.env['SUBMISSION_PORT']}/inet/{option}")
    assert found(patient) == {check}


@pytest.mark.parametrize(("checks", "file", "old", "new"), FILES)
def test_a_trap_in_a_file_is_found(patient: Patient, checks: str, file: str, old: str, new: str) -> None:
    patient.edit(getattr(patient, file), old, new)
    assert found(patient) == set(checks.split())


@pytest.mark.parametrize(
    ("check", "socket", "mode"),
    [
        ("socket-closed", "MAPS_SOCKETMAP", 0o600),
        ("socket-closed", "SASLAUTHD_SOCKET", 0o600),
        ("socket-open", "AUTHDAEMOND_SOCKET", 0o666),
    ],
)
def test_a_socket_is_tried_as_those_who_need_it(patient: Patient, check: str, socket: str, mode: int) -> None:
    path = patient.site.env[socket]
    before = os.stat(path).st_mode & 0o777
    os.chmod(path, mode)
    try:
        assert found(patient) == {check}
    finally:
        os.chmod(path, before)


def test_a_link_out_of_the_chroot_is_found(patient: Patient) -> None:
    queue = Path(patient.site.env["POSTFIX_QUEUE"])
    link = queue / "extmail/link"
    link.symlink_to(patient.site.env["MAPS_SOCKETMAP"])  # absolute: below the queue directory there is no such path
    try:
        patient.edit(patient.config, f'path = "{queue}/extmail/maps"', f'path = "{link}"')
        patient.postconf(
            "-e",
            *(
                f"{name}=socketmap:unix:extmail/link:{name}"
                for name in (
                    "virtual_mailbox_domains",
                    "virtual_mailbox_maps",
                    "virtual_alias_maps",
                    "smtpd_sender_login_maps",
                )
            ),
        )
        assert found(patient) == {"socket-outside-chroot"}
    finally:
        link.unlink()


def test_a_password_file_that_others_read(patient: Patient) -> None:
    shown = patient.folder / "mapd.password"
    shown.write_text(patient.site.database_password("mapd"))
    shown.chmod(0o644)
    patient.edit(patient.config, f"{patient.site.demo.layout.etc}/extmail/mapd.password", str(shown))
    done = patient.doctor("--only", "password-file")
    findings = json.loads(done.output)
    assert {(each["check"], each["object"]) for each in findings} == {("password-file", str(shown))}
    assert patient.site.database_password("mapd") not in done.all


def test_many_are_counted_and_some_shown(patient: Patient) -> None:
    patient.database.sql(*(patient.mailbox(f"u{i:02}@d.test", setting="clearpwd = 'topsecret'") for i in range(15)))
    done = patient.doctor("--only", "password-clear,password-weak", "--max", "2", output="")
    assert done.status == WARNINGS_ONLY
    assert done.output.splitlines()[-2:] == [
        "password-clear: and 13 more (--max 0 shows all)",
        "2 checks: 0 errors, 15 warnings, 0 notes",
    ]
    rows = list(csv.DictReader(io.StringIO(patient.doctor("--only", "data", "--max", "2", output="--csv").output)))
    assert [row["object"] for row in rows] == ["mailbox u00@d.test", "mailbox u01@d.test", ""]
    assert len(json.loads(patient.doctor("--only", "data", "--max", "0").output)) == 15


def test_checks_are_listed_and_left_out(patient: Patient) -> None:
    listed = {each["check"]: each["area"] for each in json.loads(patient.doctor("--list").output)}
    assert listed["alias-loop"] == "data" and listed["sql-mode"] == "database" and listed["sasl-config"] == "host"
    patient.database.sql("UPDATE domain SET active = 0", "UPDATE alias SET goto = ''")
    assert found(patient, "--only", "data") == {"mailbox-domain-inactive", "alias-target", "alias-shadows-mailbox"}
    assert found(patient, "--only", "data", "--skip", "alias-target,alias-shadows-mailbox") == {"mailbox-domain-inactive"}
    assert patient.doctor("--only", "mailbox-domain-inactive").status == 0  # a note
    for words in (("--only", "alias-lop"), ("--skip", "everything"), ("--max", "-1")):
        assert patient.doctor(*words).status == WRONG_USAGE


def test_a_configuration_that_can_not_be_read(patient: Patient) -> None:
    patient.edit(patient.config, "[mail]", "[mail")
    done = patient.doctor()
    assert (done.status, str(patient.config) in done.errors) == (WRONG_CONFIGURATION, True), done.all


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0][2:60])
def test_the_examples_of_the_manual_page(patient: Patient, example: str) -> None:
    """As a shell would run them, on rows like those that sql/seed.sql makes."""
    patient.database.sql(
        "INSERT INTO domain (domain) VALUES ('test.com')",
        patient.mailbox("postmaster@test.com", setting="password = '$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0'"),
    )
    program = patient.site.demo.layout.bin / "extmailctl"
    options = ["--postfix-config", patient.postfix, "--dovecot-config", patient.dovecot, "--sasl-config", patient.sasl]
    called = shlex.join(str(word) for word in (program, "--config", patient.config, "doctor", *options))
    for command, shown in re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", example, flags=re.MULTILINE):
        done = run(["bash", "-c", "exec 2>&1; " + re.sub(r"\bextmailctl doctor", called, command)])
        assert done.output == shown, command
