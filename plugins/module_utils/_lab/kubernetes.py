# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Kubernetes programs: etcd, the control plane, kwok's fake kubelets. Pure: a layout in, programs out."""
from __future__ import annotations

import json
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import oidc
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program

SERVICE_CIDR, POD_CIDR = "10.96.0.0/16", "10.244.0.0/16"
ISSUER = "https://kubernetes.default.svc.cluster.local"
SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "10.96.0.1")
# The noise of the control plane itself. What people and tools do is logged without bodies, so no secret gets into the log.
QUIET_USERS = ("system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "lab:kwok", "lab:ready")
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": list(QUIET_USERS)},
        {"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
        {"level": "None", "nonResourceURLs": ["/healthz*", "/readyz*", "/livez*", "/version", "/openapi/*"]},
        {"level": "Metadata"},
    ],
}


def kubeconfig(layout: Layout, leaf: str, embedded: dict[str, str] | None = None) -> str:
    """Returns a kubeconfig (JSON, which is YAML) for a leaf.

    ``embedded`` (ca, cert, key as base64) makes one that can be copied elsewhere; without it, it points to the files.
    """
    cluster: dict[str, t.Any] = {"server": layout.url("kube-apiserver")}
    user: dict[str, t.Any] = {}
    if embedded:
        cluster["certificate-authority-data"] = embedded["ca"]
        user = {"client-certificate-data": embedded["cert"], "client-key-data": embedded["key"]}
    else:
        cluster["certificate-authority"] = layout.ca
        user = {"client-certificate": layout.cert(leaf), "client-key": layout.key(leaf)}
    name = f"unifiedmeta-lab-{layout.name}"
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        indent=2,
        sort_keys=True,
    ) + "\n"


def programs(layout: Layout, tools: dict[str, str], realm: str = "") -> list[Program]:
    """Returns the control plane's programs. ``tools``: directory ``kubernetes`` with a link a program, and ``kwok``; ``realm``: of the instance's
    Keycloak, whose people may log in to the API server; empty for none."""
    found = [_etcd(layout, tools), _apiserver(layout, tools, realm)]
    found += [_controller_manager(layout, tools), _scheduler(layout, tools)]
    return found + ([_kwok(layout, tools)] if "kwok" in tools else [])


def client_leaves(layout: Layout) -> tuple[Leaf, ...]:
    """Returns the certificates of those who only call the API: the administrator, and the lab's own readiness checks."""
    users = (("admin", "lab:admin"), ("ready", "lab:ready"))
    return tuple(Leaf(name, user, "system:masters", (), usage="client") for name, user in users)


def _etcd(layout: Layout, tools: dict[str, str]) -> Program:
    client, peer = layout.url("etcd"), layout.url("etcd-peer")
    ca = layout.cert("etcd-ca")
    pair = [f"--cert-file={layout.cert('etcd')}", f"--key-file={layout.key('etcd')}", f"--trusted-ca-file={ca}", "--client-cert-auth=true"]
    pair += [f"--peer-cert-file={layout.cert('etcd')}", f"--peer-key-file={layout.key('etcd')}", f"--peer-trusted-ca-file={ca}"]
    return Program(
        name="etcd",
        argv=(
            f"{tools['kubernetes']}/etcd", "--name=lab", f"--data-dir={layout.path('etcd')}",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=lab={peer}", "--peer-client-cert-auth=true",
            # A killed process loses nothing by this, only a machine that loses its power does.
            "--unsafe-no-fsync", "--logger=zap", "--log-level=warn", *pair,
        ),
        wave=1,
        probe=Probe("https", f"{client}/health", client="etcd-client", authority="etcd-ca"),
        directories=(Directory(layout.path("etcd")),),
        leaves=(
            # etcd calls itself with its server's certificate (its gateway from JSON to gRPC does).
            Leaf("etcd", "etcd", names=("localhost", layout.address), usage="both", authority="etcd-ca"),
            Leaf("etcd-client", "kube-apiserver", names=(), usage="client", authority="etcd-ca"),
        ),
    )


def _people(layout: Layout, realm: str) -> tuple[str, ...]:
    """The API server's options for tokens of Keycloak."""
    issuer = f"{layout.named_url('keycloak')}/realms/{realm}"
    return tuple(f"--{word}" for word in oidc.arguments(issuer, client="kubernetes", prefix="oidc:", ca_file=layout.ca))


