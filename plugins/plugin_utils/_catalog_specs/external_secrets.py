# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ExternalSecrets of every component, and the stores they read from: one for each namespace, which no other namespace can use.

They are ClusterSecretStores, because a SecretStore can't take the CA of Vault from Vault's own namespace.

API: https://external-secrets.io/latest/api/externalsecret/ and .../provider/hashicorp-vault/ (external-secrets.io/v1).
"""

from __future__ import annotations

import base64
import typing as t

from .kubernetes import MANAGED, installed
from .vault import reader_role

API = "external-secrets.io/v1"
OPERATOR = "external-secrets"
_POLICIES = {"periodic": "Periodic", "on-change": "OnChange", "created-once": "CreatedOnce"}


def external_secrets_spec(plan: t.Mapping[str, t.Any], *, server: str = "", ca: str = "", store: str = "platform", mount: str = "kubernetes",
                          audience: str = "vault", interval: str = "1h") -> dict[str, list[dict[str, t.Any]]]:
    """Manifests by component: its ExternalSecrets; the ClusterSecretStores under external-secrets.

    server: URL of Vault as pods reach it, derived unless given; ca: PEM of its CA, for a Vault outside the cluster; store: name of
    the stores, <store>-<namespace>; mount: path of the kubernetes auth method; audience: as in vault_spec; interval: how often
    values are read again (Go duration).
    Raises ValueError when there is no External Secrets or no Vault in the plan but secrets that need them.
    """
    made: dict[str, list[dict[str, t.Any]]] = {}
    for component in installed(plan):
        targets: dict[tuple[str, str], list[tuple[t.Any, t.Any]]] = {}
        for secret in component["secrets"]:
            for target in secret["to"]:
                targets.setdefault((target["namespace"], target["name"]), []).append((secret, target))
        if targets:
            made[component["name"]] = [_external_secret(key, parts, store, interval) for key, parts in sorted(targets.items())]
    if made:
        namespaces = sorted({thing["metadata"]["namespace"] for things in made.values() for thing in things})
        provider = _provider(plan, mount, audience, server, ca)
        made[OPERATOR] = [*(_store(namespace, store, provider) for namespace in namespaces), *made.get(OPERATOR, [])]
    return made


def _external_secret(place: tuple[str, str], parts: list[tuple[t.Any, t.Any]], store: str, interval: str) -> dict[str, t.Any]:
    """One ExternalSecret, and so one Kubernetes Secret, made of one or more secrets in Vault."""
    target = parts[0][1]
    labels = {key: str(value) for _secret, part in parts for key, value in part.get("labels", {}).items()}
    template: dict[str, t.Any] = {"type": target["type"], "engineVersion": "v2", "metadata": {"labels": {**MANAGED, **labels}}}
    if "template" in target:
        template["data"] = dict(sorted(target["template"].items()))
    data = [
        {"secretKey": key, "remoteRef": {"key": secret["path"], "property": source}}
        for secret, part in parts for key, source in sorted(_keys(secret, part).items())
    ]
    return {
        "apiVersion": API,
        "kind": "ExternalSecret",
        "metadata": {"name": place[1], "namespace": place[0], "labels": dict(MANAGED)},
        "spec": {
            "refreshPolicy": _POLICIES[target["refresh"]],
            "refreshInterval": interval,
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": f"{store}-{place[0]}"},
            # Retain: a secret that is gone from Vault doesn't take running pods' credentials away.
            "target": {"name": place[1], "creationPolicy": "Owner", "deletionPolicy": "Retain", "template": template},
            "data": data,
        },
    }


def _keys(secret: t.Mapping[str, t.Any], target: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Key of the Kubernetes Secret (or word of the template) -> key in Vault."""
    if "keys" in target:
        return dict(target["keys"])
    generated = secret.get("generate", {})
    public = [how["public"] for how in generated.values() if isinstance(how, dict) and "public" in how]
    return {key: key for key in (*secret["data"], *generated, *public)}


def _provider(plan: t.Mapping[str, t.Any], mount: str, audience: str, server: str, ca: str) -> dict[str, t.Any]:
    """Where Vault is and how the operator logs in; the role is each store's own."""
    operator = plan["components"].get(OPERATOR)
    vault = plan["components"].get(plan["choices"].get("vault", ""))
    if not operator or not vault:
        missing = " and ".join(name for name, have in ((OPERATOR, operator), ("a provider of vault", vault)) if not have)
        raise ValueError(f"secrets are to become Kubernetes Secrets, but the plan has no {missing}: enable it, or name it in platform_external")
    route, namespace = vault["route"], vault["namespace"]["name"]
    service, port = route["service"].split(":")
    endpoint = plan["platform"]["endpoints"].get(vault["name"], {}).get("url", "").rstrip("/")
    provider: dict[str, t.Any] = {
        "server": server or endpoint or f"{route['scheme']}://{service}.{namespace}.svc:{port}",
        "version": "v2",
        "auth": {"kubernetes": {
            "mountPath": mount,
            "serviceAccountRef": {"name": OPERATOR, "namespace": operator["namespace"]["name"], "audiences": [audience]},
        }},
    }
    if ca:
        provider["caBundle"] = base64.b64encode(ca.encode()).decode()
    elif not vault["external"]:
        provider["caProvider"] = {"type": "Secret", "name": f"{vault['name']}-tls", "namespace": namespace, "key": "ca.crt"}
    return provider


def _store(namespace: str, store: str, provider: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The store of one namespace. Its role reads what becomes a Kubernetes Secret there, and its condition keeps other namespaces off it."""
    login = {"kubernetes": {**provider["auth"]["kubernetes"], "role": reader_role(namespace)}}
    return {
        "apiVersion": API,
        "kind": "ClusterSecretStore",
        "metadata": {"name": f"{store}-{namespace}", "labels": dict(MANAGED)},
        "spec": {"conditions": [{"namespaces": [namespace]}], "provider": {"vault": {**provider, "auth": login}}},
    }
