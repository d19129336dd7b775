# SPDX-License-Identifier: MIT
"""TLS to the database: what is asked for is what happens, and who can't prove to be the server gets nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.certificates import Authority, Certificate
from support.extra_daemon import UID as DAEMON_UID
from support.extra_daemon import ExtraDaemon
from support.private_database import UID as DATABASE_UID
from support.private_database import PrivateDatabase
from support.relay import Relay
from support.site import Site
from support.socketmap import Socketmap

DOMAIN = "tls.test"
CONFIG = 78
FOUND = f"OK {DOMAIN}"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="em-tls-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def good(authority: Authority) -> Certificate:
    return authority.issue("good", "DNS:localhost,IP:127.0.0.1")


@pytest.fixture(scope="module")
def server(site: Site, folder: Path, authority: Authority, good: Certificate) -> Iterator[PrivateDatabase]:
    """With what `use` puts there as its certificate."""
    use(folder, good)
    files = f"ssl_ca = {authority.certificate}\nssl_cert = {folder}/server.pem\nssl_key = {folder}/server.key\n"
    database = PrivateDatabase(site, files)
    try:
        database.sql(f"INSERT INTO domain (domain, active) VALUES ('{DOMAIN}', 1)")
        yield database
    finally:
        database.close()


def use(folder: Path, certificate: Certificate) -> None:
    for source, name in ((certificate.certificate, "server.pem"), (certificate.key, "server.key")):
        (folder / name).unlink(missing_ok=True)
        shutil.copy(source, folder / name)
        os.chown(folder / name, DATABASE_UID, DATABASE_UID)


@pytest.fixture
def serve_with(folder: Path, good: Certificate, server: PrivateDatabase) -> Iterator[Callable[[Certificate], None]]:
    """Gives the running server another certificate, until the end of the test."""

    def change(certificate: Certificate) -> None:
        use(folder, certificate)
        server.sql("FLUSH SSL")

    yield change
    change(good)


def ask(daemon: ExtraDaemon, port: int, *settings: str, name: str = "localhost") -> str:
    daemon.ask_hosts(f"tcp:{name}:{port}")
    daemon.change("[database]", "\n".join(("[database]", *settings)))
    daemon.start()
    with Socketmap(str(daemon.socket)) as maps:
        return maps.ask("virtual_mailbox_domains", DOMAIN)


def verify(authority: Authority) -> tuple[str, str]:
    return ('tls = "verify-identity"', f'tls_ca = "{authority.certificate}"')


def accepted_handshakes(server: PrivateDatabase) -> int:
    return int(server.sql("SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'")[0][1])


class TestAGoodServer:
    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
    def test_is_believed_by_its_name_or_address(
        self, mapd: ExtraDaemon, server: PrivateDatabase, authority: Authority, name: str
    ) -> None:
        assert ask(mapd, server.port, *verify(authority), name=name) == FOUND

    def test_need_not_prove_anything_where_encryption_is_enough(
        self, mapd: ExtraDaemon, server: PrivateDatabase
    ) -> None:
        assert ask(mapd, server.port, 'tls = "require"') == FOUND

    @pytest.mark.parametrize(
        ("setting", "is_encrypted"), [('tls = "require"', True), ('tls = "off"', False), ("", False)]
    )
    def test_the_server_sees_it_so(
        self, mapd: ExtraDaemon, server: PrivateDatabase, setting: str, is_encrypted: bool
    ) -> None:
        before = accepted_handshakes(server)
        assert ask(mapd, server.port, setting) == FOUND
        assert (accepted_handshakes(server) > before) == is_encrypted

    def test_a_unix_socket_needs_none(self, mapd: ExtraDaemon, server: PrivateDatabase, authority: Authority) -> None:
        mapd.ask_hosts(f"unix:{server.socket}")
        mapd.change("[database]", "\n".join(("[database]", *verify(authority))))
        before = accepted_handshakes(server)
        mapd.start()
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", DOMAIN) == FOUND
        assert accepted_handshakes(server) == before

    def test_may_ask_who_we_are(
        self, mapd: ExtraDaemon, folder: Path, server: PrivateDatabase, authority: Authority
    ) -> None:
        ours = authority.issue("ours", "DNS:mail.test")
        ours.key.chmod(0o600)
        os.chown(ours.key, DAEMON_UID, DAEMON_UID)
        server.sql("ALTER USER 'extmail_mapd'@'localhost' REQUIRE X509")
        try:
            refused = ask(mapd, server.port, *verify(authority))
            assert refused.startswith("PERM database: ") and "(error 1045)" in refused
            assert mapd.stop() == 0
            mapd.change("tls_ca = ", f'tls_cert = "{ours.certificate}"\ntls_key = "{ours.key}"\ntls_ca = ')
            mapd.start()
            with Socketmap(str(mapd.socket)) as maps:
                assert maps.ask("virtual_mailbox_domains", DOMAIN) == FOUND
        finally:
            server.sql("ALTER USER 'extmail_mapd'@'localhost' REQUIRE NONE")

    def test_a_new_certificate_is_taken_without_a_restart(
        self,
        mapd: ExtraDaemon,
        server: PrivateDatabase,
        authority: Authority,
        serve_with: Callable[[Certificate], None],
    ) -> None:
        assert ask(mapd, server.port, *verify(authority)) == FOUND
        serve_with(authority.issue("renewed", "DNS:localhost"))
        server.sql("KILL USER 'extmail_mapd'@'localhost'")
        with Socketmap(str(mapd.socket)) as maps:
            assert maps.ask("virtual_mailbox_domains", "unknown.test") == "NOTFOUND "
        assert mapd.log.matching(" error: ") == []


class TestWhoIsNotTheServer:
    @staticmethod
    def assert_refused(mapd: ExtraDaemon, server: PrivateDatabase, answer: str, said: str) -> None:
        assert answer.startswith("TEMP database: ")
        mapd.log.wait_for(" error: database_down: ", said)
        assert server.connections_of("mapd") == 0

    def test_of_another_authority(self, mapd: ExtraDaemon, folder: Path, server: PrivateDatabase) -> None:
        other = Authority(folder, "other")
        self.assert_refused(mapd, server, ask(mapd, server.port, *verify(other)), "(error 2026)")

    def test_that_only_the_public_authorities_could_vouch_for(self, mapd: ExtraDaemon, server: PrivateDatabase) -> None:
        answer = ask(mapd, server.port, 'tls = "verify-identity"')
        self.assert_refused(mapd, server, answer, "(error 2026)")

    def test_of_another_name(
        self,
        mapd: ExtraDaemon,
        server: PrivateDatabase,
        authority: Authority,
        serve_with: Callable[[Certificate], None],
    ) -> None:
        serve_with(authority.issue("elsewhere", "DNS:db.example.org"))
        self.assert_refused(mapd, server, ask(mapd, server.port, *verify(authority)), "(error 2026)")

    def test_that_has_expired(
        self,
        mapd: ExtraDaemon,
        server: PrivateDatabase,
        authority: Authority,
        serve_with: Callable[[Certificate], None],
    ) -> None:
        serve_with(authority.issue("expired", "DNS:localhost", days=-1))
        self.assert_refused(mapd, server, ask(mapd, server.port, *verify(authority)), "(error 2026)")

    @pytest.mark.parametrize("setting", ['tls = "require"', 'tls = "verify-identity"'])
    def test_that_has_no_tls(self, site: Site, mapd: ExtraDaemon, authority: Authority, setting: str) -> None:
        """The demo's server, over a relay."""
        with Relay(site.env["MYSQL_SOCKET"]) as relay:
            settings = (setting,) if "require" in setting else verify(authority)
            answer = ask(mapd, relay.port, *settings)
            assert answer.startswith("TEMP database: ")
            assert "does not support" in answer or "not encrypted" in answer
            mapd.log.wait_for(" error: database_down: ")

    def test_that_takes_forever(self, mapd: ExtraDaemon, server: PrivateDatabase, authority: Authority) -> None:
        with Relay(str(server.socket)) as relay:
            relay.stall()
            assert ask(mapd, relay.port, *verify(authority)).startswith("TEMP database: ")
            relay.cut()


class TestTheCheckOfTheConfiguration:
    def test_names_files_that_this_daemon_can_not_read(self, mapd: ExtraDaemon, authority: Authority) -> None:
        ours = authority.issue("not-for-us", "DNS:mail.test")
        ours.key.chmod(0o600)  # root's
        line = mapd.change(
            "[database]",
            f'[database]\ntls = "verify-identity"\ntls_ca = "/nonexistent/ca.pem"\n'
            f'tls_cert = "{ours.certificate}"\ntls_key = "{ours.key}"',
        )
        checked = mapd.run("--check-config")
        assert checked.status == CONFIG
        where = f"error: config_error: {mapd.config_file}"
        assert f"{where}:{line + 2}: database.tls_ca /nonexistent/ca.pem: No such file" in checked.errors
        assert f"{where}:{line + 4}: database.tls_key {ours.key}: Permission denied" in checked.errors
