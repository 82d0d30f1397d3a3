"""The real servers of tests/lab serve the tests of the tools too."""
from __future__ import annotations

import pytest

from tests.lab.bao import Cluster, bao_binary, bao_server, make_ca  # noqa: F401  pylint: disable=unused-import


@pytest.fixture(scope="module")
def shared_server(bao_binary, tmp_path_factory):  # noqa: F811  pylint: disable=redefined-outer-name
    """One server for all tests of a file that don't mind what others left in it."""
    folder = tmp_path_factory.mktemp("bao")
    server = Cluster(folder / "node", bao_binary, make_ca(folder / "tls"), storage="inmem")
    server.nodes = [server]
    server.start()
    try:
        server.initialise()
        server.unseal()
        server.wait_active(standby=False)
        yield server
    finally:
        server.stop()
