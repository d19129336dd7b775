# SPDX-License-Identifier: MIT
"""Measurements side by side with the peers: see bench/README.md."""
