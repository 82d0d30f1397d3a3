# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control plane's programs, as data."""
from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import kubernetes
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program

LAYOUT = Layout("unit", "/state", 20000)
TOOLS = {"kubernetes": "/cache/kubernetes", "kwok": "/cache/kwok"}


@pytest.fixture
def programs() -> dict[str, Program]:
    """The programs by name."""
    return {program.name: program for program in kubernetes.programs(LAYOUT, TOOLS)}


def option(program: Program, name: str) -> str:
    """Returns the value of an option of a program; it must be there once."""
    (value,) = [word.split("=", 1)[1] for word in program.argv if word.startswith(f"--{name}=")]
    return value


def test_the_programs_and_their_waves(programs: dict[str, Program]) -> None:
    waves = {name: program.wave for name, program in programs.items()}
    assert waves == {"etcd": 1, "kube-apiserver": 2, "kube-controller-manager": 3, "kube-scheduler": 3, "kwok": 3}


def test_without_kwok_there_are_no_fake_kubelets() -> None:
    assert "kwok" not in [program.name for program in kubernetes.programs(LAYOUT, {"kubernetes": "/cache/kubernetes"})]


def test_each_is_called_by_its_own_name(programs: dict[str, Program]) -> None:
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        assert programs[name].argv[0] == f"/cache/kubernetes/{name}"


def test_etcd_speaks_tls_only_and_asks_for_certificates(programs: dict[str, Program]) -> None:
    etcd = programs["etcd"]
    assert option(etcd, "listen-client-urls") == "https://127.0.0.1:20379"
    assert option(etcd, "listen-peer-urls") == "https://127.0.0.1:20380"
    assert option(etcd, "client-cert-auth") == option(etcd, "peer-client-cert-auth") == "true"
    assert not any("http://" in word for word in etcd.argv)


def test_etcd_trusts_its_own_authority_only(programs: dict[str, Program]) -> None:
    etcd = programs["etcd"]
    assert option(etcd, "trusted-ca-file") == option(etcd, "peer-trusted-ca-file") == "/state/pki/etcd-ca.crt"
    assert option(programs["kube-apiserver"], "etcd-cafile") == "/state/pki/etcd-ca.crt"
    signed = {leaf.name for program in programs.values() for leaf in program.leaves if leaf.authority == "etcd-ca"}
    assert signed == {"etcd", "etcd-client"}


def test_who_only_serves_can_not_call_and_who_only_calls_can_not_serve(programs: dict[str, Program]) -> None:
    usage = {leaf.name: leaf.usage for program in programs.values() for leaf in program.leaves}
    usage.update({leaf.name: leaf.usage for leaf in kubernetes.client_leaves(LAYOUT)})
    assert usage["kube-apiserver"] == "server"
    assert {usage[name] for name in ("etcd-client", "front-proxy", "kubelet-client", "kwok", "admin", "ready")} == {"client"}


def test_the_api_server_has_rbac_audit_and_an_issuer(programs: dict[str, Program]) -> None:
    api = programs["kube-apiserver"]
    assert option(api, "authorization-mode") == "Node,RBAC"
    assert option(api, "service-account-issuer") == "https://kubernetes.default.svc.cluster.local"
    assert option(api, "audit-log-path") == "/state/audit/kubernetes.log"
    assert option(api, "bind-address") == "127.0.0.1"
    assert option(api, "secure-port") == "20443"


def test_a_loopback_address_stays_out_of_the_services_endpoints(programs: dict[str, Program]) -> None:
    assert option(programs["kube-apiserver"], "endpoint-reconciler-type") == "none"
    api = kubernetes.programs(Layout("node", "/state", 20000, "10.99.0.1"), TOOLS)[1]
    assert option(api, "endpoint-reconciler-type") == "lease"


def test_the_api_servers_certificate_holds_all_its_names(programs: dict[str, Program]) -> None:
    names = programs["kube-apiserver"].leaves[0].names
    assert {"localhost", "127.0.0.1", "kubernetes.default.svc", "10.96.0.1"} <= set(names)
    assert list(names) == sorted(names)


