# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files beside config.yaml that RKE2 reads when it starts: registries, audit policy, Pod Security Admission, kubelet, proxies. Pure, without any secret.

Source: docs.rke2.io/install/private_registry, /install/registry_mirror, /security/pod_security_standards, /install/configuration («Kubelet configuration»),
/advanced («Configuring an HTTP proxy»).
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from urllib.parse import urlsplit

from ansible.module_utils.common.yaml import yaml_dump

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names

HEAD = "# Managed by unifiedmeta.platform: changes here are undone by the next run.\n"
_LEVELS = ("privileged", "baseline", "restricted")
_MODES = ("enforce", "audit", "warn")
_EXEMPTIONS = ("namespaces", "usernames", "runtimeClasses")
# Namespaces whose pods can't run restricted, as in RKE2's own file of the CIS profile.
_EXEMPT = ["kube-system", "compliance-operator-system", "tigera-operator"]
_MIRROR = ("endpoint", "rewrite")
_TLS = ("ca", "ca_file", "cert_file", "key_file", "insecure_skip_verify")


def node_files(site: dict[str, t.Any], node: dict[str, t.Any]) -> dict[str, dict[str, str]]:
    """Path -> content and mode, of one node. ``site``, ``node``: checked settings without faults."""
    made: dict[str, dict[str, str]] = {}
    if site["registries"] or site["embedded_registry"]:
        text, certificates = registries(site["registries"], site["embedded_registry"])
        made[names.REGISTRIES] = _file(text)
        made.update({path: {"content": pem, "mode": "0644"} for path, pem in certificates.items()})
    if node["role"] == "server" and site["audit_policy"]:
        made[names.AUDIT] = _file(_yaml({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", **site["audit_policy"]}))
    if node["role"] == "server" and site["pod_security"]:
        made[names.PSS] = _file(_yaml(pod_security(site["pod_security"])))
    if site["kubelet_config"]:
        made[names.KUBELET] = _file(_yaml({"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **site["kubelet_config"]}))
    if site["proxy"]:
        made[f"/etc/default/rke2-{node['role']}"] = _file(environment(site["proxy"]))
    return made


def _file(content: str) -> dict[str, str]:
    return {"content": HEAD + content, "mode": "0600"}


def _yaml(value: t.Any) -> str:
    return yaml_dump(value, default_flow_style=False, sort_keys=False)


def registries(given: dict[str, t.Any], embedded: bool) -> tuple[str, dict[str, str]]:
    """registries.yaml's text, and the certificates that it names (path -> PEM). ``tls.ca`` (a PEM text) is ours: it becomes a file and ``ca_file``.

    The embedded registry shares only images of registries that are listed; where the site lists none, all are.
    """
    mirrors = dict(given.get("mirrors") or {})
    if embedded and not mirrors:
        mirrors = {"*": None}
    configs, certificates = {}, {}
    for host, config in (given.get("configs") or {}).items():
        entry = {name: dict(part) for name, part in (config or {}).items()}
        pem = entry.get("tls", {}).pop("ca", None)
        if pem:
            path = f"{names.ETC}/certificates/{re.sub(r'[^A-Za-z0-9.-]', '_', host)}.crt"
            entry["tls"]["ca_file"], certificates[path] = path, pem.strip() + "\n"
        configs[host] = entry
    return _yaml({name: part for name, part in (("mirrors", mirrors), ("configs", configs)) if part}), certificates


def pod_security(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """The API server's admission configuration: as it is where the site gives all of it, else made of ``enforce``, ``audit``, ``warn``, ``exemptions``."""
    if given.get("kind") == "AdmissionConfiguration":
        return given
    defaults = {
        key: value for mode in _MODES if given.get(mode) for key, value in ((mode, given[mode]), (f"{mode}-version", given.get(f"{mode}-version", "latest")))
    }
    exemptions = {"usernames": [], "runtimeClasses": [], "namespaces": _EXEMPT, **(given.get("exemptions") or {})}
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [
            {
                "name": "PodSecurity",
                "configuration": {
                    "apiVersion": "pod-security.admission.config.k8s.io/v1",
                    "kind": "PodSecurityConfiguration",
                    "defaults": defaults,
                    "exemptions": exemptions,
                },
            }
        ],
    }


def environment(proxy: dict[str, t.Any]) -> str:
    """/etc/default/rke2-server: RKE2 hands it on to containerd, kubelet and the control plane, and adds pods' and services' networks to NO_PROXY by itself."""
    lines = {"HTTP_PROXY": proxy.get("http"), "HTTPS_PROXY": proxy.get("https"), "NO_PROXY": ",".join(proxy.get("no_proxy", []))}
    return "".join(f"{name}={value}\n" for name, value in lines.items() if value)


def faults(site: dict[str, t.Any], nodes: t.Mapping[str, t.Mapping[str, t.Any]], endpoint: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with these settings."""
    return [*_registry_faults(site["registries"]), *_security_faults(site), *_proxy_faults(site["proxy"], nodes, endpoint)]


def _registry_faults(given: dict[str, t.Any]) -> list[str]:
    found = [
        f"rke2_registries.{name}: there is no such key{names.suggestion(name, ('mirrors', 'configs'))}" for name in given if name not in ("mirrors", "configs")
    ]
    for part, known in (("mirrors", _MIRROR), ("configs", ("auth", "tls"))):
        section = given.get(part) or {}
        if not isinstance(section, dict) or not all(entry is None or isinstance(entry, dict) for entry in section.values()):
            found.append(f"rke2_registries.{part}: must be a map of registries to maps")
            continue
        for host, entry in section.items():
            where = f"rke2_registries.{part}.{host}"
            found += [f"{where}.{name}: there is no such key{names.suggestion(name, known)}" for name in entry or {} if name not in known]
            if part == "configs" and entry and "auth" in entry:
                found.append(
                    f"{where}.auth: a credential in this file would be on every node; "
                    "give the registry a pull secret in the cluster, or let nodes pull anonymously"
                )
            tls = (entry or {}).get("tls") or {}
            found += [f"{where}.tls.{name}: there is no such key{names.suggestion(name, _TLS)}" for name in tls if name not in _TLS]
            if tls.get("ca") and "-----BEGIN CERTIFICATE-----" not in str(tls["ca"]):
                found.append(f"{where}.tls.ca: must be a certificate in PEM form; a path on the nodes is ca_file")
            if tls.get("ca") and tls.get("ca_file"):
                found.append(f"{where}.tls: give ca (the certificate) or ca_file (its path on the nodes), not both")
    return found


def _security_faults(site: dict[str, t.Any]) -> list[str]:
    found = []
    audit, pss = site["audit_policy"], site["pod_security"]
    if audit and not (isinstance(audit.get("rules"), list) and audit["rules"]):
        found.append("rke2_audit_policy.rules: is missing; a policy without rules is refused by the API server")
    if pss and pss.get("kind") != "AdmissionConfiguration":
        known = (*_MODES, *(f"{mode}-version" for mode in _MODES), "exemptions")
        found += [f"rke2_pod_security.{name}: there is no such key{names.suggestion(name, known)}" for name in pss if name not in known]
        found += [
            f"rke2_pod_security.{mode}: must be one of {', '.join(_LEVELS)}{names.suggestion(pss[mode], _LEVELS)}"
            for mode in _MODES
            if mode in pss and pss[mode] not in _LEVELS
        ]
        exemptions = pss.get("exemptions") or {}
        found += [
            f"rke2_pod_security.exemptions.{name}: there is no such key{names.suggestion(name, _EXEMPTIONS)}" for name in exemptions if name not in _EXEMPTIONS
        ]
    return found


def _proxy_faults(proxy: dict[str, t.Any], nodes: t.Mapping[str, t.Mapping[str, t.Any]], endpoint: t.Mapping[str, t.Any]) -> list[str]:
    found = []
    for name in ("http", "https"):
        parts = urlsplit(proxy.get(name) or "")
        if proxy.get(name) and (parts.scheme not in ("http", "https") or not parts.hostname):
            found.append(f"rke2_proxy.{name}: must be a URL such as http://proxy.example.org:3128")
        elif parts.password or parts.username:
            found.append(f"rke2_proxy.{name}: holds a credential, and the file would be on every node; let the proxy take the nodes by their addresses")
    if proxy.get("http") or proxy.get("https"):
        # Networks, not addresses: a list of nodes would change, and restart all of them, with every node that is added.
        missing = sorted(
            {
                part.strip()
                for node in nodes.values()
                for part in (node.get("address") or "").split(",")
                if part and not _covered(part.strip(), proxy.get("no_proxy", []))
            }
            | {name for name in endpoint.get("sans", []) if not _covered(name, proxy.get("no_proxy", []))}
        )
        if missing:
            found.append(f"rke2_proxy.no_proxy: lacks {', '.join(missing)}; give the nodes' network (such as 10.0.0.0/16) and the endpoint's name")
    return found


def _covered(name: str, entries: t.Iterable[str]) -> bool:
    for entry in entries:
        if name == entry or (entry.startswith(".") and name.endswith(entry)) or name.endswith("." + entry):
            return True
        try:
            if ipaddress.ip_address(name) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False