def _apiserver(layout: Layout, tools: dict[str, str], realm: str) -> Program:
    policy = File(layout.path("config", "audit-policy.json"), json.dumps(AUDIT_POLICY, indent=2) + "\n")
    # A loopback address may not stand in the endpoints of the Service «kubernetes».
    reconciler = "none" if layout.address.startswith("127.") else "lease"
    return Program(
        name="kube-apiserver",
        argv=(
            f"{tools['kubernetes']}/kube-apiserver",
            f"--etcd-servers={layout.url('etcd')}", f"--etcd-cafile={layout.cert('etcd-ca')}",
            f"--etcd-certfile={layout.cert('etcd-client')}", f"--etcd-keyfile={layout.key('etcd-client')}",
            f"--bind-address={layout.address}", f"--advertise-address={layout.address}", f"--secure-port={layout.port('kube-apiserver')}",
            f"--endpoint-reconciler-type={reconciler}",
            f"--tls-cert-file={layout.cert('kube-apiserver')}", f"--tls-private-key-file={layout.key('kube-apiserver')}", f"--client-ca-file={layout.ca}",
            "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
            f"--service-cluster-ip-range={SERVICE_CIDR}", f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={layout.path('pki', 'sa.pub')}", f"--service-account-signing-key-file={layout.path('pki', 'sa.key')}",
            f"--requestheader-client-ca-file={layout.ca}", "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-", "--enable-aggregator-routing=true",
            f"--proxy-client-cert-file={layout.cert('front-proxy')}", f"--proxy-client-key-file={layout.key('front-proxy')}",
            f"--kubelet-client-certificate={layout.cert('kubelet-client')}", f"--kubelet-client-key={layout.key('kubelet-client')}",
            "--kubelet-preferred-address-types=InternalIP,Hostname",
            f"--audit-policy-file={policy.path}", f"--audit-log-path={layout.path('audit', 'kubernetes.log')}",
            "--audit-log-maxsize=100", "--audit-log-maxbackup=3", *(_people(layout, realm) if realm else ()),
        ),
        wave=2,
        probe=Probe("https", f"{layout.url('kube-apiserver')}/readyz", client="ready"),
        files=(policy,),
        leaves=(
            Leaf("kube-apiserver", "kube-apiserver", names=tuple(sorted({"localhost", "127.0.0.1", layout.address, *SERVICE_NAMES}))),
            Leaf("front-proxy", "front-proxy-client", names=(), usage="client"),
            Leaf("kubelet-client", "kube-apiserver-kubelet-client", "system:masters", (), usage="client"),
        ),
        stop_seconds=30,
    )


def _component(layout: Layout, name: str, user: str) -> tuple[File, Leaf]:
    config = File(layout.path("config", f"{name}.kubeconfig"), kubeconfig(layout, name))
    return config, Leaf(name, user, names=("localhost", layout.address), usage="both")


def _serving(layout: Layout, name: str, config: File) -> list[str]:
    return [
        f"--kubeconfig={config.path}", f"--authentication-kubeconfig={config.path}", f"--authorization-kubeconfig={config.path}",
        f"--bind-address={layout.address}", f"--secure-port={layout.port(name)}", "--leader-elect=false",
        f"--tls-cert-file={layout.cert(name)}", f"--tls-private-key-file={layout.key(name)}",
    ]


def _controller_manager(layout: Layout, tools: dict[str, str]) -> Program:
    name = "kube-controller-manager"
    config, leaf = _component(layout, name, f"system:{name}")
    return Program(
        name=name,
        argv=(
            f"{tools['kubernetes']}/{name}", *_serving(layout, name, config),
            f"--service-account-private-key-file={layout.path('pki', 'sa.key')}", f"--root-ca-file={layout.ca}", "--use-service-account-credentials=true",
            f"--cluster-signing-cert-file={layout.ca}", f"--cluster-signing-key-file={layout.path('pki', 'ca.key')}",
            "--allocate-node-cidrs=true", f"--cluster-cidr={POD_CIDR}", f"--service-cluster-ip-range={SERVICE_CIDR}",
        ),
        wave=3,
        probe=Probe("https", f"{layout.url(name)}/healthz"),
        files=(config,),
        leaves=(leaf,),
    )


def _scheduler(layout: Layout, tools: dict[str, str]) -> Program:
    name = "kube-scheduler"
    config, leaf = _component(layout, name, f"system:{name}")
    return Program(
        name=name, argv=(f"{tools['kubernetes']}/{name}", *_serving(layout, name, config)), wave=3,
        probe=Probe("https", f"{layout.url(name)}/healthz"), files=(config,), leaves=(leaf,),
    )


def _kwok(layout: Layout, tools: dict[str, str]) -> Program:
    config = File(layout.path("config", "kwok.kubeconfig"), kubeconfig(layout, "kwok"))
    return Program(
        name="kwok",
        argv=(
            f"{tools['kwok']}/kwok", f"--kubeconfig={config.path}", *(f"--config={tools['kwok']}/stages/{name}.yaml" for name in STAGES),
            "--manage-all-nodes=false", "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--node-lease-duration-seconds=40", "--cidr=10.250.0.0/16", "--node-ip=127.0.0.1", "--v=WARN",
        ),
        wave=3,
        probe=Probe("running"),
        files=(config,),
        leaves=(Leaf("kwok", "lab:kwok", "system:masters", (), usage="client"),),
    )


# The stages of kwok's own module: kustomize/stage/fast.
STAGES = ("node-initialize", "node-heartbeat-with-lease", "pod-ready", "pod-complete", "pod-delete")


def fake_node(name: str) -> dict[str, t.Any]:
    """Returns the Node object that kwok takes care of."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "type": "kwok"},
        },
        "status": {
            "allocatable": {"cpu": "32", "memory": "256Gi", "pods": "110"},
            "capacity": {"cpu": "32", "memory": "256Gi", "pods": "110"},
        },
    }
