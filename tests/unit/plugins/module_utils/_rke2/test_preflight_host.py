# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host must be by itself: each check, on a new node and on one that runs."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import preflight, preflight_host
from tests.unit.plugins.module_utils._rke2.hosts import GIB, desired, node

RUNS = {"installed": "v1.36.4+rke2r1", "service": {"server": {"active": "active"}, "agent": {"active": "inactive"}}}
CIS = {"vm.panic_on_oom": "0", "vm.overcommit_memory": "1", "kernel.panic": "10", "kernel.panic_on_oops": "1", "fs.inotify.max_user_instances": "8192"}


def judged(role="server", wanted=None, config=None, version="v1.36.4+rke2r1", **fields):
    """(level, name, text) of each fault of one host."""
    return preflight_host.faults(desired(role, config=config, version=version, **(wanted or {})), "s1", node(1, **fields), preflight.MINIMUM)


def one(*args, **fields):
    """The only fault."""
    found = judged(*args, **fields)
    assert len(found) == 1, found
    assert found[0].name in preflight_host.NAMES
    return found[0]


@pytest.mark.parametrize("role", ["server", "agent"])
def test_a_host_that_is_well(role):
    assert judged(role) == [] and judged(role, **RUNS) == []


@pytest.mark.parametrize(("fields", "name", "words"), [
    ({"systemd": False}, "systemd", "systemd doesn't run as process 1"),
    ({"arch": "riscv64"}, "arch", "RKE2 isn't made for riscv64"),
    ({"default_route": False}, "route", "there is no default route"),
    ({"memory": 2 * GIB}, "memory", "has 2.0 GiB of memory, a server needs 3.5"),
    ({"disk": {"/var/lib/rancher": {"free": 5 * GIB, "size": 10 * GIB}}}, "disk", "has 5.0 GiB free, a new node needs 20"),
    ({"firewalld": True}, "firewalld", "firewalld drops pods' packets"),
    ({"network_manager": {"active": True, "unmanaged_cni": False}}, "network-manager", "NetworkManager takes the pods' interfaces"),
    ({"os": {"id": "ubuntu", "version": "18.04", "kernel": "4.15.0-20"}}, "kernel", "Cilium needs 5.10 or later"),
    ({"cgroup": 1}, "cgroup", "which kubelets refuse since Kubernetes 1.35"),
])
def test_what_refuses_a_new_node(fields, name, words):
    found = one(**fields)
    assert (found.level, found.name) == ("refuse", name) and words in found.text


@pytest.mark.parametrize(("fields", "name"), [
    ({"default_route": False}, "route"), ({"memory": 2 * GIB}, "memory"), ({"firewalld": True}, "firewalld"),
    ({"network_manager": {"active": True, "unmanaged_cni": False}}, "network-manager"),
    ({"disk": {"/var/lib/rancher": {"free": 5 * GIB, "size": 100 * GIB}}}, "disk"),
])
def test_what_only_warns_where_rke2_runs(fields, name):
    found = one(**RUNS, **fields)
    assert (found.level, found.name) == ("warn", name)


@pytest.mark.parametrize(("fields", "name", "words"), [
    ({"os": {"id": "gentoo", "version": "", "kernel": "6.6.0"}}, "os", "nobody has validated RKE2 on gentoo;"),
    ({"swap": True}, "swap", "swap is on"),
    ({"cpus": 1}, "cpu", "a server needs two processors"),
    ({"fsync_ms": 15.0}, "sync-latency", "a synchronous write takes 15 ms"),
    ({"fsync_ms": 800.0}, "sync-latency", "a synchronous write takes 800 ms"),
    ({"resolvers": []}, "resolvers", "names no resolver"),
    ({"resolvers": ["127.0.0.1"]}, "resolvers", "names the node itself (127.0.0.1)"),
    ({"sysctl": {"fs.inotify.max_user_instances": "128"}}, "inotify", "fs.inotify.max_user_instances is 128"),
    ({"disk": {"/var/lib/rancher": {"free": 90 * GIB, "size": 100 * GIB, "inodes_free": 99}}}, "disk", "has 99 inodes free"),
])
def test_what_warns(fields, name, words):
    found = one(**fields)
    assert (found.level, found.name) == ("warn", name) and words in found.text


def test_a_slow_disk_is_refused_where_the_site_says_how_slow():
    made = desired("server")
    slow, fast, runs = (node(1, fsync_ms=took, **more) for took, more in ((60.0, {}), (40.0, {}), (60.0, RUNS)))
    levels = [preflight_host.faults(made, "s1", facts, {**preflight.MINIMUM, "fsync_ms": 50})[0].level for facts in (slow, fast, runs)]
    assert levels == ["refuse", "warn", "warn"]


