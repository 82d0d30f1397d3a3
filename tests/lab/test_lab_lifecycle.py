# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The life of a lab instance: sealed at first, idempotent, repaired, restarted only for a reason, gone without a trace."""
from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import socket
import time
import typing as t

import pytest

from tests.lab.instance import Lab, reserved

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300, func_only=True)]
SERVERS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "openbao", "postgres", "registry", "s3"}


@pytest.fixture(scope="module")
def cycle() -> t.Iterator[Lab]:
    """An instance of its own, without Keycloak, whose many starts would take long: test_lab_keycloak.py has its life."""
    with reserved("cycle", lab_servers=["openbao", "postgres", "registry", "s3"], lab_nodes=1) as found:
        found.playbook(lab_state="absent")
        predicted = found.playbook("--check", "-v")
        assert predicted.changed and not found.state_dir.exists()
        done = found.playbook("-v")
        assert plan(predicted.output) == plan(done.output) != []
        yield found
        found.playbook(lab_state="absent")


def plan(output: str) -> list[str]:
    """Returns the plan in the output of a run with -v, in its own words."""
    return re.findall(r"^\s+-   action: .*\n\s+object: .*\n(?:\s+reason: .*\n)?", output, re.MULTILINE)


def members(lab: Lab) -> list[str]:
    """Returns the arguments of every process that works in the instance's directory or names it."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if entry.name != str(os.getpid()) and (os.readlink(entry / "cwd").startswith(str(lab.state_dir)) or str(lab.state_dir) in words):
                found.append(words)
        except OSError:
            continue
    return found


def test_openbao_is_sealed_and_uninitialised_at_first(cycle: Lab) -> None:
    answer = json.loads(cycle.get(f"{cycle.vault_addr}/v1/sys/seal-status")[1])
    assert answer["sealed"] and not answer["initialized"]


def test_there_are_as_many_fake_nodes_as_asked_for(cycle: Lab) -> None:
    assert cycle.kubectl("get", "nodes", "-o", "name").split() == ["node/lab-node-1"]


def test_second_run_changes_nothing_and_restarts_nothing(cycle: Lab) -> None:
    before = cycle.processes()
    assert set(before) == SERVERS
    files = {path: path.stat().st_mtime_ns for path in cycle.state_dir.glob("*/*") if path.parent.name in ("config", "credentials", "pki", "bin")}
    assert cycle.playbook().changed == 0
    assert cycle.playbook("--check", "--diff").changed == 0
    assert cycle.processes() == before
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in files.items())


def test_drift_of_a_configuration_restarts_that_program_only_and_says_why(cycle: Lab) -> None:
    before = cycle.processes()
    (cycle.state_dir / "config/registry.json").write_text("{}")
    predicted = cycle.playbook("--check", "-v").output
    assert "registry.json: content differs" in predicted and cycle.processes() == before
    run = cycle.playbook("-v")
    assert "registry.json: content differs" in run.output
    after = cycle.processes()
    assert {name for name in SERVERS if after[name] != before[name]} == {"registry"}


def test_a_run_killed_between_the_file_and_the_restart_is_finished_by_the_next(cycle: Lab) -> None:
    before = cycle.processes()
    (cycle.state_dir / "pending/s3").write_text("s3.env: content differs\n")
    assert "s3.env: content differs" in cycle.playbook("-v").output
    after = cycle.processes()
    assert {name for name in SERVERS if after[name] != before[name]} == {"s3"}
    assert not list((cycle.state_dir / "pending").iterdir())


def test_a_certificate_of_another_authority_is_replaced(cycle: Lab) -> None:
    before = cycle.processes()
    cycle.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=registry", "-days", "90",
              "-keyout", str(cycle.state_dir / "pki/registry.key"), "-out", str(cycle.state_dir / "pki/registry.crt"))
    assert "certificate registry: not issued by the lab" in cycle.playbook("-v").output
    after = cycle.processes()
    assert {name for name in SERVERS if after[name] != before[name]} == {"registry"}
    assert cycle.get(f"{cycle.url('registry')}/v2/")[0] == 401


def test_a_killed_server_comes_back(cycle: Lab) -> None:
    """And of all repairs above nothing is left to do."""
    pid = cycle.processes()["openbao"][0]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while cycle.processes().get("openbao", (pid, 0))[0] == pid and time.monotonic() < deadline:
        time.sleep(0.2)
    assert cycle.playbook().changed == 0
    assert cycle.get(f"{cycle.vault_addr}/v1/sys/seal-status")[0] == 200


def test_a_killed_supervisor_is_replaced_and_its_servers_taken_over(cycle: Lab) -> None:
    os.kill(cycle.supervisor_pid(), signal.SIGKILL)
    run = cycle.playbook("-v")
    assert "it left behind are ended first" in run.output
    assert set(cycle.processes()) == SERVERS
    secret = json.loads(cycle.kubectl("-n", "lab", "get", "secret", "postgres-openbao", "-o", "json"))
    assert set(secret["data"]) == {"username", "password"}


def test_the_reset_gives_openbao_an_empty_disk(cycle: Lab) -> None:
    """That is no drift, and neither are servers that another supervisor runs now."""
    (cycle.state_dir / "openbao/left").write_text("x")
    cycle.run(str(cycle.state_dir / "bin/reset-openbao"))
    assert not (cycle.state_dir / "openbao/left").exists()
    assert cycle.playbook().changed == 0


def test_no_secret_is_shown(cycle: Lab) -> None:
    secrets = [value for system in ("postgres", "postgres-openbao", "registry") for value in [cycle.credentials(system)["password"]]]
    secrets += [cycle.credentials("s3")["secret_key"], (cycle.state_dir / "credentials/bootstrap-passphrase").read_text().strip()]
    (cycle.state_dir / "config/registry.htpasswd").unlink()
    shown = cycle.playbook("-vvv", "--diff").output
    shown += "".join(path.read_text(errors="replace") for path in cycle.state_dir.glob("log/*"))
    shown += "".join(path.read_bytes().decode(errors="replace") for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    assert [secret[:3] for secret in secrets if secret in shown] == []


def test_stopped_leaves_no_process_and_started_brings_the_same_back(cycle: Lab) -> None:
    login = cycle.credentials("postgres")
    cycle.playbook(lab_state="stopped")
    assert members(cycle) == [] and cycle.state_dir.is_dir()
    assert cycle.playbook(lab_state="stopped").changed == 0
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", cycle.port_base + 500))
    taken.listen()
    refused = cycle.playbook(check=False)
    taken.close()
    assert refused.rc and f"{cycle.port_base + 500} (registry) by process {os.getpid()}" in refused.output
    assert "lab_port_base" in refused.output and members(cycle) == []
    cycle.playbook()
    assert cycle.credentials("postgres") == login and set(cycle.processes()) == SERVERS


def test_absent_leaves_no_process_and_no_file(cycle: Lab) -> None:
    run = cycle.playbook("-v", lab_state="absent")
    assert str(cycle.state_dir) in run.output
    assert members(cycle) == [] and not cycle.state_dir.exists()
    assert cycle.playbook(lab_state="absent").changed == 0


def test_a_directory_of_somebody_else_is_not_removed(cycle: Lab, tmp_path: pathlib.Path) -> None:
    (tmp_path / "theirs").write_text("x")
    other = Lab("cycle", cycle.port_base, pathlib.Path(os.path.realpath(tmp_path)))
    if len(str(other.state_dir)) > 75:
        pytest.skip("the temporary directory's path is too long for a state directory")
    refused = other.playbook(check=False, lab_state="absent")
    assert refused.rc and "the lab did not make it and will not remove it" in refused.output
    assert (tmp_path / "theirs").exists()


def test_all_faults_of_the_settings_come_at_once(cycle: Lab) -> None:
    refused = cycle.playbook(check=False, lab_port_base=80, lab_name="a b", lab_state_dir="/var/lib")
    assert refused.rc
    for words in ("lab_port_base is 80", "lab_name is «a b»", "lab_state_dir is «/var/lib»"):
        assert words in refused.output
