"""The real servers of tests/lab serve the tests of the tools too."""
from __future__ import annotations

from tests.lab.bao import bao_binary, bao_server, shared_server  # noqa: F401  pylint: disable=unused-import