def test_what_is_of_no_concern_to_an_agent():
    assert judged("agent", cpus=1, fsync_ms=80.0, memory=2 * GIB) == []
    assert one("agent", memory=GIB).text == "has 1.0 GiB of memory, an agent needs 1.5 (rke2_minimum)"


def test_systemd_s_own_resolver_is_known_to_rke2():
    assert judged(resolvers=["127.0.0.53"]) == [] and judged(resolvers=["127.0.0.1", "10.0.9.9"]) == []


def test_an_architecture_that_is_another_than_the_site_says():
    assert "rke2_arch says arm64, the machine is amd64" in one(wanted={"arch": "arm64"}).text


@pytest.mark.parametrize(("kernel", "system", "cni", "well"), [
    ("5.10.0", "debian", "cilium", True), ("5.4.0", "ubuntu", "cilium", False), ("5.4.0", "ubuntu", "calico", True),
    ("4.18.0-553.el8", "rocky", "cilium", True), ("4.18.0", "debian", "cilium", False), ("4.4.0", "debian", "calico", False), ("odd", "debian", "canal", False),
])
def test_kernels(kernel, system, cni, well):
    for role in ("server", "agent"):
        judged_ = preflight_host.faults(desired("server", "agent", config={"cni": cni}), {"server": "s1", "agent": "s2"}[role],
                                        node(1, os={"id": system, "version": "1", "kernel": kernel}), preflight.MINIMUM)
        assert (judged_ == []) == well, judged_


def test_cgroups_v1_before_135_or_accepted():
    assert judged(cgroup=1, version="v1.34.9+rke2r1") == []
    accepted = {"/x.conf": {"content": "apiVersion: kubelet.config.k8s.io/v1beta1\nfailCgroupV1: false\n", "mode": "0600"}}
    assert judged(cgroup=1, wanted={"files": accepted}) == []
    assert one(cgroup=1, **RUNS).level == "refuse", "the next start would fail"


@pytest.mark.parametrize(("role", "port", "taken"), [
    ("server", 6443, True), ("server", 9345, True), ("server", 2379, True), ("server", 443, True), ("server", 22, False), ("server", 8080, False),
    ("agent", 10250, True), ("agent", 443, True), ("agent", 2379, False), ("agent", 9345, False),
])
def test_ports(role, port, taken):
    plan = desired("server", "server") if role == "server" else desired("server", "agent")
    found = preflight_host.faults(plan, "s2", node(2, listening=[{"port": port, "address": "::", "process": "nginx"}]), preflight.MINIMUM)
    assert [fault.name for fault in found] == (["ports"] if taken else [])
    assert not taken or f"{port} (nginx)" in found[0].text


def test_ports_are_told_together_and_without_a_process_too():
    assert "the TCP ports 443 (nginx), 6443, which" in one(listening=[6443, {"port": 443, "address": "::", "process": "nginx"}]).text


def test_ports_of_the_ingress_matter_where_rke2_brings_one():
    assert judged(config={"ingress-controller": "none"}, listening=[80, 443]) == []


def test_ports_that_rke2_itself_holds():
    mine = [{"port": 6443, "address": "::", "process": "kube-apiserver"}, {"port": 2379, "address": "::", "process": "etcd"}]
    assert judged(**RUNS, listening=mine) == []
    stopped = {"installed": "v1.36.4+rke2r1", "listening": mine}
    assert judged(**stopped) == [], "pods outlive the service"
    assert one(installed="v1.36.4+rke2r1", listening=[{"port": 6443, "address": "::", "process": "haproxy"}]).name == "ports"
    assert one(listening=mine).name == "ports", "somebody's etcd on a host without RKE2"


def test_cis_wants_a_user_and_settings_of_the_kernel():
    found = judged(config={"profile": "cis"})
    assert [(fault.level, fault.name) for fault in found] == [("refuse", "cis"), ("refuse", "cis")]
    assert "useradd" in found[0].text and "vm.overcommit_memory=1" in found[1].text
    assert judged(config={"profile": "cis"}, users={"etcd": True}, sysctl=CIS) == []


def test_cis_names_only_what_is_wrong():
    assert "needs kernel.panic=10; write" in one(config={"profile": "cis"}, users={"etcd": True}, sysctl={**CIS, "kernel.panic": "0"}).text


def test_agents_need_no_user_for_cis():
    made = desired("server", "agent", config={"profile": "cis"})
    assert preflight_host.faults(made, "s2", node(2, sysctl=CIS), preflight.MINIMUM) == []
    assert judged(config={"profile": "etcd"}, users={"etcd": True}) == []


def test_settings_of_the_servers_as_text_or_list():
    assert preflight_host.setting(desired("server", config={"cni": "multus,canal"}), "cni") == ["multus", "canal"]
    assert preflight_host.setting(desired("server"), "cni") == ["cilium"] and preflight_host.setting(desired("agent"), "cni") == []
