# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which version follows which, and which step is refused."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import versions

IN_ORDER = [
    "v1.34.9+rke2r1",
    "v1.35.0-rc1+rke2r1",
    "v1.35.0-rc2+rke2r1",
    "v1.35.0+rke2r1",
    "v1.35.0+rke2r2",
    "v1.35.4+rke2r1",
    "v1.35.10+rke2r1",
    "v1.36.0+rke2r1",
]


def test_they_sort():
    assert sorted(sorted(IN_ORDER), key=versions.parse) == IN_ORDER


@pytest.mark.parametrize("text", ["", "1.35.4+rke2r1", "v1.35.4", "v1.35+rke2r1", "v1.35.4+k3s1", "latest", "v1.35.4+rke2r1 ", None])
def test_what_is_none(text):
    with pytest.raises(ValueError, match="is no version of RKE2; they look like v1.35.4"):
        versions.parse(text)


def test_minor_and_newer():
    assert versions.minor("v1.35.4+rke2r1") == (1, 35)
    assert versions.newer("v1.35.10+rke2r1", "v1.35.4+rke2r1") and not versions.newer("v1.35.4+rke2r1", "v1.35.4+rke2r1")


@pytest.mark.parametrize(
    ("current", "target"),
    [("v1.35.4+rke2r1", "v1.35.4+rke2r1"), ("v1.35.4+rke2r1", "v1.35.5+rke2r1"), ("v1.35.4+rke2r1", "v1.36.0+rke2r1"), ("v1.35.5+rke2r1", "v1.35.4+rke2r1")],
)
def test_what_may_be(current, target):
    assert versions.fault(current, target) is None


@pytest.mark.parametrize(
    ("current", "target", "said"),
    [
        ("v1.34.4+rke2r1", "v1.36.0+rke2r1", "skips a minor version; set rke2_version to a v1.35 release first"),
        ("v1.30.4+rke2r1", "v1.36.0+rke2r1", "set rke2_version to a v1.31 release first"),
        ("v1.36.0+rke2r1", "v1.35.9+rke2r1", "a minor version down; the datastore can't be read by an older minor: restore a snapshot"),
        ("v1.36.0+rke2r1", "v2.0.0+rke2r1", "another major version"),
    ],
)
def test_what_is_refused(current, target, said):
    assert said in versions.fault(current, target)


@pytest.mark.parametrize(
    ("node", "server", "said"),
    [
        ("v1.36.0+rke2r1", "v1.35.9+rke2r1", "newer than the server's v1.35.9+rke2r1; upgrade the servers first"),
        ("v1.31.0+rke2r1", "v1.35.9+rke2r1", "more than 3 minor versions older"),
    ],
)
def test_kubelets_that_may_not_be(node, server, said):
    assert said in versions.kubelet_fault(node, server)


@pytest.mark.parametrize("node", ["v1.32.0+rke2r1", "v1.35.0+rke2r1", "v1.35.9+rke2r2"])
def test_kubelets_that_may_be(node):
    assert versions.kubelet_fault(node, "v1.35.9+rke2r1") is None
