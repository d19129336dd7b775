# SPDX-License-Identifier: MIT
"""deploy/demo: it shows the suite at work, stays up for those who want to measure, and leaves no trace."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.log_watch import LogWatch
from support.messages import STRANGER, new_message
from support.orphans import adopting_orphans
from support.site import POSTMASTER, Site, imap_login
from support.smtp import Smtp
from support.socketmap import NOT_FOUND, Socketmap
from support.tools import Done, run

COMMAND = Path(__file__).resolve().parents[2] / "deploy/demo"
DEMO_SECONDS = 300  # on a fresh checkout it builds, too

KEYS = (
    "MYSQL_SOCKET",
    "MAPS_SOCKETMAP",
    "AUTHD_SOCKET",
    "SASLAUTHD_SOCKET",
    "POLICY_SOCKET",
    "SMTP_PORT",
    "SUBMISSION_PORT",
    "IMAP_PORT",
    "POP3_PORT",
    "POSTFIX_CONFIG",
    "DOVECOT_CONFIG",
    "DOVECOT_AUTH_CLIENT",
    "SASL_PATH",
    "SASL_CONF_PATH",
    "MAIL_BASE",
    "BUILD_DIR",
    "DEMO_PASSWORD",
)
SERVERS = ("MARIADB", "MAPD", "AUTHD", "POLICYD", "DOVECOT", "POSTFIX")
SYSTEM = ("/etc/postfix", "/etc/dovecot", "/etc/mysql", "/etc/sasl2", "/etc/extmail", "/usr/lib/dovecot")


def demo_command(*words: str | Path) -> Done:
    return run([COMMAND, *words], seconds=DEMO_SECONDS)


def read_env(directory: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (directory / "env").read_text().splitlines())


def snapshot(*folders: str) -> dict[str, tuple[int, int]]:
    """Every file below the folders, with its size and when it was changed."""
    found = {}
    for folder in folders:
        for path in (Path(folder), *Path(folder).rglob("*")):
            if path.exists():
                found[str(path)] = (path.stat().st_size, path.stat().st_mtime_ns)
    return found


@pytest.fixture
def directory() -> Iterator[Path]:
    """A new one in /tmp; whatever the test left up in it ends."""
    path = Path(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
    yield path
    if (path / "env").exists():
        demo_command("down", "--dir", path)
    shutil.rmtree(path, ignore_errors=True)


class TestRun:
    def test_shows_every_step_and_leaves_nothing_behind(self, build_dir: Path) -> None:
        before = snapshot(*SYSTEM)
        with adopting_orphans() as orphans:
            done = demo_command("run", "--build-dir", build_dir)
            left_running = orphans()
        assert done.status == 0, done.all
        assert re.search(r"^All \d+ steps did what they say\.$", done.output, re.MULTILINE), done.all
        assert left_running == []
        directory = re.search(r"starting the servers in (\S+)", done.output)
        assert directory and not Path(directory[1]).exists()
        assert snapshot(*SYSTEM) == before

    def test_a_step_that_fails_ends_it_with_status_1(self, build_dir: Path, directory: Path) -> None:
        """With a build folder that nothing can be built in, it can't even start."""
        broken = directory / "build"
        broken.mkdir()
        (broken / "build.ninja").write_text("this is no ninja file\n")
        with adopting_orphans() as orphans:
            done = demo_command("run", "--build-dir", broken)
            left_running = orphans()
        assert done.status == 1
        assert "ninja" in done.errors
        assert left_running == []


