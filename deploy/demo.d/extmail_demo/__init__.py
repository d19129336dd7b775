# SPDX-License-Identifier: MIT
"""The whole suite on real servers, private to one directory.

    from extmail_demo import Demo

    with Demo("/tmp/my-demo") as demo:
        demo.env["SMTP_PORT"]
        demo.sql("SELECT username FROM mailbox WHERE domain = ?", "test.com")
        demo.mariadb.kill(); demo.mariadb.start()
"""

from .demo import Demo
from .errors import DemoError
from .process import Service
from .waiting import wait_until

__all__ = ["Demo", "DemoError", "Service", "wait_until"]
