# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server configuration of the catalogue's OpenBao, on a real server: who gets what on which port without a login."""

from __future__ import annotations

import re

import pytest
import requests

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.lab.bao import Node, free_port
from tests.lab.tls import make_ca


@pytest.fixture(scope="module")
def node(bao_binary, tmp_path_factory):
    """A server by the text that Helm gets, at places of this machine; the cluster's parts (join, registration) are left out."""
    folder = tmp_path_factory.mktemp("bao")
    tls = make_ca(folder / "tls")
    one = Node(folder / "node0", bao_binary, tls)
    if one.vendor == "vault":
        pytest.skip("the catalogue installs OpenBao; Vault has no listener for metrics alone")
    one.metrics = f"https://127.0.0.1:{(port := free_port())}"
    text = plan.build({"domain": "platform.example.com"})["components"]["openbao"]["values"]["server"]["ha"]["raft"]["config"]
    for old, new in ((r"\[::\]:8200", f"127.0.0.1:{one.port}"), (r"\[::\]:8201", f"127.0.0.1:{one.cluster_port}"), (r"\[::\]:8202", f"127.0.0.1:{port}"),
                     (r"/openbao/userconfig/openbao-tls/tls.crt", str(tls[1])), (r"/openbao/userconfig/openbao-tls/tls.key", str(tls[2])),
                     (r"/openbao/data", str(one.data)), (r"/openbao/audit/audit.log", str(one.audit_log)),
                     (r"(?s)retry_join \{.*?\n *\}\n", ""), (r"service_registration .*", "")):
        text, count = re.subn(old, lambda _found, new=new: new, text)
        assert count, old
    (one.folder / "config.json").write_text(f'api_addr = "{one.addr}"\ncluster_addr = "https://127.0.0.1:{one.cluster_port}"\n{text}', "utf-8")
    one.start()
    one.initialise()
    one.unseal()
    one.wait_active(standby=False)
    yield one
    one.stop()


def get(node, path, token=""):
    """An answer of the port for numbers."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{node.metrics}/v1/{path}", verify=node.ca_file, headers={"X-Vault-Token": token} if token else {}, timeout=30)


def test_numbers_need_no_login_on_their_own_port(node):
    answer = get(node, "sys/metrics?format=prometheus")
    assert answer.status_code == 200 and "vault_core_unsealed" in answer.text


@pytest.mark.parametrize("path", ["sys/health", "sys/seal-status", "sys/mounts"])
def test_that_port_tells_nothing_else(node, path):
    assert get(node, path, node.root_token).status_code in (400, 403, 404)


def test_the_api_port_gives_no_numbers_without_a_login(node):
    assert node.request("GET", "sys/metrics?format=prometheus", token="").status_code in (400, 403)
    assert node.request("GET", "sys/metrics?format=prometheus").status_code == 200
