# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures for tests against real servers.

``lab``: the lab instance ``test``, brought up by the same playbook that people run, shared by the whole session. ``bao_server``: fresh OpenBao processes.
LAB_KEEP=1 leaves the instance running at the end of a session that started it.
"""
from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from tests.lab.bao import bao_binary, bao_server  # noqa: F401  # pylint: disable=unused-import
from tests.lab.instance import Lab

PORT_BASE = 28000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The time limit is the test's own: the first one on a fresh machine would otherwise pay for building Kubernetes."""
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300, func_only=True))


@pytest.fixture(scope="session")
def lab() -> t.Iterator[Lab]:
    """The shared instance; taken away again when this session brought it up."""
    state = pathlib.Path(os.environ.get("LAB_STATE") or "/var/lib/unifiedmeta-lab/test")
    found = Lab("test", PORT_BASE, state)
    was_up = (state / "supervisor.sock").exists()
    found.playbook()
    yield found
    if not was_up and not os.environ.get("LAB_KEEP"):
        found.playbook(lab_state="absent")


@pytest.fixture(scope="session")
def real_node(lab: Lab) -> t.Iterator[Lab]:
    """A cluster with one real node, whose pods are processes; images ``localhost/pause:1`` and ``localhost/openbao:lab`` are on it.

    An instance of its own; the shared one has filled the cache. Gone at the end, with its namespace and cgroups.
    """
    found = Lab("node", 23000, pathlib.Path("/var/lib/unifiedmeta-lab/node"), {"lab_node": "real", "lab_servers": []})
    found.playbook(lab_state="absent")
    try:
        found.playbook()
        yield found
    finally:
        found.playbook(lab_state="absent")
