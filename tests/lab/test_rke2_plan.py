# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every option of the role rke2 comes to on a bare host: the playbook plans, and changes nothing. What a cluster makes of it is molecule/rke2-*."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import yaml

from tests.rke2 import hosts, tools
from tests.unit import tree

# Nothing is fetched, so any digest will do.
ARCHIVES = [f"rke2-images-{part}.linux-amd64.tar.zst" for part in ("core", "cilium", "traefik", "calico", "canal")]
LOCK = {"v1.36.4+rke2r1": {"amd64": dict.fromkeys(["rke2.linux-amd64.tar.gz", *ARCHIVES], "0" * 64)}}
SITE = {
    "platform_domain": "platform.example.com", "platform_name": "options", "rke2_kubelet_config": {"failCgroupV1": False},
    "rke2_artifacts_lock": "/lock.yml", "rke2_minimum": {"disk": 1, "memory_server": 1, "memory_agent": 1},
}
OPTIONS = {
    "rke2_version": "v1.36.4+rke2r1", "rke2_cluster_name": "west", "rke2_endpoint": {"kind": "dns", "host": "localhost.localdomain"},
    "rke2_server_count": 1, "rke2_cluster_cidr": "10.52.0.0/16,fd00:52::/56", "rke2_service_cidr": "10.53.0.0/16,fd00:53::/112",
    "rke2_cluster_dns": "10.53.0.11", "rke2_cluster_domain": "west.local", "rke2_egress_selector_mode": "cluster",
    "rke2_disable_cloud_controller": True, "rke2_disable_kube_proxy": True, "rke2_tls_san": ["api.example.com"],
    "rke2_profile": "cis", "rke2_selinux": True, "rke2_secrets_encryption": "aescbc",
    "rke2_audit_policy": {"rules": [{"level": "Metadata"}]}, "rke2_pod_security": {"enforce": "baseline"}, "rke2_oidc": True,
    "rke2_oidc_ca_file": "/etc/site-ca.pem",
    "rke2_embedded_registry": False, "rke2_preload_images": False, "rke2_seed_images": ["rke2-images-core.linux-{arch}.tar.zst"],
    "rke2_registries": {"mirrors": {"registry.example.com": {"endpoint": ["https://mirror.example.com"]}}},
    "rke2_registry_ca_file": "/ca.pem",
    "rke2_system_default_registry": "harbor.example.com", "rke2_disable_default_registry_endpoint": True,
    "rke2_pools": {"data": {"labels": {"disk": "fast"}}}, "rke2_kubelet_args": {"max-pods": 200},
    "rke2_kubelet_config": {"failCgroupV1": False, "maxPods": 250},
    "rke2_proxy": {"http": "http://proxy.example.com:3128", "no_proxy": ["10.0.0.0/8", "localhost.localdomain", ".example.com"]},
    "rke2_etcd_snapshots": {"schedule": "0 */6 * * *", "retention": 9, "s3": {"bucket": "snapshots", "endpoint": "s3.example.com"}},
    "rke2_etcd_s3_credentials": {"etcd-s3-access-key": "canary-access", "etcd-s3-secret-key": "canary-secret"},
    "rke2_config": {"debug": True}, "rke2_server_config": {"etcd-expose-metrics": True}, "rke2_agent_config": {"debug": False},
    "rke2_further_settings": ["of-tomorrow"], "rke2_agent_batch": "2", "rke2_drain": {"enabled": True, "timeout": 120}, "rke2_measure_disk": True,
    "rke2_timeout": 900, "rke2_hook_before": "", "rke2_hook_after": "", "rke2_plan_from": "", "rke2_kubeconfig": {},
    "rke2_artifacts_source": "/nowhere",
    "rke2_artifacts_ca_file": "/ca.pem", "rke2_artifacts_cache": "/nowhere", "rke2_artifacts_lock": "/lock.yml",
    # Of this host alone.
    "rke2_node_name": "node-1", "rke2_external_address": "192.0.2.1", "rke2_pool": "data", "rke2_zone": "a", "rke2_region": "west",
    "rke2_arch": "amd64",
    "rke2_node_labels": {"own": "yes"}, "rke2_node_taints": ["own=yes:NoSchedule"], "rke2_node_config": {"of-tomorrow": "x"},
    "rke2_node_kubelet_args": {"v": "2"}, "rke2_interface": "eth0",
}
IGNORED = ["cis", "endpoint"]


@pytest.fixture(scope="module")
def host():
    """A bare host."""
    if os.geteuid():
        pytest.skip("hosts are privileged containers: needs root")
    tools.install()
    found = hosts.up("options", 1, 0)
    yield found
    found.remove()


