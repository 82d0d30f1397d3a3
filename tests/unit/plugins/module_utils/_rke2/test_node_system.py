# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host below RKE2."""

from __future__ import annotations

import os
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_system
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout


@pytest.fixture
def debian(host):
    """A host with what the facts are read from."""
    host.write("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n')
    host.write("/proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB\n")
    host.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
    host.write("/proc/sys/kernel/random/boot_id", "abc-def\n")
    host.write("/proc/sys/kernel/panic", "10\n")
    host.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\netcd:x:52034:52034::/nonexistent:/usr/sbin/nologin\n")
    host.write("/etc/resolv.conf", "search example.com\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n")
    return host


def test_facts_of_a_host(debian):
    found = node_system.gather(debian.layout)
    assert found["os"] == {"id": "debian", "version": "12", "kernel": os.uname().release} and found["hostname"] == os.uname().nodename
    assert (found["memory"], found["swap"], found["cgroup"], found["boot_id"]) == (8000000 * 1024, False, 1, "abc-def")
    assert found["users"] == {"etcd": True} and found["resolvers"] == ["192.0.2.53", "2001:db8::53"]
    assert found["sysctl"]["kernel.panic"] == "10" and found["sysctl"]["vm.panic_on_oom"] is None
    assert abs(found["time"] - time.time()) < 5 and found["cpus"] >= 1 and found["arch"] in ("amd64", "arm64", os.uname().machine)
    assert all(one["free"] > 0 and one["size"] >= one["free"] for one in found["disk"].values())


def test_swap_and_the_second_version_of_cgroups(debian):
    debian.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/swapfile file 1 0 -2\n")
    debian.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
    found = node_system.gather(debian.layout)
    assert (found["swap"], found["cgroup"]) == (True, 2)


def test_a_host_that_tells_nothing_is_no_failure(host):
    found = node_system.gather(host.layout)
    assert (found["memory"], found["boot_id"], found["users"], found["os"]["id"]) == (0, None, {"etcd": False}, "")


def test_this_very_machine():
    found = node_system.gather(Layout())
    assert found["memory"] > 1 << 28 and found["os"]["kernel"]


def test_the_space_of_a_folder_that_is_yet_to_be_made(host):
    assert node_system.space(host.layout, "/var/lib/rancher/rke2/x/y") == node_system.space(host.layout, "/")


def test_the_latency_of_writes_is_measured_where_etcd_will_be(host):
    host.path("/var/lib").mkdir(parents=True)
    assert 0 < node_system.sync_latency(host.layout, rounds=10) < 5000
    assert list(host.path("/var/lib").iterdir()) == []


def test_a_slow_disk_is_not_measured_for_long(host, monkeypatch):
    monkeypatch.setattr(os, "fdatasync", lambda _number: time.sleep(0.05))
    began = time.monotonic()
    assert node_system.sync_latency(host.layout, limit=0.2) >= 50 and time.monotonic() - began < 2


@pytest.mark.parametrize(("text", "unmanaged"), [
    ("[keyfile]\nunmanaged-devices=interface-name:flannel*;interface-name:cali*;interface-name:cilium*\n", True),
    ("[keyfile]\nunmanaged-devices=interface-name:eth9\n", False), ("", False), ("#unmanaged-devices=interface-name:cali*\n", False),
])
def test_whether_network_manager_leaves_the_cnis_interfaces_alone(host, text, unmanaged):
    host.write("/etc/NetworkManager/conf.d/rke2-cni.conf", text)
    host.write("/etc/NetworkManager/conf.d/other.txt", "unmanaged-devices=interface-name:cali*\n")
    assert node_system.network_manager(host.layout, True) == {"active": True, "unmanaged_cni": unmanaged}
