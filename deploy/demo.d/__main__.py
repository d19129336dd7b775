# SPDX-License-Identifier: MIT
"""Started by deploy/demo, which makes sure that this Python and the packages are there."""

import sys

from extmail_demo.cli import main

sys.exit(main())