def test_no_option_is_given_twice(programs: dict[str, Program]) -> None:
    for program in programs.values():
        names = [word.split("=")[0] for word in program.argv if word.startswith("--") and not word.startswith("--config")]
        assert len(names) == len(set(names)), program.name


def test_every_file_named_on_a_command_line_is_made_by_the_lab(programs: dict[str, Program]) -> None:
    leaves = {leaf.name for program in programs.values() for leaf in program.leaves}
    files = {file.path for program in programs.values() for file in program.files}
    for program in programs.values():
        for word in program.argv:
            value = word.split("=", 1)[-1]
            if value.startswith("/state/pki/") and not value.endswith(("/sa.pub", "/sa.key", "/ca.key", "/etcd-ca.crt")):
                assert value.rsplit("/", 1)[1].rsplit(".", 1)[0] in leaves, word
            if value.startswith("/state/config/"):
                assert value in files, word


def test_the_audit_policy_logs_no_bodies_and_no_noise() -> None:
    levels = [rule["level"] for rule in kubernetes.AUDIT_POLICY["rules"]]
    assert levels[-1] == "Metadata"
    assert set(levels) == {"None", "Metadata"}
    assert "lab:ready" in kubernetes.AUDIT_POLICY["rules"][0]["users"]
    assert "lab:admin" not in str(kubernetes.AUDIT_POLICY)


def test_the_components_serve_with_certificates_of_the_lab(programs: dict[str, Program]) -> None:
    for name in ("kube-controller-manager", "kube-scheduler"):
        assert option(programs[name], "tls-cert-file") == f"/state/pki/{name}.crt"
        assert programs[name].leaves[0].common_name == f"system:{name}"
        assert option(programs[name], "leader-elect") == "false"


def test_kwok_gets_every_stage_file_and_manages_marked_nodes_only(programs: dict[str, Program]) -> None:
    configs = [word for word in programs["kwok"].argv if word.startswith("--config=")]
    assert len(configs) == len(kubernetes.STAGES) == 5
    assert option(programs["kwok"], "manage-all-nodes") == "false"
    selector = option(programs["kwok"], "manage-nodes-with-annotation-selector")
    name, value = selector.split("=")
    assert kubernetes.fake_node("n")["metadata"]["annotations"] == {name: value}


def test_a_fake_node_has_room_and_its_name() -> None:
    node = kubernetes.fake_node("lab-node-7")
    assert node["metadata"]["name"] == node["metadata"]["labels"]["kubernetes.io/hostname"] == "lab-node-7"
    assert node["status"]["allocatable"] == node["status"]["capacity"]


def test_a_kubeconfig_points_to_files_or_holds_them() -> None:
    user = json.loads(kubernetes.kubeconfig(LAYOUT, "admin"))["users"][0]["user"]
    assert user == {"client-certificate": "/state/pki/admin.crt", "client-key": "/state/pki/admin.key"}
    embedded = json.loads(kubernetes.kubeconfig(LAYOUT, "admin", {"ca": "Q0E=", "cert": "Y2VydA==", "key": "a2V5"}))
    assert embedded["users"][0]["user"] == {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"}
    assert embedded["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:20443", "certificate-authority-data": "Q0E="}
    assert embedded["current-context"] == embedded["contexts"][0]["name"]


def test_those_who_only_call_the_api() -> None:
    leaves = {leaf.name: leaf for leaf in kubernetes.client_leaves(LAYOUT)}
    assert leaves["admin"].organisation == "system:masters"
    assert leaves["ready"].common_name in kubernetes.QUIET_USERS


def test_people_of_the_realm_may_log_in_to_the_api_server() -> None:
    api = {program.name: program for program in kubernetes.programs(LAYOUT, TOOLS, "seoul")}["kube-apiserver"]
    assert option(api, "oidc-issuer-url") == "https://localhost:20343/realms/seoul" and option(api, "oidc-ca-file") == "/state/ca.crt"
    assert option(api, "oidc-client-id") == "kubernetes"
    assert option(api, "oidc-groups-prefix") == option(api, "oidc-username-prefix") == "oidc:", "nobody is system:masters by a name in Keycloak"


def test_without_a_realm_nobody_may(programs: dict[str, Program]) -> None:
    assert not [word for word in programs["kube-apiserver"].argv if "oidc" in word]
