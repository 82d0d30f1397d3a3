# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures for tests against real servers.

``lab``: the lab instance ``test``, brought up by the same playbook that people run, shared by the whole session. ``bao_server``: fresh OpenBao processes.
LAB_KEEP=1 leaves the instance running at the end of a session that started it.

Side by side (pytest -n 2) the tests of a file stay together, and so do all that share an instance.
"""
from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from tests.lab.bao import bao_binary, bao_server, shared_server  # noqa: F401  # pylint: disable=unused-import
from tests.lab.instance import Lab, fresh, reserved
from tests.lab.keycloak import keycloak, keycloak_alone  # noqa: F401  # pylint: disable=unused-import
from tests.lab.vault_runs import run, server  # noqa: F401  # pylint: disable=unused-import

HERE = pathlib.Path(__file__).parent
# What takes longest begins first, so that the workers end together.
LONGEST = ["test_keycloak_config_large", "test_identity", "test_site_options", "test_lab_lifecycle", "test_site", "test_cores"]
# What uses the shared instance: some of these tests look at all writes that reach it, so they run one after the other.
SHARED = {"test_identity_options", "test_kubernetes_objects", "test_lab_keycloak", "test_lab_options", "test_lab_servers", "test_site_options",
          "test_site_seal", "test_site_way_in", "test_vault_seal"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of one file stay together, and so do the files that share the instance, and those that share the one with Keycloak alone."""
    from tests.support.beside import scheduler

    def together(nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        stem = pathlib.PurePath(file).stem
        return "lab" if stem in SHARED else "keycloak" if stem.startswith("test_keycloak_") else file

    return scheduler(config, log, together)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order and time limits. A limit is the test's own: the first one on a fresh machine would otherwise pay for building Kubernetes."""
    for item in [item for item in items if item.path.parent == HERE]:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300, func_only=True))
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails what uses the shared instance and isn't known for it."""
    if "lab" in getattr(item, "fixturenames", ()) and not hasattr(item.module, "lab") and item.path.stem not in SHARED:
        pytest.fail(f"{item.path.name} uses the shared instance of the lab: name it in SHARED of tests/lab/conftest.py", pytrace=False)


@pytest.fixture(scope="session")
def lab() -> t.Iterator[Lab]:
    """The shared instance; taken away again when this session brought it up."""
    with reserved("test") as found:
        was_up = (found.state_dir / "supervisor.sock").exists()
        found.playbook(lab_wait="needed")
        yield found
        if not was_up and not os.environ.get("LAB_KEEP"):
            found.playbook(lab_state="absent")


@pytest.fixture(scope="session")
def real_node() -> t.Iterator[Lab]:
    """A cluster with one real node, whose pods are processes; images ``localhost/pause:1`` and ``localhost/openbao:lab`` are on it.

    An instance of its own. Gone at the end, with its namespace and cgroups.
    """
    with fresh("node", lab_node="real", lab_servers=[]) as found:
        yield found
