# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a node has not come up: every reason from lines of real logs and from probes, and none where nothing is wrong."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_explain

GIB = 1 << 30
WELL = {"role": "server", "name": "s2", "server": "https://api.example.com:9345",
        "log": ['time="x" level=info msg="Waiting for etcd server to become available"'],
        "supervisor": None, "time": 1000.0, "server_time": 1001.0, "certificate": {"not_before": 0.0, "not_after": 9e9}, "default_route": True,
        "disk": {"/var/lib/rancher": {"free": 20 * GIB, "size": 40 * GIB, "inodes_free": 100000}}, "members": [], "images": [], "node": {"reason": None}}


def logged(text, level="fatal"):
    return {"log": [*WELL["log"], f'time="2026-11-22T10:00:00Z" level={level} msg="{text}"', "a line after it"]}


def explain(**evidence):
    return node_explain.explain({**WELL, **evidence})


def test_where_nothing_is_wrong_nothing_is_made_up():
    assert explain() == [] and node_explain.explain({}) == []


@pytest.mark.parametrize(("evidence", "key", "lasting", "told"), [
    (logged("token CA hash does not match the Cluster CA certificate hash: aaa != bbb"), "ca", True, ["api.example.com:9345", "aaa != bbb", "«ca»",
                                                                                                      "state=absent"]),
    (logged("starting kubernetes: preparing server: failed to validate server configuration: not authorized"), "token", True,
     ["doesn't take this node's token", "agents'"]),
    (logged("https://h:9345/v1-rke2/config: 401 Unauthorized", "error"), "token", True, ["401 Unauthorized", "«config.token»"]),
    (logged("bootstrap data already found and encrypted with different token"), "token", True, ["encrypted with another token", "this cluster was made"]),
    (logged("Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname or contents of "
            "'/etc/rancher/node/password' may not "
            "match server node-passwd entry", "info"), "duplicate-name", True, ["The name s2", "kubectl delete node s2", "s2.node-password.rke2"]),
    (logged("ETCD join failed: duplicate node name found, please use a unique name for this node"), "duplicate-name", True, ["another node name"]),
    (logged("critical configuration value mismatch between servers: cluster-cidr"), "critical", True, ["cluster-cidr", "Set it as the others"]),
    (logged("unable to select an IP from default routes."), "default-route", False, ["ip route add default", "dummy0"]),
    ({"default_route": False}, "default-route", True, ["no default route"]),
    ({"disk": {"/var/lib/rancher": {"free": 100 << 20, "size": GIB, "inodes_free": 5000}}}, "disk", False,
     ["/var/lib/rancher has 100 MiB", "crictl rmi --prune"]),
    ({"disk": {"/var/log": {"free": 20 * GIB, "size": 40 * GIB, "inodes_free": 3}}}, "disk", False, ["3 inodes free"]),
    (logged("write /var/lib/rancher/x: no space left on device", "error"), "disk", False, ["no space left on device", "Make room"]),
    ({"server_time": 700.0}, "clock", True, ["300 s ahead of that of api.example.com:9345", "chrony"]),
    ({"server_time": 4600.0}, "clock", True, ["3600 s behind"]),
    ({"certificate": {"not_before": 1500.0, "not_after": 9e9}}, "clock", True, ["not valid before 500 s have passed"]),
    ({"certificate": {"not_before": 0.0, "not_after": 990.0}}, "clock", True, ["ran out 10 s ago", "rke2 certificate rotate"]),
    (logged("tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
            "current time 2020-01-01T00:00:00Z is before 2026-11-22T00:00:00Z"),
     "clock", True, ["is before 2026-11-22", "date -u"]),
    ({"supervisor": "time"}, "clock", True, ["is not valid at this node's time"]),
    ({"supervisor": "refused"}, "supervisor", False, ["the connection was refused", "9345/tcp", "curl -vk https://api.example.com:9345/cacerts"]),
    ({"supervisor": "timeout"}, "supervisor", False, ["nothing answered", "firewall"]),
    ({"supervisor": "name"}, "supervisor", False, ["doesn't resolve", "/etc/hosts"]),
    ({"supervisor": "unreachable"}, "supervisor", False, ["no way to it", "routes"]),
    ({"members": [{"name": "s2-0a1b", "id": "1", "peer_urls": ["https://10.0.0.2:2380"], "learner": True}]}, "learner", False,
     ["s2-0a1b at https://10.0.0.2:2380", "2380/tcp"]),
    ({"members": [{"name": "", "id": "1", "peer_urls": ["https://10.0.0.9:2380"], "learner": False}]}, "learner", False,
     ["a member that has not started at https://10.0.0.9"]),
    (logged("Waiting for other members to finish joining etcd cluster: etcdserver: too many learner members in cluster", "info"), "learner", False,
     ["too many learner"]),
    (logged("Failed to test data store connection: this server has not yet been promoted from learner to voting member", "info"), "learner", False,
     ["member remove"]),
    ({"node": {"reason": "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized"}},
     "cni", False,
     ["cni plugin not initialized", "kubectl -n kube-system get pods"]),
    (logged("flag provided but not defined: -cnl"), "start", True, ["«flag provided but not defined: -cnl»", "Correct this node's configuration"]),
    (logged("failed to parse /etc/rancher/rke2/config.yaml: yaml: line 3"), "start", True, ["rke2_config"]),
    (logged("missing required: user: unknown user etcd"), "start", True, ["Make the user etcd", "CIS"]),
    (logged("starting supervisor: listen tcp :9345: bind: address already in use"), "start", True, ["ss -ltnp"]),
    (logged("preparing runtime: failed to get runtime image index.docker.io/rancher/rke2-runtime: x"), "start", True, ["rke2-images-core"]),
    (logged("something that nobody has met"), "log", False, ["«something that nobody has met»", "Read its log"]),
    ({"images": ["rke2-images-core.linux-amd64.tar.zst"]}, "images", False, ["still importing rke2-images-core.linux-amd64.tar.zst", "more time"]),
])
def test_each_reason_is_told_with_what_to_do(evidence, key, lasting, told):
    found = explain(**evidence)
    assert [(cause.key, cause.lasting) for cause in found] == [(key, lasting)]
    assert [part for part in told if part not in found[0].text] == []


