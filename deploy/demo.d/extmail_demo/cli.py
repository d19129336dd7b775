# SPDX-License-Identifier: MIT
"""The commands of deploy/demo."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from . import guide
from .demo import Demo
from .errors import DemoError
from .layout import Layout

DEFAULT_DIR = Path("/tmp/extmail-demo")
SERVICES = ("mariadb", "mapd", "authd", "policyd", "dovecot", "postfix")


def main() -> int:
    arguments = _parser().parse_args()
    os.umask(0o022)
    # A demo that is told to end cleans up, as it does for Ctrl-C.
    for told in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, lambda number, _: sys.exit(128 + number))
    try:
        arguments.command(arguments)
    except DemoError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _run(arguments: argparse.Namespace) -> None:
    directory = tempfile.mkdtemp(prefix="extmail-demo.", dir="/tmp")
    demo = Demo(directory, arguments.build_dir)
    try:
        _up(demo)
        guide.follow(demo)
        print(f"\nAll {len(guide.STEPS)} steps did what they say.")
    finally:
        demo.stop()
        if arguments.keep:
            print(f"\nThe servers have ended; their logs and mail are in {directory}.", file=sys.stderr)
        else:
            shutil.rmtree(directory)


def _up_and_leave(arguments: argparse.Namespace) -> None:
    if arguments.users and not arguments.domains:
        raise DemoError("--users is for each of the --domains: give both")
    demo = Demo(arguments.dir, arguments.build_dir)
    _up(demo, arguments.domains, arguments.users)
    print(f"The demo is up: {demo.layout.env_file} says where.")
    print(f"To end it: deploy/demo down --dir {demo.layout.root}")


def _up(demo: Demo, domains: int = 0, users: int = 0) -> None:
    began = time.monotonic()
    print(f"Building in {demo.build_dir}, starting the servers in {demo.layout.root} ...", flush=True)
    demo.up(domains, users)
    print(f"Up after {time.monotonic() - began:.1f} seconds.", flush=True)


def _down(arguments: argparse.Namespace) -> None:
    layout = Layout(arguments.dir)
    layout.check_ours()
    if layout.env_file.exists():
        Demo.attach(layout.root).stop()
    if not arguments.keep:
        layout.remove()


def _service(arguments: argparse.Namespace) -> None:
    service = Demo.attach(arguments.dir).services[arguments.service]
    getattr(service, arguments.action)()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deploy/demo",
        description="The ExtMail plugin suite on a private MariaDB, Postfix and Dovecot, all on loopback and "
        "in one directory. It leaves the system's own services and configuration alone.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    builds = argparse.ArgumentParser(add_help=False)
    builds.add_argument("--build-dir", metavar="DIR", help="where to build (default: build in the checkout)")
    located = argparse.ArgumentParser(add_help=False)
    located.add_argument(
        "--dir", type=Path, default=DEFAULT_DIR, help="the demo's directory (default: %(default)s)"
    )

    run = commands.add_parser(
        "run", parents=[builds], help="start it all, show every step of the guide, end it all"
    )
    run.add_argument("--keep", action="store_true", help="keep the directory, for its logs")
    run.set_defaults(command=_run)

    up = commands.add_parser("up", parents=[builds, located], help="start it all and leave it running")
    up.add_argument("--domains", type=_number, default=0, metavar="M", help="add domains d1.test to dM.test")
    up.add_argument(
        "--users",
        type=_number,
        default=0,
        metavar="N",
        help="with users u1 to uN each, and an alias a2, a4, … for every second; password: extmail",
    )
    up.set_defaults(command=_up_and_leave)

    down = commands.add_parser(
        "down", parents=[located], help="end what up started, and remove its directory"
    )
    down.add_argument("--keep", action="store_true", help="keep the directory, for its logs")
    down.set_defaults(command=_down)

    for action, text in (
        ("start", "start a server again"),
        ("stop", "stop one server"),
        ("kill", "end one server as a crash would"),
        ("restart", "stop and start one server"),
    ):
        command = commands.add_parser(action, parents=[located], help=text)
        command.add_argument("service", choices=SERVICES)
        command.set_defaults(command=_service, action=action)
    return parser


def _number(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value