@pytest.fixture
def plan(host, tmp_path):
    """Factory: plans with these variables. Returns what was printed, and the plan (None where there is none)."""
    (tmp_path / "pass").write_text("a passphrase of the tests")
    (tmp_path / "pass").chmod(0o600)
    (tmp_path / "lock.yml").write_text(yaml.safe_dump(LOCK))
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")

    def run(tags="rke2_plan", **options):
        store = {"path": str(tmp_path / "store.vault"), "passphrase_file": str(tmp_path / "pass")}
        given = {**SITE, "rke2_plan_file": str(tmp_path / "plan.json"), "rke2_store": store, **options}
        given = {name: f"{tmp_path}{value}" if value in ("/ca.pem", "/lock.yml") else value for name, value in given.items()}
        (tmp_path / "site.json").write_text(json.dumps(given))
        words = ["ansible-playbook", "playbooks/rke2.yml", "-i", host.inventory, "-e", f"@{tmp_path}/site.json", "--tags", tags, "-vv"]
        done = subprocess.run(words, cwd=tree.ROOT, capture_output=True, text=True, check=False, timeout=200, env={**os.environ, "ANSIBLE_NOCOLOR": "1"})
        made = tmp_path / "plan.json"
        return done.stdout + done.stderr, json.loads(made.read_text()) if made.exists() else None

    return run


def test_a_bare_host_with_nothing_said(plan):
    said, made = plan()
    assert "failed=0" in said and "is installed as the first server" in said, said[-3000:]
    config = made["nodes"]["s1"]["config"]
    told = (config["cni"], config["ingress-controller"], config["secrets-encryption-provider"], config["embedded-registry"])
    assert told == ("cilium", "traefik", "secretbox", True)
    assert "/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml" in made["nodes"]["s1"]["files"]


def test_every_option_arrives(plan):
    said, made = plan(**OPTIONS, rke2_preflight_ignore=IGNORED, platform_registry="harbor.example.com")
    assert "failed=0" in said, said[-3000:]
    config, files = made["nodes"]["s1"]["config"], made["nodes"]["s1"]["files"]
    assert {key: config[key] for key in (
        "node-name", "cluster-cidr", "cluster-dns", "cluster-domain", "egress-selector-mode", "disable-cloud-controller", "disable-kube-proxy",
        "profile", "selinux", "secrets-encryption-provider", "debug", "etcd-expose-metrics", "etcd-snapshot-retention", "etcd-s3-bucket",
        "system-default-registry", "of-tomorrow")} == {
        "node-name": "node-1", "cluster-cidr": ["10.52.0.0/16", "fd00:52::/56"], "cluster-dns": "10.53.0.11", "cluster-domain": "west.local",
        "egress-selector-mode": "cluster", "disable-cloud-controller": True, "disable-kube-proxy": True, "profile": "cis", "selinux": True,
        "secrets-encryption-provider": "aescbc", "debug": True, "etcd-expose-metrics": True, "etcd-snapshot-retention": 9, "etcd-s3-bucket": "snapshots",
        "system-default-registry": "harbor.example.com", "of-tomorrow": "x"}
    assert "api.example.com" in config["tls-san"] and config["node-external-ip"] == "192.0.2.1" and config["node-taint"] == ["own=yes:NoSchedule"]
    assert {"disk=fast", "own=yes", "topology.kubernetes.io/zone=a", "topology.kubernetes.io/region=west"} < set(config["node-label"])
    assert {"max-pods=200", "v=2"} <= set(config["kubelet-arg"]) and "oidc-ca-file=/etc/site-ca.pem" in config["kube-apiserver-arg"]
    registries = yaml.safe_load(files["/etc/rancher/rke2/registries.yaml"]["content"])
    assert registries["mirrors"]["registry.example.com"]["endpoint"] == ["https://mirror.example.com"]
    assert registries["mirrors"]["docker.io"]["endpoint"] == ["https://harbor.example.com"] and "harbor.example.com" in registries["configs"]
    assert "kubeProxyReplacement: true" in files["/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml"]["content"]
    assert "HTTP_PROXY=http://proxy.example.com:3128" in files["/etc/default/rke2-server"]["content"]
    assert made["nodes"]["s1"]["images"] == ["rke2-images-core.linux-amd64.tar.zst"] and made["cluster"]["name"] == "west"


def test_no_secret_is_shown(plan, tmp_path):
    said, made = plan(**OPTIONS, rke2_preflight_ignore=IGNORED)
    assert "canary-" not in said + json.dumps(made) and (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600


def test_an_address_that_is_not_the_machines(plan):
    said, made = plan(rke2_address="10.9.9.9")
    assert "s1: rke2_address 10.9.9.9 is none of the machine's addresses" in said and made["groups"]["init"] == []


def test_everything_that_is_wrong_is_told_at_once(plan):
    said, made = plan(rke2_agent_batch="some", rke2_cluster_cidr="10.42.0.0/40", rke2_pool="data", rke2_pools={"data": {"labels": {"no label": "x"}}})
    assert made is None and all(word in said for word in ("rke2_agent_batch: 'some' is neither", "rke2_cluster_cidr: ", "no label: no label's name"))


def test_a_plan_that_the_site_has_left_is_refused(plan, tmp_path):
    plan()
    kept = (tmp_path / "plan.json").rename(tmp_path / "kept.json")
    assert "failed=0" in plan(rke2_plan_from=str(kept))[0]
    said, made = plan(rke2_plan_from=str(kept), rke2_tls_san=["other.example.com"])
    assert "failed=1" in said and made["refusals"]


def test_runs_for_other_phases_ask_no_host(plan):
    said, made = plan("secrets")
    assert "Read the nodes" not in said and made is None
