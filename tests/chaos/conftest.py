"""The real servers of tests/lab, and the site that the chaos strikes."""
from __future__ import annotations

import pytest

from tests.chaos.strike import SEED
from tests.lab.bao import bao_binary, bao_server  # noqa: F401  pylint: disable=unused-import
from tests.support.beside import scheduler
from tests.support.site import Site
from tests.support.wire import Wire


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Side by side (pytest -n 2) each test stands for itself, but for those that share an instance of the lab; they take longest and begin first."""
    return scheduler(config, log, lambda nodeid: "lab" if is_lab(nodeid) else nodeid)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not is_lab(item.nodeid))


def is_lab(nodeid: str) -> bool:
    return "test_lab_site.py::" in nodeid


def pytest_report_header() -> str:
    return f"CHAOS_SEED={SEED}  (set it to strike at the same places again)"


@pytest.fixture(name="site")
def _site(bao_server, tmp_path):  # noqa: F811  pylint: disable=redefined-outer-name
    """A server as an operator finds it after the install, the faulty wire before it, and the playbook that makes it ready."""
    server = bao_server(initialised=False)
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        yield Site(server, tmp_path / "site", wire)
