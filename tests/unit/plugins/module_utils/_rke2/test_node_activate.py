# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A staged release put in place."""

from __future__ import annotations

import os

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_activate, node_files, node_stage, node_started

VERSION = "v1.35.4+rke2r1"


@pytest.fixture
def staged(host):
    """A host with a staged release."""
    source = host.tarball()
    node_stage.put(host.layout, VERSION, source.name, node_files.sha256(str(source)), str(source))
    return host


def test_all_files_differ_at_first_and_none_afterwards(staged):
    paths = node_activate.differing(staged.layout, VERSION, "/usr/local")
    assert len(paths) == 8 and paths[-1] == "bin/rke2"
    node_activate.activate(staged.layout, VERSION, "/usr/local", paths)
    assert node_activate.differing(staged.layout, VERSION, "/usr/local") == []
    assert node_started.version(staged.layout.binary()) == VERSION
    assert staged.path("/usr/local/lib/systemd/system/rke2-server.service").read_text("utf-8") == "ExecStart=/usr/local/bin/rke2 server\n"


def test_an_old_program_is_replaced_while_it_is_open(staged):
    staged.install("v1.34.1+rke2r1")
    with open(staged.path("/usr/local/bin/rke2"), encoding="utf-8") as running:
        node_activate.activate(staged.layout, VERSION, "/usr/local", node_activate.differing(staged.layout, VERSION, "/usr/local"))
        assert "v1.34.1" in running.read()
    assert node_started.version(staged.layout.binary()) == VERSION


def test_a_run_that_is_killed_before_the_program_is_in_place_goes_on(staged):
    paths = node_activate.differing(staged.layout, VERSION, "/usr/local")
    node_activate.activate(staged.layout, VERSION, "/usr/local", paths[:3])
    assert node_activate.differing(staged.layout, VERSION, "/usr/local") == paths[3:] and staged.layout.binary() is None


def test_another_prefix_is_written_into_units_as_by_the_releases_script(staged):
    node_activate.activate(staged.layout, VERSION, "/opt/rke2", node_activate.differing(staged.layout, VERSION, "/opt/rke2"))
    assert staged.path("/etc/systemd/system/rke2-agent.service").read_text("utf-8") == "ExecStart=/opt/rke2/bin/rke2 agent\n"
    assert staged.path("/opt/rke2/lib/systemd/system/rke2-agent.env").exists() and not staged.path("/opt/rke2/lib/systemd/system/rke2-agent.service").exists()
    assert "# /opt/rke2" in staged.path("/opt/rke2/bin/rke2-uninstall.sh").read_text("utf-8")
    assert node_activate.differing(staged.layout, VERSION, "/opt/rke2") == []


def test_what_was_changed_after_it_was_verified_is_not_used(staged):
    with open(node_stage.member(staged.layout, VERSION, "bin/rke2"), "a", encoding="utf-8") as handle:
        handle.write("evil\n")
    with pytest.raises(Refused, match="was changed since it was verified"):
        node_activate.activate(staged.layout, VERSION, "/usr/local", ["bin/rke2"])
    assert staged.layout.binary() is None


def test_what_is_installed_need_not_be_staged(host):
    host.install(VERSION)
    assert node_activate.differing(host.layout, VERSION, "/usr/local") == []
    assert node_activate.differing(host.layout, "v1.36.4+rke2r1", "/usr/local", foreseen=True) == ["bin/rke2"]
    with pytest.raises(Refused, match="is not staged on this node; run rke2_node with state=staged first"):
        node_activate.differing(host.layout, "v1.36.4+rke2r1", "/usr/local")


def test_the_prefix_is_where_rke2_is_or_where_it_can_be(host, monkeypatch):
    host.path("/usr/local").mkdir(parents=True)
    assert node_activate.choose_prefix(host.layout) == "/usr/local"
    monkeypatch.setattr(os.path, "ismount", lambda path: path.endswith("/usr/local"))
    assert node_activate.choose_prefix(host.layout) == "/opt/rke2"
    host.install()
    assert node_activate.choose_prefix(host.layout) == "/usr/local"


def test_a_read_only_prefix_is_left_alone(host, monkeypatch):
    host.path("/usr/local").mkdir(parents=True)

    class Found:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "statvfs", lambda _path: Found)
    assert node_activate.choose_prefix(host.layout) == "/opt/rke2"
