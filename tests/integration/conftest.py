# SPDX-License-Identifier: MIT
"""One demo for all tests. Each test has rows of its own in it, and puts right what it broke.

EXTMAIL_BUILD_DIR says where the suite is built; the default is build/ in the checkout.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from extmail_demo import Demo, DemoError
from support.accounts import Accounts
from support.auth_protocol import AuthClient
from support.dovecot import ExtraDovecot
from support.extmailctl import Extmailctl
from support.extra_daemon import ExtraDaemon
from support.log_watch import LogWatch
from support.monitoring import Monitoring
from support.outages import is_away
from support.private_database import PrivateDatabase
from support.prometheus import Prometheus
from support.relay import Relay
from support.site import Site
from support.socketmap import Socketmap
from support.two_databases import two_databases

SOURCE = Path(__file__).resolve().parents[2]
BUILD_DIR = Path(os.environ.get("EXTMAIL_BUILD_DIR") or SOURCE / "build").resolve()

# As one would get to know the suite; what breaks servers comes late, and the logs of it all are read last.
ORDER = (
    "test_password_schemes",
    "test_demo",
    "test_schema",
    "test_maps",
    "test_scenarios",
    "test_oracle",
    "test_socketmap",
    "test_policy",
    "test_policy_access",
    "test_policy_quota",
    "test_policy_limits",
    "test_policy_state",
    "test_policy_redis",
    "test_authd_verify",
    "test_authd_credentials",
    "test_auth_protocol",
    "test_saslauthd",
    "test_authdaemond",
    "test_authdaemond_refusals",
    "test_slow_peers",
    "test_authtest",
    "test_ctl_domain",
    "test_ctl_mailbox",
    "test_ctl_rename",
    "test_ctl_lost_commit",
    "test_ctl_manager",
    "test_ctl_passwd",
    "test_ctl_transfer",
    "test_ctl_doctor",
    "test_ctl_migrate",
    "test_ctl_verify",
    "test_ctl_stats",
    "test_ctl_report",
    "test_ctl_flush",
    "test_explain",
    "test_logins",
    "test_fail2ban",
    "test_writers",
    "test_mailboxes",
    "test_dovecot_logins",
    "test_dovecot_mechanisms",
    "test_dovecot_fields",
    "test_dovecot_proxy",
    "test_dovecot_iterate",
    "test_dovecot_memory",
    "test_smtp",
    "test_configuration",
    "test_daemon_life",
    "test_untrusted_rows",
    "test_tcp_table",
    "test_query_maps",
    "test_query_map_faults",
    "test_metrics",
    "test_authd_metrics",
    "test_service",
    "test_bench",
    "test_database_tls",
    "test_database_hosts",
    "test_database_answers",
    "test_mapd_outages",
    "test_password_change",
    "test_courier",
    "test_dovecot_faults",
    "test_faults",
    "test_faults_midway",
    "test_logs",
)


def pytest_sessionstart() -> None:
    if os.geteuid() != 0:
        pytest.exit("these tests start servers under several accounts, so they need root", returncode=1)
    os.umask(0o022)
    # Who is told to end cleans up, as for Ctrl-C.
    for told in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = {name: place for place, name in enumerate(ORDER)}
    items.sort(key=lambda item: names.get(item.path.stem, -1))


@pytest.fixture(scope="session")
def build_dir() -> Path:
    return BUILD_DIR


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Unix sockets need short paths, which pytest's own folders are not."""
    directory = tempfile.mkdtemp(prefix="em-", dir="/tmp")
    demo = Demo(directory, BUILD_DIR)
    demo.up()
    yield demo
    demo.down()


@pytest.fixture(scope="session")
def site(demo: Demo) -> Site:
    return Site(demo)


@pytest.fixture(scope="session")
def accounts(site: Site) -> Accounts:
    return site.accounts


@pytest.fixture
def ctl(site: Site) -> Extmailctl:
    return Extmailctl(site)


@pytest.fixture
def maps(site: Site) -> Iterator[Socketmap]:
    with site.maps() as client:
        yield client


@pytest.fixture
def auth(site: Site) -> Iterator[AuthClient]:
    with site.auth() as client:
        yield client


@pytest.fixture
def log(site: Site) -> Callable[[str], LogWatch]:
    """The log of a server since the start of the test."""
    watches = {service: site.log(service) for service in site.demo.services}
    return watches.__getitem__


@pytest.fixture
def extra_daemon(site: Site) -> Iterator[Callable[[str], ExtraDaemon]]:
    """Makes daemons with a configuration of their own; they end with the test."""
    made: list[ExtraDaemon] = []

    def make(kind: str) -> ExtraDaemon:
        made.append(ExtraDaemon(site, kind))
        return made[-1]

    yield make
    for daemon in made:
        daemon.close()


@pytest.fixture
def mapd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    """One of the test's own, not started yet."""
    return extra_daemon("mapd")


@pytest.fixture
def authd(extra_daemon: Callable[[str], ExtraDaemon]) -> ExtraDaemon:
    """One of the test's own, not started yet."""
    return extra_daemon("authd")


@pytest.fixture
def extra_dovecot(site: Site) -> Iterator[Callable[[], ExtraDovecot]]:
    """Makes Dovecots with a configuration of their own; they end with the test."""
    made: list[ExtraDovecot] = []

    def make() -> ExtraDovecot:
        made.append(ExtraDovecot(site))
        return made[-1]

    yield make
    for dovecot in made:
        dovecot.close()


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[[Monitoring], Prometheus]]:
    """Makes a Prometheus with a daemon's alert rules; it ends with the test."""
    made: list[Prometheus] = []

    def make(made_of_it: Monitoring) -> Prometheus:
        made.append(Prometheus(tmp_path, made_of_it.rules))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(autouse=True)
def all_servers_live_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did: no server may end of it."""
    if "demo" not in request.fixturenames:
        yield
        return
    demo: Demo = request.getfixturevalue("demo")
    watches = {name: LogWatch(service.log_file) for name, service in demo.services.items()}
    request.node.stash[LOGS] = watches
    yield
    ended = [
        service for name, service in demo.services.items() if not service.is_running() and not is_away(name)
    ]
    for service in ended:
        try:
            service.start()
        except DemoError as error:
            pytest.exit(f"{service.name} ended and can't be started again: {error}", returncode=1)
    assert not ended, "ended: " + ", ".join(service.name for service in ended)


LOGS = pytest.StashKey[dict[str, LogWatch]]()


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows what the servers logged meanwhile."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and LOGS in item.stash:
        for name, watch in item.stash[LOGS].items():
            if watch.lines:
                report.sections.append((f"log of {name}", "\n".join(watch.lines[-40:])))


@pytest.fixture(scope="module")
def servers(site: Site) -> Iterator[tuple[PrivateDatabase, PrivateDatabase]]:
    """Of the module's own, each with an answer that tells which it is."""
    with two_databases(site) as servers:
        yield servers


@pytest.fixture
def first(servers: tuple[PrivateDatabase, PrivateDatabase]) -> Iterator[PrivateDatabase]:
    yield servers[0]
    servers[0].mend()


@pytest.fixture
def second(servers: tuple[PrivateDatabase, PrivateDatabase]) -> Iterator[PrivateDatabase]:
    yield servers[1]
    servers[1].mend()


@pytest.fixture
def relay(first: PrivateDatabase) -> Iterator[Relay]:
    """To the first server."""
    with Relay(str(first.socket)) as relay:
        yield relay
