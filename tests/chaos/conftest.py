"""The real servers of tests/lab, and the site that the chaos strikes."""
from __future__ import annotations

import pytest

from tests.chaos.strike import SEED
from tests.lab.bao import bao_binary, bao_server  # noqa: F401  pylint: disable=unused-import
from tests.support.site import Site
from tests.support.wire import Wire


def pytest_report_header() -> str:
    return f"CHAOS_SEED={SEED}  (set it to strike at the same places again)"


@pytest.fixture(name="site")
def _site(bao_server, tmp_path):  # noqa: F811  pylint: disable=redefined-outer-name
    """A server as an operator finds it after the install, the faulty wire before it, and the playbook that makes it ready."""
    server = bao_server(initialised=False)
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        yield Site(server, tmp_path / "site", wire)
