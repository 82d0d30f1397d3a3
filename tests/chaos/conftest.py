"""The real servers of tests/lab, and the site that the chaos strikes."""
from __future__ import annotations

import pathlib

import pytest

from tests.chaos.identity_site import IdentitySite
from tests.chaos.strike import SEED
from tests.lab.bao import bao_binary, bao_server  # noqa: F401  pylint: disable=unused-import
from tests.support.beside import scheduler
from tests.support.site import Site
from tests.support.wire import Wire

# What shares an instance of the lab stays together; it takes longest and begins first.
GROUPS = {"test_identity_killed": "identity", "test_identity_trouble": "identity", "test_keycloak_killed": "identity", "test_lab_site": "lab"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Side by side (pytest -n 2) each test stands for itself, but for those that share an instance of the lab."""
    return scheduler(config, log, lambda nodeid: group(nodeid) or nodeid)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not group(item.nodeid))


def group(nodeid: str) -> str:
    return GROUPS.get(pathlib.PurePath(nodeid.split("::", 1)[0]).stem, "")


def pytest_report_header() -> str:
    return f"CHAOS_SEED={SEED}  (set it to strike at the same places again)"


@pytest.fixture(name="site")
def _site(bao_server, tmp_path):  # noqa: F811  pylint: disable=redefined-outer-name
    """A server as an operator finds it after the install, the faulty wire before it, and the playbook that makes it ready."""
    server = bao_server(initialised=False)
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        yield Site(server, tmp_path / "site", wire)


@pytest.fixture(name="identity", scope="session")
def _identity(tmp_path_factory):
    """A site as the phase «secrets» leaves it, with a Keycloak as its first start made it."""
    with IdentitySite.standing("chaos-identity", tmp_path_factory.mktemp("identity")) as site:
        yield site


@pytest.fixture(name="undisturbed", scope="session")
def _undisturbed(identity):
    """The end state of the phase where nothing is in its way, and the seconds that it takes."""
    identity.renew()
    assert identity.administrators() == {"first"}
    seconds, changed = identity.undisturbed()
    assert changed == 4
    state = identity.look()
    identity.done(state)
    return {"seconds": seconds, "state": state}


@pytest.fixture(scope="session")
def keycloak_alone(identity):
    """For the fixture keycloak of tests/lab: one that its first account opens."""
    identity.renew()
    return identity.lab