class TestUpAndDown:
    @pytest.fixture(scope="class")
    def second(self, site: Site, build_dir: Path) -> Iterator[tuple[Path, Done]]:
        """A demo beside the one that all tests share."""
        path = Path(tempfile.mkdtemp(prefix="em-", dir="/tmp"))
        up = demo_command("up", "--dir", path, "--build-dir", build_dir, "--domains", "2", "--users", "4")
        yield path, up
        if (path / "env").exists():
            demo_command("down", "--dir", path)
        shutil.rmtree(path, ignore_errors=True)

    def test_up_says_where_everything_is(self, second: tuple[Path, Done], build_dir: Path) -> None:
        directory, up = second
        assert up.status == 0, up.all
        env = read_env(directory)
        assert [key for key in KEYS if not env.get(key)] == []
        assert env["DEMO_PASSWORD"] == "extmail"
        assert env["BUILD_DIR"] == str(build_dir)

    @pytest.mark.parametrize("key", [key for key in KEYS if key.endswith(("_SOCKET", "SOCKETMAP", "CLIENT"))])
    def test_the_sockets_are_served(self, second: tuple[Path, Done], key: str) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(read_env(second[0])[key])

    @pytest.mark.parametrize("key", [key for key in KEYS if key.endswith("_PORT")])
    def test_the_ports_are_served_on_loopback_only(self, second: tuple[Path, Done], key: str) -> None:
        port = int(read_env(second[0])[key])
        socket.create_connection(("127.0.0.1", port), 5).close()
        listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        assert f"0100007F:{port:04X}" in listening
        assert f"00000000:{port:04X}" not in listening

    @pytest.mark.parametrize("name", SERVERS)
    def test_the_pid_files_name_living_processes(self, second: tuple[Path, Done], name: str) -> None:
        pid = int(Path(read_env(second[0])[f"{name}_PIDFILE"]).read_text())
        os.kill(pid, 0)

    @pytest.mark.parametrize(
        ("table", "key", "answer"),
        [
            ("virtual_mailbox_domains", "d1.test", "OK d1.test"),
            ("virtual_mailbox_domains", "d2.test", "OK d2.test"),
            ("virtual_mailbox_domains", "d3.test", NOT_FOUND),
            ("virtual_mailbox_maps", "u4@d2.test", "OK d2.test/u4/Maildir/"),
            ("virtual_mailbox_maps", "u5@d2.test", NOT_FOUND),
            ("virtual_alias_maps", "a1@d1.test", NOT_FOUND),
            ("virtual_alias_maps", "a2@d1.test", "OK u2@d1.test"),
            ("virtual_alias_maps", "a4@d2.test", "OK u4@d2.test"),
        ],
    )
    def test_it_has_the_synthetic_rows(
        self, second: tuple[Path, Done], table: str, key: str, answer: str
    ) -> None:
        with Socketmap(read_env(second[0])["MAPS_SOCKETMAP"]) as maps:
            assert maps.ask(table, key) == answer

    def test_synthetic_users_log_in_with_the_demo_password(self, second: tuple[Path, Done]) -> None:
        env = read_env(second[0])
        with Smtp(int(env["SMTP_PORT"])) as smtp:
            assert smtp.auth_plain("u3@d2.test", env["DEMO_PASSWORD"]).startswith("235 ")

    def test_a_second_up_in_the_same_directory_is_refused(
        self, second: tuple[Path, Done], build_dir: Path
    ) -> None:
        directory, _ = second
        again = demo_command("up", "--dir", directory, "--build-dir", build_dir)
        assert again.status == 1
        assert f"deploy/demo down --dir {directory}" in again.errors
        with Smtp(int(read_env(directory)["SMTP_PORT"])) as smtp:
            assert smtp.command("NOOP").startswith("250 ")

    def test_down_ends_what_it_started_and_nothing_else(self, site: Site, second: tuple[Path, Done]) -> None:
        directory, _ = second
        env = read_env(directory)
        theirs = [int(Path(env[f"{name}_PIDFILE"]).read_text()) for name in SERVERS]
        ours = {name: service.pid() for name, service in site.demo.services.items()}
        stranger = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
        try:
            with adopting_orphans() as orphans:
                down = demo_command("down", "--dir", directory)
                left_running = orphans()
            assert down.status == 0, down.all
            assert left_running == []
            assert [pid for pid in theirs if is_alive(pid)] == []
            assert not directory.exists()
            assert {name: service.pid() for name, service in site.demo.services.items()} == ours
            assert is_alive(stranger)
        finally:
            os.kill(stranger, 9)
            os.waitpid(stranger, 0)


class TestRefusals:
    def test_down_where_no_demo_is(self, directory: Path) -> None:
        (directory / "thesis.txt").write_text("years of work")
        done = demo_command("down", "--dir", directory)
        assert done.status == 1
        assert str(directory) in done.errors
        assert (directory / "thesis.txt").read_text() == "years of work"

    def test_up_in_a_directory_with_something_else(self, directory: Path, build_dir: Path) -> None:
        (directory / "thesis.txt").write_text("years of work")
        done = demo_command("up", "--dir", directory, "--build-dir", build_dir)
        assert done.status == 1
        assert str(directory) in done.errors
        assert (directory / "thesis.txt").read_text() == "years of work"

    def test_users_without_domains(self, directory: Path) -> None:
        done = demo_command("up", "--dir", directory, "--users", "5")
        assert done.status != 0
        assert "--domains" in done.errors


class TestTheSharedDemo:
    def test_postmap_answers(self, site: Site) -> None:
        """What the issue promises, word for word."""
        found = site.postmap("virtual_alias_maps", "support@test.com")
        assert (found.status, found.output.strip()) == (0, POSTMASTER)

    def test_postmaster_logs_in(self, site: Site) -> None:
        imap = site.imap()
        imap_login(imap, POSTMASTER, site.env["DEMO_PASSWORD"])
        imap.logout()

    def test_smtpd_is_chrooted_as_debian_ships_it(self, site: Site) -> None:
        services = run(["postconf", "-c", site.env["POSTFIX_CONFIG"], "-M"]).output.splitlines()
        chrooted = [line.split()[4] for line in services if line.split()[-1] == "smtpd" or "smtpd -o" in line]
        assert chrooted and set(chrooted) == {"y"}

    def test_the_daemons_are_not_root(self, site: Site) -> None:
        uids = {
            os.stat(f"/proc/{site.demo.services[name].pid()}").st_uid for name in ("mapd", "authd", "policyd")
        }
        assert 0 not in uids and len(uids) == 3

    @pytest.mark.parametrize("host", ["@[127.0.0.1]", "@localhost", "@mail.demo.test", ""])
    def test_mail_for_users_of_the_system_is_not_delivered(
        self, site: Site, log: Callable[[str], LogWatch], host: str
    ) -> None:
        """The demo touches nothing of the system's: local(8) would write into /var/mail."""
        with site.smtp() as smtp:
            reply = smtp.transact(STRANGER, "no-such-user" + host, new_message().text)
        if reply.startswith("250 "):
            log("postfix").wait_for(reply.rpartition(" queued as ")[2], "removed")
        assert log("postfix").matching("relay=local") == []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
