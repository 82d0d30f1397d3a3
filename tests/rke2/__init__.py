"""Hosts and a distribution to run the role rke2 on, where RKE2 itself can't be had. See README.md."""
from __future__ import annotations
