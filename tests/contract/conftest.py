"""The real servers of tests/lab serve the contract tests too."""
from __future__ import annotations

from tests.lab.bao import bao_binary, bao_server  # noqa: F401  pylint: disable=unused-import
