# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that keeps the lab from running, each a sentence that says what to do."""
from __future__ import annotations

import os
import pathlib
import socket
import sys

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import preflight
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import OFFSETS, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

DEBIAN = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}
WHEEL = Recipe("openbao", "wheel", "2.7.2", "openbao-1", "", {})
BUILD = Recipe("kubernetes", "go", "1.35.4", "kubernetes-1", "", {})


def test_a_fitting_machine_has_no_fault() -> None:
    assert preflight.machine(0, "Linux", DEBIAN, "x86_64", True) == []


def test_another_system_needs_no_more_words() -> None:
    (fault,) = preflight.machine(501, "Darwin", {}, "arm64", False)
    assert "runs Darwin" in fault and "need Linux" in fault


def test_all_faults_of_the_machine_at_once() -> None:
    faults = preflight.machine(1000, "Linux", {"ID": "fedora", "PRETTY_NAME": "Fedora 43"}, "aarch64", False)
    assert len(faults) == 3
    assert "run it as root" in faults[0]
    assert "«Fedora 43»" in faults[1] and "Debian 12 or newer" in faults[1]
    assert "aarch64" in faults[2]


def test_a_machine_that_does_not_say_what_it_is() -> None:
    (fault,) = preflight.machine(0, "Linux", {}, "x86_64", False)
    assert "«unknown»" in fault


def test_room_is_asked_for_once_a_folder_with_the_largest_need(tmp_path: pathlib.Path) -> None:
    folders = {str(tmp_path / "a/b"): 1.5, str(tmp_path / "c"): 6.0}
    (fault,) = preflight.room(folders, lambda _path: 2.0)
    assert fault.startswith(f"{tmp_path} has 2.0 GB free and the lab needs 6 GB there")
    assert "LAB_CACHE" in fault
    assert preflight.room(folders, lambda _path: 6.0) == []


MEMINFO = "MemTotal:       8000000 kB\nMemAvailable:   1500000 kB\n"


