# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a real node needs of the machine. That it works, and that nothing of it stays, is shown on a real one (tests/lab/test_lab_node.py)."""
from __future__ import annotations

import os
import pathlib
import stat
import subprocess

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import nodehost
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout

LAYOUT = Layout("node", "/state", 23000, "10.99.0.1")
MOUNTS = """tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup /elsewhere/pids cgroup rw,pids 0 0
"""


def test_version_1_hierarchies_at_their_usual_place_only() -> None:
    assert nodehost.hierarchies(MOUNTS) == ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory"]
    assert nodehost.hierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n") == []


def test_an_interfaces_name_fits() -> None:
    for name in ("node", "a" * 40):
        outside, inside = nodehost.interfaces(Layout(name, "/state", 23000))
        assert len(outside) <= 15
        assert inside == "eth0"


def test_the_default_route_is_made_last() -> None:
    """By it a complete namespace is told from one that a killed run left."""
    commands = nodehost.commands(LAYOUT)
    assert commands[0][:3] == ["ip", "netns", "add"]
    assert commands[-1][-4:] == ["add", "default", "via", nodehost.GATEWAY]


@pytest.fixture
def machine(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Hierarchies made of plain folders, and programs that note how they are called."""
    root = tmp_path / "cgroup"
    for name in ("cpu", "cpuset"):
        (root / name).mkdir(parents=True)
    monkeypatch.setattr(nodehost, "CGROUPS", str(root))
    (tmp_path / "mounts").write_text("".join(f"cgroup {root / name} cgroup rw 0 0\n" for name in ("cpu", "cpuset")))
    monkeypatch.setattr(nodehost, "MOUNTS", str(tmp_path / "mounts"))
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("ip", "ctr"):
        place = tools / name
        place.write_text(f"#!/bin/sh\necho \"{name} $*\" >> {tmp_path}/calls\n[ -e {tmp_path}/{name} ] && . {tmp_path}/{name}\nexit 0\n")
        place.chmod(place.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return tmp_path


def calls(machine: pathlib.Path) -> list[str]:
    """Returns the calls that were made."""
    return (machine / "calls").read_text().splitlines()


def test_cgroups_are_made_once_in_every_hierarchy(machine: pathlib.Path) -> None:
    assert nodehost.make_cgroups(LAYOUT) is True
    assert all((machine / "cgroup" / name / "unifiedmeta-node").is_dir() for name in ("cpu", "cpuset"))
    assert nodehost.make_cgroups(LAYOUT) is False


def test_a_machine_without_version_1_is_refused(machine: pathlib.Path) -> None:
    (machine / "mounts").write_text("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")
    with pytest.raises(LabError, match="needs cgroup version 1"):
        nodehost.make_cgroups(LAYOUT)


def test_contained_processes_at_any_depth(machine: pathlib.Path) -> None:
    deep = machine / "cgroup/cpu/unifiedmeta-node/pod/container"
    deep.mkdir(parents=True)
    (deep / "cgroup.procs").write_text("41\n42\n")
    assert nodehost.contained(LAYOUT) == {41, 42}


def test_what_runs_in_them_is_ended_and_they_are_removed(machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = machine / "cgroup/cpu/unifiedmeta-node/pod"
    deep.mkdir(parents=True)
    real = os.rmdir
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        (deep / "cgroup.procs").write_text(f"{process.pid}\n")

        def rmdir(path: str) -> None:
            """A cgroup goes once its processes have ended; a plain folder keeps its file."""
            if process.poll() is not None:
                pathlib.Path(path, "cgroup.procs").unlink(missing_ok=True)
            real(path)

        monkeypatch.setattr(os, "rmdir", rmdir)
        nodehost.remove_cgroups(LAYOUT)
        assert process.wait(5) == -9
    assert nodehost.leftovers(LAYOUT) == []


def test_leftovers_are_named(machine: pathlib.Path) -> None:
    nodehost.make_cgroups(LAYOUT)
    assert nodehost.leftovers(LAYOUT) == [str(machine / "cgroup" / name / "unifiedmeta-node") for name in ("cpu", "cpuset")]


def test_a_half_made_network_is_removed_before_it_is_made(machine: pathlib.Path) -> None:
    nodehost.make_network(LAYOUT)
    assert calls(machine)[:3] == ["ip link del um-node0", "ip netns del unifiedmeta-node", "ip netns add unifiedmeta-node"]
    assert len(calls(machine)) == 2 + len(nodehost.commands(LAYOUT))


def test_a_network_that_cannot_be_made_is_a_sentence(machine: pathlib.Path) -> None:
    (machine / "ip").write_text('[ "$2" = add ] && { echo "Operation not permitted" >&2; exit 1; }\n')
    with pytest.raises(LabError, match=r"«ip netns add unifiedmeta-node» failed: Operation not permitted\. A real node needs the right"):
        nodehost.make_network(LAYOUT)


@pytest.mark.parametrize(("said", "there"), [("default via 10.99.0.254 dev eth0", True), ("", False), ("default via 10.0.0.1 dev eth0", False)])
def test_a_network_is_there_when_its_route_is(machine: pathlib.Path, said: str, there: bool) -> None:
    (machine / "ip").write_text(f"echo '{said}'\n")
    assert nodehost.network_exists(LAYOUT) is there


def test_missing_images_are_made_and_imported(machine: pathlib.Path) -> None:
    layout = Layout("node", str(machine / "state"), 23000)
    os.makedirs(layout.path("node"))
    for name in ("pause", "bao"):
        (machine / name).write_text("program")
    (machine / "ctr").write_text(f'case "$*" in *"images list"*) echo {nodehost.PAUSE};; *import*) cp "${{7}}" {machine}/imported;; esac\n')
    tools = {"containerd": str(machine / "tools"), "pause": str(machine), "openbao": str(machine)}
    assert nodehost.load_images(layout, tools) == [nodehost.OPENBAO]
    assert (machine / "imported").stat().st_size > 0
    assert os.listdir(layout.path("node")) == []


def test_a_refused_image_is_a_sentence(machine: pathlib.Path) -> None:
    layout = Layout("node", str(machine / "state"), 23000)
    os.makedirs(layout.path("node"))
    for name in ("pause", "bao"):
        (machine / name).write_text("program")
    (machine / "ctr").write_text('case "$*" in *import*) echo "no space left" >&2; exit 1;; esac\n')
    tools = {"containerd": str(machine / "tools"), "pause": str(machine), "openbao": str(machine)}
    with pytest.raises(LabError, match="containerd refused the image localhost/pause:1: no space left"):
        nodehost.load_images(layout, tools)
