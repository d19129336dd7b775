# SPDX-License-Identifier: MIT
"""extmail-policyd on two hosts that share a Redis, and what becomes of mail while that is away."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from extmail_demo import wait_until
from support.accounts import Accounts
from support.extra_daemon import ExtraDaemon
from support.metrics import scrape
from support.passwords import new_password
from support.policy import PolicyClient
from support.redis import USER, Redis
from support.site import Site
from support.tools import run

DOMAIN = "redis-policy.test"
USER_OF_OURS = f"joe@{DOMAIN}"
LIMIT = '[[policyd.limit]]\nname = "shared"\nper = "client_network"\ncount = "messages"\nlimit = {limit}\n'
GREYLIST = "[policyd.greylist]\nenabled = true\ndelay = 1\n"
CONTAINMENT = "[policyd.containment]\nenabled = true\nslow_networks = 2\nhold_networks = 3\n"
REACHED = "450 4.7.1 limit shared is reached, please try again later"
CLIENTS = 4  # of each daemon, as Postfix has several smtpd processes
_numbers = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def rows(accounts: Accounts) -> None:
    accounts.domain(DOMAIN)
    accounts.mailbox(USER_OF_OURS)


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.close()


@pytest.fixture
def host(redis: Redis, extra_daemon: Callable[[str], ExtraDaemon]) -> Callable[..., ExtraDaemon]:
    """A policyd that keeps its state in the Redis, started."""

    def start(rules: str, server: str = "", password: str = "") -> ExtraDaemon:
        daemon = extra_daemon("policyd")
        password_file = daemon.write_secret("redis-password", password or redis.password)
        daemon.config += f'[[policyd.listen]]\nprotocol = "control"\npath = "{daemon.folder}/control"\nmode = "0600"\n'
        daemon.config += f'[policyd.metrics]\npath = "{daemon.folder}/metrics"\n'
        daemon.config += '[policyd.state]\nbackend = "redis"\n[policyd.state.redis]\n'
        daemon.config += f'server = "{server or f"tcp:127.0.0.1:{redis.port}"}"\n'
        daemon.config += f'user = "{USER}"\npassword_file = "{password_file}"\n' + rules
        daemon.start()
        return daemon

    return start


def send(policy: PolicyClient, address: str = "", **more: str) -> str:
    """A message of its own, from a network that never sent before unless its address is named."""
    number = next(_numbers)
    address = address or f"10.{number // 250 % 250}.{number % 250}.9"
    attributes = {"sender": "someone@example.org", "recipient": USER_OF_OURS, "client_address": address, **more}
    return policy.ask(instance=f"redis.{number}", **attributes)


class Load:
    """Several clients of each daemon that send until they are told to stop."""

    def __init__(self, *daemons: ExtraDaemon, address: str = "", messages: int = 0) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._answers: Counter[str] = Counter()
        self._failures: list[BaseException] = []
        self._address = address
        self._messages = messages
        self._threads = [
            threading.Thread(target=self._run, args=(daemon,)) for daemon in daemons for _ in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, daemon: ExtraDaemon) -> None:
        try:
            with PolicyClient(str(daemon.socket)) as policy:
                sent = 0
                while not self._stop.is_set() and (not self._messages or sent < self._messages):
                    answer = send(policy, self._address)
                    sent += 1
                    with self._lock:
                        self._answers[answer] += 1
        except BaseException as failure:  # noqa: BLE001: told to who waits
            self._failures.append(failure)

    @property
    def number(self) -> int:
        with self._lock:
            assert not self._failures, self._failures
            return sum(self._answers.values())

    def await_more(self, messages: int) -> None:
        """Until so many more have been answered."""
        goal = self.number + messages
        wait_until(lambda: self.number >= goal, f"{messages} more answers")

    def end(self, stop: bool = True) -> Counter[str]:
        """All the answers."""
        if stop:
            self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self._failures, self._failures
        return self._answers


def test_two_hosts_enforce_one_limit_exactly(host: Callable[..., ExtraDaemon], redis: Redis) -> None:
    one = host(LIMIT.format(limit=333))
    two = host(LIMIT.format(limit=333), server=f"unix:{redis.socket}")
    load = Load(one, two, address="203.0.113.1", messages=100)
    assert load.end(stop=False) == {"DUNNO": 333, REACHED: 2 * CLIENTS * 100 - 333}
    one.stop()
    one.start()
    with PolicyClient(str(one.socket)) as policy:
        assert send(policy, "203.0.113.1") == REACHED
        assert send(policy, "192.0.2.2") == "DUNNO"


def test_a_stranger_whom_one_host_knows_the_other_does_too(host: Callable[..., ExtraDaemon]) -> None:
    one, two = host(GREYLIST), host(GREYLIST)
    who = "203.0.113.3"
    with PolicyClient(str(one.socket)) as first, PolicyClient(str(two.socket)) as second:
        assert send(first, who).startswith("DEFER_IF_PERMIT 4.2.0 ")
        wait_until(lambda: send(second, who) == "DUNNO", "the stranger to be let in")
        assert send(first, who) == "DUNNO"


def test_a_login_is_held_and_released_on_all_hosts(site: Site, host: Callable[..., ExtraDaemon]) -> None:
    one, two = host(CONTAINMENT), host(CONTAINMENT)

    def ask(policy: PolicyClient, network: int) -> str:
        address = f"203.0.{network}.9"
        return send(policy, address, sasl_username=USER_OF_OURS, sender=USER_OF_OURS, recipient="a@example.org")

    with PolicyClient(str(one.socket)) as first, PolicyClient(str(two.socket)) as second:
        assert [ask(first, 1), ask(second, 2)] == ["DUNNO"] * 2
        assert ask(first, 3).startswith("450 4.7.1 ")
        assert ask(second, 4).startswith("HOLD ")
        assert ask(first, 1).startswith("HOLD ")
        program = str(site.demo.layout.bin / "extmailctl")
        assert run([program, "--config", str(one.config_file), "held"]).output.startswith(USER_OF_OURS)
        done = run([program, "--config", str(one.config_file), "release", USER_OF_OURS])
        assert done.status == 0, done.all
        assert [ask(first, 1), ask(second, 1)] == ["DUNNO"] * 2


def test_new_recipients_of_a_login_are_counted_on_all_hosts(host: Callable[..., ExtraDaemon]) -> None:
    rules = "[policyd.containment]\nenabled = true\nslow_recipients = 3\nhold_recipients = 6\n"
    one, two = host(rules), host(rules)
    with PolicyClient(str(one.socket)) as first, PolicyClient(str(two.socket)) as second:
        hosts = itertools.cycle([first, second])

        def ask(number: int) -> str:
            who = {"sasl_username": USER_OF_OURS, "sender": USER_OF_OURS, "recipient": f"r{number}@example.org"}
            return send(next(hosts), "203.0.113.8", **who).split()[0]

        assert [ask(number) for number in (1, 2, 3, 4, 5, 4, 6)] == ["DUNNO"] * 3 + ["450"] * 4
        assert [ask(number) for number in (1, 2, 5)] == ["DUNNO", "DUNNO", "450"]
        assert ask(7) == "HOLD"
        wait_until(lambda: ask(1) == "HOLD", "all hosts to know")


@pytest.mark.parametrize("fault", ["killed", "hung"])
def test_mail_flows_while_redis_is_away(
    site: Site, host: Callable[..., ExtraDaemon], redis: Redis, fault: str
) -> None:
    daemons = [host(LIMIT.format(limit=5)) for _ in range(2)]
    limited = "203.0.113.4"
    load = Load(*daemons)
    with PolicyClient(str(daemons[0].socket)) as policy:
        assert [send(policy, limited) for _ in range(6)] == ["DUNNO"] * 5 + [REACHED]
        load.await_more(200)
        if fault == "killed":
            redis.kill()
        else:
            redis.hang()
        for daemon in daemons:
            daemon.log.wait_for("error: state_away: Redis: ")
            daemon.log.wait_for("warning: rule_failing: limits: Redis can't be asked", "on_failure (dunno)")
            page = scrape(f"{daemon.folder}/metrics")
            assert page["extmail_policyd_state_away"] == 1
            assert page["extmail_policyd_state_failures_total"] > 0
        load.await_more(500)
        assert send(policy, limited) == "DUNNO"  # nobody can tell
        held = run([str(site.demo.layout.bin / "extmailctl"), "--config", str(daemons[0].config_file), "held"])
        assert held.status == 75 and "Redis can't be asked" in held.all

        if fault == "killed":
            redis.start()
        else:
            redis.go_on()
        for daemon in daemons:
            daemon.log.wait_for("notice: state_back: ", seconds=30)
            daemon.log.wait_for("notice: rule_works_again: limits ", seconds=30)
            assert scrape(f"{daemon.folder}/metrics")["extmail_policyd_state_away"] == 0
        assert send(policy, limited) == REACHED
    answers = load.end()
    assert set(answers) == {"DUNNO"}
    for daemon in daemons:
        assert len(daemon.log.matching("state_away: ")) == 1
        assert len(daemon.log.matching("state_back: ")) == 1
        assert len(daemon.log.matching("rule_failing: ")) == 1
    # Each connects once at its start and once or a few times afterwards, whatever mail came meanwhile; so does this test.
    if fault == "hung":
        info = redis.information("total_connections_received")
        assert int(info) < 100, info


def test_scripts_that_redis_forgets_under_load_are_told_it_again(host: Callable[..., ExtraDaemon], redis: Redis) -> None:
    daemon = host(LIMIT.format(limit=333))
    load = Load(daemon, address="203.0.113.5")
    for _ in range(5):
        load.await_more(100)
        assert redis.command("SCRIPT", "FLUSH") == "+OK"
    load.await_more(100)
    answers = load.end()
    assert answers["DUNNO"] == 333
    assert answers.keys() == {"DUNNO", REACHED}
    assert not daemon.log.matching("state_|rule_failing")


def test_without_its_redis_or_its_password_it_serves_all_the_same(
    host: Callable[..., ExtraDaemon], redis: Redis
) -> None:
    wrong = new_password()
    refused = host(LIMIT.format(limit=1), password=wrong)
    refused.log.wait_for("error: state_away: Redis: WRONGPASS ")
    redis.kill()
    alone = host(LIMIT.format(limit=1))
    alone.log.wait_for("error: state_away: Redis: ", "Connection refused")
    for daemon in (refused, alone):
        with PolicyClient(str(daemon.socket)) as policy:
            assert [send(policy, "203.0.113.6") for _ in range(3)] == ["DUNNO"] * 3
        assert wrong not in daemon.log.text and redis.password not in daemon.log.text
        assert daemon.stop() == 0
    redis.start()
    alone.start()
    with PolicyClient(str(alone.socket)) as policy:
        assert [send(policy, "203.0.113.6") for _ in range(2)] == ["DUNNO", REACHED]
    done = alone.run("--check-config")
    assert done.status == 0, done.all
