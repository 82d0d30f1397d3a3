# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot before an upgrade. RKE2's command is a script here; on whole hosts it is run in tests/rke2."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_service, node_snapshot, node_states

FOLDER = "/var/lib/rancher/rke2/server/db/snapshots"
SAVE = "#!/bin/sh\necho \"$@\" >> $UNIT_HOST/rke2.log\nmkdir -p {folder}\ntouch {folder}/$4-s1-1763827200\n"


@pytest.fixture
def server(host):
    """A server whose command takes snapshots."""
    host.write("/usr/local/bin/rke2", SAVE.format(folder=host.path(FOLDER)), 0o755)
    return host


def act(host, name, check=False):
    return node_states.STATES["snapshotted"](host.layout, {"node": {"snapshot": name}, "timeout": 60}, check)


def test_it_is_taken_once(server):
    assert act(server, "before-v1.36.4", check=True) == {"changed": True, "actions": ["take the snapshot before-v1.36.4"]}
    assert not server.path(FOLDER).exists()
    done = act(server, "before-v1.36.4")
    assert done["changed"] is True and done["snapshot"] == str(server.path(f"{FOLDER}/before-v1.36.4-s1-1763827200"))
    assert act(server, "before-v1.36.4") == {"changed": False, "actions": [], "snapshot": done["snapshot"]}
    assert (server.folder / "rke2.log").read_text("utf-8") == "etcd-snapshot save --name before-v1.36.4\n"


def test_where_a_site_keeps_its_snapshots(server):
    server.write("/etc/rancher/rke2/config.yaml", "etcd-snapshot-dir: /srv/snapshots\n")
    assert node_snapshot.folder(server.layout) == str(server.path("/srv/snapshots"))
    with pytest.raises(Refused, match=r"ended well, but there is no snapshot x in .*/srv/snapshots"):
        act(server, "x")


@pytest.mark.parametrize("name", ["", "-x", "a b", "x/y", "v1.36.4+rke2r1", "X"])
def test_names_that_are_none(server, name):
    with pytest.raises(Refused, match="is no name of a snapshot"):
        act(server, name)


def test_a_host_without_rke2_has_none(host):
    with pytest.raises(Refused, match="RKE2 isn't installed"):
        act(host, "x")


def test_a_snapshot_that_fails_is_told(server):
    server.write("/usr/local/bin/rke2", "#!/bin/sh\necho 'connection refused' >&2\nexit 1\n", 0o755)
    with pytest.raises(node_service.CommandError, match="etcd-snapshot save --name x» failed with 1: connection refused"):
        act(server, "x")
