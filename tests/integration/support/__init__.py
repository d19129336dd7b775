# SPDX-License-Identifier: MIT
"""What the tests talk with: a client for each protocol, one a file, and what they need around a demo."""
