# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member's storage is lost while the others live: the worst moment for an initialisation."""
from __future__ import annotations

import shutil
import signal
import time

from tests.lab.bao import Node
from tests.lab.initialise import Site


def wait_for(condition, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_wiped_first_node_joins_the_others(bao_server, tmp_path):
    """Storage of the first one was lost: it is never initialised anew while others live."""
    site = Site(bao_server(initialised=False, nodes=3), tmp_path)
    site.init()
    token, first, second = site.kept()["answer"]["root_token"], site.server, site.server.nodes[1]
    first.call("POST", "sys/mounts/kv", {"type": "kv"}, token=token)
    # A member that joined votes only when it has been stable for a while (autopilot, 10 s).
    wait_for(lambda: all(one["voter"] for one in first.call("GET", "sys/storage/raft/configuration", token=token)["data"]["config"]["servers"]))
    Node.stop(first, signal.SIGKILL)
    wait_for(lambda: any(node.request("GET", "sys/health").status_code == 200 for node in first.nodes[1:]))
    second.call("POST", "sys/storage/raft/remove-peer", {"server_id": "node0"}, token=token)
    shutil.rmtree(first.data)
    first.data.mkdir()
    first.start()
    result = site.init()
    assert [(step["action"], step["name"]) for step in result["plan"]] == [("join", first.addr), ("unseal", first.addr)]
    assert "kv/" in first.call("GET", "sys/mounts", token=token)["data"]