def test_memory_is_asked_for_by_what_has_yet_to_start(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout("unit", str(tmp_path), 20000)
    (fault,) = preflight.memory(layout, ["openbao", "keycloak"], MEMINFO)
    assert fault.startswith("1.5 GB of memory are free, and the lab's servers need 2 GB")
    assert "lab_servers" in fault
    assert preflight.memory(layout, ["openbao"], MEMINFO) == []
    monkeypatch.setattr(preflight.processes, "members", lambda _state: [7])
    assert preflight.memory(layout, ["openbao", "keycloak"], MEMINFO) == []


def test_a_machine_that_tells_nothing_of_its_memory_is_taken_as_it_is(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError

    monkeypatch.setattr("builtins.open", refuse)
    assert preflight.memory(Layout("unit", str(tmp_path), 20000), ["keycloak"]) == []


def test_the_nearest_folder_that_exists(tmp_path: pathlib.Path) -> None:
    assert preflight.existing(str(tmp_path / "a/b/c")) == str(tmp_path)
    assert preflight.existing("/no/such") == "/"


def test_free_space_is_a_number() -> None:
    assert preflight.free_gb("/") > 0


def test_a_taken_port_names_its_holder_and_the_way_out(tmp_path: pathlib.Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        layout = Layout("unit", str(tmp_path), taken.getsockname()[1] - 200)
        (fault,) = preflight.ports(layout, ["openbao"])
    assert fault.startswith(f"These ports are taken: {layout.port('openbao')} (openbao) by process {os.getpid()} (")
    assert '«make demo ARGS="-e lab_port_base=NUMBER"»' in fault


def test_several_taken_ports_are_one_fault(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.processes, "listening", lambda _address, ports: dict.fromkeys(ports, "1"))
    monkeypatch.setattr(preflight.processes, "holders", lambda _inodes: {})
    (fault,) = preflight.ports(Layout("unit", str(tmp_path), 20000), ["s3", "registry"])
    assert "20500 (registry)" in fault and "20900 (s3)" in fault


def test_a_free_port_is_no_fault(tmp_path: pathlib.Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert preflight.ports(Layout("unit", str(tmp_path), port - 200), ["openbao"]) == []


def test_our_own_servers_ports_are_no_fault(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(preflight.processes, "belongs", lambda pid, state: pid == os.getpid() and state == str(tmp_path))
        assert preflight.ports(Layout("unit", str(tmp_path), taken.getsockname()[1] - 200), ["openbao"]) == []


def test_a_holder_that_may_not_be_seen(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.processes, "listening", lambda _address, ports: dict.fromkeys(ports, "1"))
    monkeypatch.setattr(preflight.processes, "holders", lambda _inodes: {})
    (fault,) = preflight.ports(Layout("unit", str(tmp_path), 20000), ["s3"])
    assert "a process that this user may not see" in fault


def test_ports_of_outgoing_connections_are_refused() -> None:
    (fault,) = preflight.outgoing(Layout("unit", "/srv/unit", 41000), ["s3", "registry"], "32768\t60999\n")
    assert "lab_port_base 41000" in fault and "(41500 …)" in fault and "at most 31768" in fault
    assert preflight.outgoing(Layout("unit", "/srv/unit", 31000), ["s3"], "32768\t60999\n") == []
    assert preflight.outgoing(Layout("unit", "/srv/unit", 41000), [], "32768\t60999\n") == []


def test_the_labs_own_instances_stay_clear_of_them() -> None:
    for base in (18000, 21000, 23000, 25000, 26000, 28000):
        assert preflight.outgoing(Layout("unit", "/srv/unit", base), list(OFFSETS), "32768\t60999\n") == []


def test_the_interpreter_of_the_tests_is_complete() -> None:
    assert preflight.python() == []


def test_a_missing_python_module_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: None if name in ("cryptography", "pip") else object())
    first, second = preflight.python()
    assert "pip install cryptography" in first
    assert "python3-pip" in second


def test_os_release(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "os-release"
    place.write_text('ID=debian\nVERSION_ID="12"\n\n# x\n')
    assert preflight.os_release(str(place)) == {"ID": "debian", "VERSION_ID": "12"}
    assert preflight.os_release(str(tmp_path / "none")) == {}


def test_missing_tools_of_a_real_node() -> None:
    (fault,) = preflight.tools(("sh", "no-such-tool"))
    assert "«no-such-tool»" in fault and "iproute2" in fault


@pytest.fixture
def fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a fault of its own, whatever runs the tests."""
    monkeypatch.setattr(preflight, "machine", lambda *_args: [])
    monkeypatch.setattr(preflight, "python", list)
    monkeypatch.setattr(preflight, "ports", lambda *_args: [])
    monkeypatch.setattr(preflight, "memory", lambda *_args: [])


def needs(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Makes the check note how much room it asks for."""
    asked: dict[str, float] = {}
    monkeypatch.setattr(preflight, "room", lambda folders, _free: asked.update(folders) or [])
    return asked


@pytest.mark.parametrize(("lacking", "need"), [([], preflight.ROOM_RUN), ([WHEEL], preflight.ROOM_FETCH), ([WHEEL, BUILD], preflight.ROOM_BUILD)])
def test_room_follows_what_has_to_be_obtained(fitting: None, monkeypatch: pytest.MonkeyPatch, lacking: list[Recipe], need: float) -> None:
    asked = needs(monkeypatch)
    monkeypatch.setenv("GOCACHE", "/go-cache")
    assert preflight.check(Layout("unit", "/srv/unit", 20000), "/cache", "build", [], lacking) == []
    assert asked["/cache"] == need
    assert ("/go-cache" in asked) == (BUILD in lacking)


def test_a_cluster_that_kubeconfig_does_not_name(fitting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(monkeypatch)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    (fault,) = preflight.check(Layout("unit", "/srv/unit", 20000), "/cache", "kubeconfig", [], [])
    assert "KUBECONFIG names no file" in fault
    monkeypatch.setenv("KUBECONFIG", sys.executable)
    assert preflight.check(Layout("unit", "/srv/unit", 20000), "/cache", "kubeconfig", [], []) == []


@pytest.mark.parametrize("kind", ["kind", "k3d"])
def test_kind_and_k3d_need_their_programs(fitting: None, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    needs(monkeypatch)
    monkeypatch.setenv("PATH", "/nowhere")
    faults = preflight.check(Layout("unit", "/srv/unit", 20000), "/cache", kind, [], [])
    assert len(faults) == 2
    assert "«docker»" in faults[0] and f"«{kind}»" in faults[1] and "lab_kubernetes=build" in faults[1]


def test_settings_and_machine_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "machine", lambda *_args: ["the machine."])
    monkeypatch.setattr(preflight, "python", lambda: ["the interpreter."])
    monkeypatch.setattr(preflight, "room", lambda *_args: ["the disk."])
    monkeypatch.setattr(preflight, "ports", lambda *_args: ["a port."])
    monkeypatch.setattr(preflight, "memory", lambda *_args: ["the memory."])
    monkeypatch.setattr(preflight, "outgoing", lambda *_args: [])
    faults = preflight.check(Layout("a b", "/srv/unit", 20000), "/cache", "build", [], [])
    assert len(faults) == 6
