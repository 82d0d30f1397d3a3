# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real processes, started and ended by the tests."""
from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import processes


def settled(pid: int) -> None:
    """Waits until a new process shows its own arguments: on a busy machine that is a moment after its start."""
    deadline = time.monotonic() + 10
    while not processes.command(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path: pathlib.Path) -> t.Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a server of an instance: its program is called «bao», it works in the instance's directory."""
    (tmp_path / "state").mkdir()
    shutil.copy(shutil.which("sleep") or "/bin/sleep", tmp_path / "bao")
    process = subprocess.Popen([tmp_path / "bao", "60"], cwd=tmp_path / "state")
    settled(process.pid)
    yield process
    process.kill()
    process.wait()


def state(tmp_path: pathlib.Path) -> str:
    """Returns the instance's directory."""
    return os.path.realpath(tmp_path / "state")


def test_a_server_in_the_directory_belongs(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    assert processes.belongs(server.pid, state(tmp_path))
    assert processes.members(state(tmp_path)) == [server.pid]


def test_it_belongs_to_no_other_instance_with_a_similar_name(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    assert not processes.belongs(server.pid, state(tmp_path)[:-1])
    assert not processes.belongs(server.pid, state(tmp_path) + "2")


def test_a_persons_shell_in_the_directory_does_not_belong(tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").mkdir()
    with subprocess.Popen(["/bin/sleep", "60"], cwd=tmp_path / "state") as process:
        assert not processes.belongs(process.pid, state(tmp_path))
        assert processes.end(state(tmp_path), grace=1) == []
        assert process.poll() is None
        process.kill()


def test_a_supervisor_belongs_by_its_configuration(tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").mkdir()
    command = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)", f"{state(tmp_path)}/supervisord.conf"]
    with subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert processes.belongs(process.pid, state(tmp_path))
        process.kill()


def test_it_is_recognised_when_its_directory_is_gone(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    where = state(tmp_path)
    os.rmdir(where)
    assert processes.members(where) == [server.pid]


def test_end_ends_it(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    # a zombie until its parent, this test, has asked for it: that is no member any more
    assert processes.end(state(tmp_path), grace=5) == [server.pid]
    assert server.wait(5) == -15
    assert processes.members(state(tmp_path)) == []


def test_one_that_ignores_the_polite_signal_is_killed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").mkdir()
    shutil.copy("/bin/bash", tmp_path / "vault")
    with subprocess.Popen([tmp_path / "vault", "-c", "trap '' TERM; echo up; while :; do read -t 1 _ || :; done"], cwd=tmp_path / "state",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert processes.end(state(tmp_path), grace=0.3) == [process.pid]
        assert process.wait(5) == -9


def test_waiting_says_whether_they_went(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    assert not processes.wait_gone(state(tmp_path), 0.2)
    assert processes.wait_gone(state(tmp_path) + "2", 0.2)


def test_command_of_a_process(server: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    assert processes.command(server.pid) == [str(tmp_path / "bao"), "60"]
    assert processes.command(2**22 + 1) == []


@pytest.fixture
def listener() -> t.Iterator[socket.socket]:
    """A listening socket on loopback."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        found.listen()
        yield found


def test_a_port_that_is_listened_on_has_a_holder(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    taken = processes.listening("127.0.0.1", {port, 1})
    assert set(taken) == {port}
    assert processes.holders(set(taken.values())) == {taken[port]: os.getpid()}


def test_a_socket_on_all_addresses_takes_the_port_as_well() -> None:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        with socket.socket(family) as found:
            found.bind((address, 0))
            found.listen()
            assert found.getsockname()[1] in processes.listening("127.0.0.1", {found.getsockname()[1]})


def test_another_loopback_address_does_not(listener: socket.socket) -> None:
    assert processes.listening("127.0.0.9", {listener.getsockname()[1]}) == {}


def test_a_bound_but_silent_socket_does_not() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        assert processes.listening("127.0.0.1", {found.getsockname()[1]}) == {}