def test_several_reasons_are_told_and_lasting_ones_first():
    found = explain(supervisor="refused", images=["a.tar"], default_route=False, **logged("not authorized"))
    assert [cause.key for cause in found] == ["default-route", "token", "supervisor", "images"]


def test_a_disk_that_is_full_and_of_which_rke2_says_so_stays_full():
    full = {"disk": {"/var/lib/rancher": {"free": 0, "size": GIB, "inodes_free": 5000}}}
    assert explain(**full, **logged("no space left on device"))[0].lasting is True


def test_a_clock_that_is_a_little_off_is_none():
    assert explain(server_time=950.0) == []


def test_file_systems_without_a_number_of_inodes_are_not_full():
    assert explain(disk={"/var/lib/rancher": {"free": 20 * GIB, "size": 40 * GIB, "inodes_free": 0}}) == []


def test_logs_need_less_room_than_images():
    assert explain(disk={"/var/log": {"free": 100 << 20, "size": GIB, "inodes_free": 5000}}) == []


def test_the_first_server_joins_nobody():
    assert explain(server=None, supervisor="refused") == []


def test_the_message_is_told_without_its_frame_and_not_at_any_length():
    found = explain(log=['time="x" level=error msg="Node password rejected, see \\"y\\" ' + "z" * 500 + '"'])
    assert '«Node password rejected, see "y" zzz' in found[0].text and len(found[0].text) < 900


def test_every_kind_of_fault_of_a_connection_has_its_advice():
    assert {"refused", "timeout", "name", "unreachable"} == set(node_explain.SUPERVISOR)
