# SPDX-License-Identifier: MIT
"""What the documents say of files, events and settings is what is there."""
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAEMONS = ("lib", "maps", "authd", "policyd")

# The line of README.md before a snippet, and the file that the snippet is taken from.
SNIPPETS = {
    "`main.cf` (": "deploy/postfix/main.cf",
    "`master.cf` (": "deploy/postfix/master.cf",
    "`sasl/smtpd.conf` (": "deploy/sasl/smtpd.conf",
    "`dovecot.conf` (": "deploy/dovecot/2.3/extmail.conf",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sources() -> str:
    files = (file for folder in DAEMONS for file in sorted((ROOT / folder).rglob("*.cpp")))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize(("heading", "file"), SNIPPETS.items())
def test_readme_shows_what_is_shipped(heading: str, file: str) -> None:
    snippet = read("README.md").split("\n" + heading, 1)[1].split("```\n", 2)[1]
    lines = [line.rstrip() for line in snippet.splitlines() if line.strip()]
    shipped = [line.rstrip() for line in read(file).splitlines()]
    assert lines
    assert [line for line in lines if line not in shipped] == []


def test_every_event_is_documented_and_every_documented_event_exists() -> None:
    # write(Level::X, "event", …), and the names that log_outcome() is given.
    logged = set(re.findall(r'(?:Level::\w+,|log_lines\(log,)\s*"([a-z_]+)"', sources()))
    logged |= set(re.findall(r'"((?:login|credentials)_[a-z]+)"', sources())) - {"credentials_users"}
    documented = set(re.findall(r"\*\*`([a-z_]+)`\*\*", read("doc/events.md")))
    assert logged == documented


def test_every_setting_is_documented() -> None:
    kinds = "text|required_text|texts|flag|integer|optional_integer|choice|tables|optional_table"
    asked = rf'(?:\.(?:{kinds})\(|read_(?:password|users)\(\*?\w+, )"([a-z_]+)"'
    readers = [*sorted((ROOT / "lib/daemon").glob("*_settings.cpp")), ROOT / "maps/query_maps.cpp"]
    readers += [ROOT / name for name in ("maps/main.cpp", "authd/config.cpp", "policyd/main.cpp")]
    readers += [file for name in DAEMONS[1:] for file in sorted((ROOT / name).rglob("*_settings.cpp"))]
    code = "".join(file.read_text(encoding="utf-8") for file in readers)
    settings = set(re.findall(asked, re.sub(r"\(\s+", "(", code)))
    known = {"rehash", "base", "hosts", "tls_key", "database_connections", "credentials_users", "on_failure", "metrics", "half_life", "client_passes"}
    assert known <= settings
    page = read("doc/extmail.toml.5.scd")
    missing = [name for name in sorted(settings) if f"*{name}*" not in page and f".{name}]" not in page]
    assert missing == []


@pytest.mark.parametrize("page", sorted((ROOT / "doc").glob("*.scd")), ids=lambda page: page.name)
def test_manual_pages_render(page: Path) -> None:
    subprocess.run(["scdoc"], input=page.read_bytes(), stdout=subprocess.DEVNULL, check=True)


def test_socket_units_make_the_sockets_of_the_configuration() -> None:
    configuration = tomllib.loads(read("deploy/extmail.toml"))
    listeners = {
        (daemon, listen["path"], listen["group"], listen.get("mode", "0660"))
        for daemon, table in configuration.items()
        for listen in table.get("listen", ())
    }
    held = set()
    for unit in sorted((ROOT / "deploy/systemd").glob("*.socket")):
        lines = [line.split("=", 1) for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line]
        values = {name: value for name, value in lines}
        daemon = values.get("Service", unit.stem).removesuffix(".service").removeprefix("extmail-")
        held |= {(daemon, path, values["SocketGroup"], values["SocketMode"]) for name, path in lines if name == "ListenStream"}
        service = read(f"deploy/systemd/extmail-{daemon}.service")
        assert unit.name in re.findall(r"^Also=(.*)$", service, flags=re.MULTILINE)[0].split()
    assert held == listeners


def test_links_lead_somewhere() -> None:
    broken = []
    for document in (*ROOT.glob("*.md"), *ROOT.glob("*/*.md")):
        prose = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:|]+)(?:#[^)]*)?\)", prose):
            if not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert broken == []
