"""Command lines of the control plane: what RKE2 writes into static pods runs here as processes below the supervisor."""
from __future__ import annotations

import json
import os
import typing as t

from . import etcd, log
from .place import Place, write

ISSUER = "https://kubernetes.default.svc.cluster.local"
PSA = "/etc/rancher/rke2/rke2-pss.yaml"


def _extra(words: list[str], given: list[str]) -> list[str]:
    """Adds arguments of the configuration; one that is there already is replaced."""
    for word in (f"--{item.lstrip('-')}" for item in given):
        words = [kept for kept in words if kept.split("=")[0] != word.split("=")[0]] + [word]
    return words


def encryption(place: Place, settings: dict[str, t.Any]) -> str:
    """Returns the path of the encryption configuration, made unless it is there (https://docs.rke2.io/security/secrets_encryption)."""
    path = place("server", "cred", "encryption-config.json")
    if not os.path.exists(path):
        import base64

        kind = str(settings["secrets-encryption-provider"])
        if kind not in ("aescbc", "secretbox"):
            raise log.Fatal(f"unsupported secrets-encryption-key-type {kind}")
        key = {"name": f"{kind}key", "secret": base64.b64encode(os.urandom(32)).decode()}
        providers = [{kind: {"keys": [key]}}, {"identity": {}}]
        resources = [{"resources": ["secrets"], "providers": providers}]
        document = {"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": resources}
        write(path, json.dumps(document))
        write(place("server", "cred", "encryption-state.json"), json.dumps({"stage": "start"}))
    return path


def apiserver(place: Place, settings: dict[str, t.Any]) -> list[str]:
    """Returns kube-apiserver's command line."""
    words = [
        place.bin("kube-apiserver"), f"--advertise-address={settings.get('advertise-address') or settings['node-ip'][0]}", "--bind-address=0.0.0.0",
        "--secure-port=6443", f"--etcd-servers=https://127.0.0.1:{etcd.CLIENT}", f"--etcd-cafile={place.tls('etcd', 'server-ca.crt')}",
        f"--etcd-certfile={place.tls('etcd', 'client.crt')}", f"--etcd-keyfile={place.tls('etcd', 'client.key')}",
        f"--tls-cert-file={place.tls('serving-kube-apiserver.crt')}", f"--tls-private-key-file={place.tls('serving-kube-apiserver.key')}",
        f"--client-ca-file={place.tls('client-ca.crt')}", "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true", "--anonymous-auth=false", f"--service-cluster-ip-range={settings['service-cidr']}", f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={place.tls('service.key')}", f"--service-account-signing-key-file={place.tls('service.key')}",
        f"--api-audiences={ISSUER},rke2", f"--requestheader-client-ca-file={place.tls('request-header-ca.crt')}",
        "--requestheader-allowed-names=system:auth-proxy", "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-", f"--proxy-client-cert-file={place.tls('client-auth-proxy.crt')}",
        f"--proxy-client-key-file={place.tls('client-auth-proxy.key')}", "--enable-aggregator-routing=true",
        f"--kubelet-certificate-authority={place.tls('server-ca.crt')}", f"--kubelet-client-certificate={place.tls('client-kube-apiserver.crt')}",
        f"--kubelet-client-key={place.tls('client-kube-apiserver.key')}", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        f"--encryption-provider-config={encryption(place, settings)}", "--encryption-provider-config-automatic-reload=true",
    ]
    if settings.get("audit-policy-file"):
        words += [f"--audit-policy-file={settings['audit-policy-file']}", f"--audit-log-path={place('server', 'logs', 'audit.log')}",
                  "--audit-log-maxage=30", "--audit-log-maxbackup=10", "--audit-log-maxsize=100"]
        os.makedirs(place("server", "logs"), mode=0o700, exist_ok=True)
    admission = str(settings.get("pod-security-admission-config-file") or (PSA if os.path.exists(PSA) else ""))
    if admission:
        words.append(f"--admission-control-config-file={admission}")
    return _extra(words, settings["kube-apiserver-arg"])


def controller_manager(place: Place, settings: dict[str, t.Any]) -> list[str]:
    """Returns kube-controller-manager's command line."""
    access, client = place("server", "cred", "controller.kubeconfig"), place.tls("client-ca")
    words = [
        place.bin("kube-controller-manager"), f"--kubeconfig={access}", f"--authentication-kubeconfig={access}", f"--authorization-kubeconfig={access}",
        "--bind-address=127.0.0.1", "--secure-port=10257", "--leader-elect=true", f"--service-account-private-key-file={place.tls('service.key')}",
        f"--root-ca-file={place.tls('server-ca.crt')}", "--use-service-account-credentials=true", "--allocate-node-cidrs=true",
        f"--cluster-cidr={settings['cluster-cidr']}", f"--service-cluster-ip-range={settings['service-cidr']}",
        f"--cluster-signing-cert-file={client}.crt", f"--cluster-signing-key-file={client}.key",
    ]
    return _extra(words, settings["kube-controller-manager-arg"])


def scheduler(place: Place, settings: dict[str, t.Any]) -> list[str]:
    """Returns kube-scheduler's command line."""
    access = place("server", "cred", "scheduler.kubeconfig")
    words = [place.bin("kube-scheduler"), f"--kubeconfig={access}", f"--authentication-kubeconfig={access}", f"--authorization-kubeconfig={access}",
             "--bind-address=127.0.0.1", "--secure-port=10259", "--leader-elect=true"]
    return _extra(words, settings["kube-scheduler-arg"])


def kubelet(place: Place, settings: dict[str, t.Any]) -> list[str]:
    """Returns kubelet's command line."""
    words = [
        place.bin("kubelet"), f"--config={place('agent', 'etc', 'kubelet.conf.d', '00-rke2-defaults.conf')}",
        f"--kubeconfig={place('agent', 'kubelet.kubeconfig')}", "--root-dir=/var/lib/kubelet", f"--hostname-override={settings['node-name']}",
        f"--node-ip={settings['node-ip'][0]}",
    ]
    if settings["node-label"]:
        words.append(f"--node-labels={','.join(settings['node-label'])}")
    if settings["node-taint"]:
        words.append(f"--register-with-taints={','.join(settings['node-taint'])}")
    return _extra(words, settings["kubelet-arg"])


def proxy(place: Place, settings: dict[str, t.Any], cluster: dict[str, t.Any]) -> list[str]:
    """Returns kube-proxy's command line (nftables: the kernel of the tests has no IPVS)."""
    words = [
        place.bin("kube-proxy"), f"--kubeconfig={place('agent', 'kubeproxy.kubeconfig')}", "--proxy-mode=nftables",
        f"--cluster-cidr={cluster['cluster-cidr']}", f"--hostname-override={settings['node-name']}", "--healthz-bind-address=127.0.0.1:10256",
        "--metrics-bind-address=127.0.0.1:10249", "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
    ]
    return _extra(words, settings["kube-proxy-arg"])
