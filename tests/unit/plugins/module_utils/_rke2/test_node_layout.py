# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Paths of a node."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout


def test_paths_are_the_hosts_own_unless_it_is_a_folder():
    assert Layout().at("/etc/rancher/rke2/config.yaml") == "/etc/rancher/rke2/config.yaml"
    assert Layout("/x").at("/etc/rancher/rke2/config.yaml") == "/x/etc/rancher/rke2/config.yaml"
    assert Layout("/x").data("server", "token") == "/x/var/lib/rancher/rke2/server/token"
    assert Layout("/x").own("started.json") == "/x/var/lib/rancher/rke2-platform/started.json"


def test_what_is_ours_does_not_lie_where_rke2_removes_everything():
    assert not node_layout.OWN.startswith(node_layout.DATA + "/")


def test_configuration_files_come_in_the_order_in_which_rke2_reads_them(host):
    assert host.layout.config_files() == ["/etc/rancher/rke2/config.yaml"]
    for name in ("b.yaml", "a.yml", "c.txt"):
        host.write(f"/etc/rancher/rke2/config.yaml.d/{name}", "")
    folder = "/etc/rancher/rke2/config.yaml.d"
    assert host.layout.config_files() == ["/etc/rancher/rke2/config.yaml", f"{folder}/a.yml", f"{folder}/b.yaml"]


@pytest.mark.parametrize("prefix", node_layout.PREFIXES)
def test_rke2_is_found_wherever_it_may_be(host, prefix):
    assert (host.layout.prefix(), host.layout.binary()) == (None, None)
    host.install(prefix=prefix)
    assert (host.layout.prefix(), host.layout.binary()) == (prefix, str(host.path(f"{prefix}/bin/rke2")))


def test_names_of_unit_and_tarball():
    assert (node_layout.unit("agent"), node_layout.tarball("arm64")) == ("rke2-agent", "rke2.linux-arm64.tar.gz")


@pytest.mark.parametrize("path", ["/etc/rancher/rke2/registries.yaml", "/var/lib/rancher/rke2/server/manifests/x.yaml", "/etc/default/rke2-server",
                                  "/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/50-site.conf"])
def test_files_that_may_be_written(path):
    assert node_layout.file_faults([path]) == []


@pytest.mark.parametrize(("path", "told"), [
    ("/etc/passwd", "must lie in"), ("/etc/rancher/rke2/../../passwd", "must lie in"), ("etc/rancher/rke2/x", "must lie in"), ("/etc/default/other",
                                                                                                                               "must lie in"),
    ("/etc/rancher/rke2/config.yaml", "made of config and secrets"), ("/etc/rancher/rke2/config.yaml.d/90-secrets.yaml", "made of config and secrets"),
])
def test_files_that_may_not_be_written(path, told):
    assert [told in fault for fault in node_layout.file_faults([path])] == [True]
