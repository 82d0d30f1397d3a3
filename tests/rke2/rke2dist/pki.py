"""What a server holds in server/tls: authorities of the cluster, leaves of this server, kubeconfigs."""
from __future__ import annotations

import json
import os
import typing as t

from . import certs
from . import settings as config
from .place import Place, write

AUTHORITIES = (("", "server-ca"), ("", "client-ca"), ("", "request-header-ca"), ("etcd", "server-ca"), ("etcd", "peer-ca"))


def authorities(place: Place) -> None:
    """Makes what is missing of the cluster's authorities and the key of service accounts."""
    for folder, name in AUTHORITIES:
        certs.authority(place.tls(folder).rstrip("/"), name)
    certs.private(place.tls("service.key"), "rsa")


def leaves(place: Place, settings: dict[str, t.Any]) -> None:
    """Makes what is missing, too old or short of a name of this server's certificates."""
    node, address = settings["node-name"], settings["node-ip"][0]
    service = str(config.network(settings, "service-cidr")[1])
    domain = settings["cluster-domain"]
    names = ["localhost", "127.0.0.1", node, address, *settings["tls-san"], *settings["node-external-ip"]]
    if settings.get("advertise-address"):
        names.append(str(settings["advertise-address"]))
    api = [*names, service, "kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{domain}"]
    client = place.tls("client-ca")
    for name, subject in (
        ("client-admin", "/O=system:masters/CN=system:admin"), ("client-supervisor", "/O=system:masters/CN=system:rke2-supervisor"),
        ("client-controller", "/CN=system:kube-controller-manager"), ("client-scheduler", "/CN=system:kube-scheduler"),
        ("client-kube-apiserver", "/O=system:masters/CN=system:apiserver"), ("client-kube-proxy", "/CN=system:kube-proxy"),
    ):
        certs.leaf(place.tls(name), client, subject, "client")
    certs.leaf(place.tls("client-auth-proxy"), place.tls("request-header-ca"), "/CN=system:auth-proxy", "client")
    certs.leaf(place.tls("serving-kube-apiserver"), place.tls("server-ca"), "/CN=kube-apiserver", "server", api)
    certs.leaf(place.tls("serving-supervisor"), place.tls("server-ca"), "/CN=rke2", "server", names)
    etcd = ["localhost", "127.0.0.1", "kube-etcd", node, address]
    certs.leaf(place.tls("etcd", "client"), place.tls("etcd", "server-ca"), "/CN=etcd-client", "client")
    certs.leaf(place.tls("etcd", "server-client"), place.tls("etcd", "server-ca"), "/CN=etcd-server", "both", etcd)
    certs.leaf(place.tls("etcd", "peer-server-client"), place.tls("etcd", "peer-ca"), "/CN=etcd-peer", "both", etcd)
    for name, pair in (("admin", "client-admin"), ("controller", "client-controller"), ("scheduler", "client-scheduler"), ("supervisor", "client-supervisor")):
        write(place("server", "cred", f"{name}.kubeconfig"), kubeconfig(place.tls("server-ca.crt"), place.tls(pair)))


def kubeconfig(ca: str, pair: str, url: str = "https://127.0.0.1:6443", embed: bool = False) -> str:
    """Returns a kubeconfig (JSON, which is YAML) that names the files, or holds them."""
    import base64

    def entry(name: str, path: str) -> tuple[str, str]:
        if not embed:
            return name, path
        with open(path, "rb") as file:
            return f"{name}-data", base64.b64encode(file.read()).decode()

    cluster = dict([("server", url), entry("certificate-authority", ca)])
    user = dict([entry("client-certificate", f"{pair}.crt"), entry("client-key", f"{pair}.key")])
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "default",
        "clusters": [{"name": "default", "cluster": cluster}], "users": [{"name": "default", "user": user}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
    }, indent=2) + "\n"


def admin(place: Place, settings: dict[str, t.Any]) -> None:
    """Writes the administrator's kubeconfig (https://docs.rke2.io/cluster_access)."""
    text = kubeconfig(place.tls("server-ca.crt"), place.tls("client-admin"), embed=True)
    write(str(settings["write-kubeconfig"]), text, int(str(settings["write-kubeconfig-mode"]), 8))


def present(place: Place) -> bool:
    """Tells whether this server has the cluster's authorities already."""
    return all(os.path.exists(place.tls(folder, f"{name}.key")) for folder, name in AUTHORITIES)
