# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a component says of its secrets: the keys that it uses exist, and no two write the same Kubernetes Secret."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets

from .entries import Entry
from .faults import Fault, did_you_mean
from .order import WAVES
from .select import Selection

# Waves before External Secrets is there.
EARLY = WAVES[:WAVES.index("secrets")]


def client_secret(component: t.Mapping[str, t.Any]) -> str:
    """Where a component's client_id and client_secret lie in Vault."""
    return component["sso"].get("secret", f"platform/{component['name']}/oidc")


def keys(secret: t.Mapping[str, t.Any]) -> set[str]:
    """Names of a secret's values."""
    generated = secret.get("generate", {})
    return {*secret.get("data", {}), *generated, *(how["public"] for how in generated.values() if isinstance(how, dict) and "public" in how)}


def targets(secret: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """The Kubernetes Secrets that are made of a secret, always as a list."""
    wanted = secret.get("to", [])
    return wanted if isinstance(wanted, list) else [wanted]


def check(selection: Selection) -> list[Fault]:
    """Faults in the secrets of all selected components."""
    faults: list[Fault] = []
    made = _Targets()
    for name in sorted(selection.entries):
        entry = selection.entries[name]
        faults.extend(_client(entry))
        for index, secret in enumerate(entry.data["secrets"]):
            faults.extend(_secret(entry, index, secret))
            faults.extend(made.check(entry, index, secret))
    faults.extend(_databases(selection))
    return faults


def _client(entry: Entry) -> t.Iterator[Fault]:
    if "sso" not in entry.data:
        return
    if "route" not in entry.data and any(uri.startswith("/") for uri in entry.data["sso"]["redirects"]):
        yield entry.fault(("sso", "redirects"), f"{entry.name}: a redirect is a path, but there is no route", "write the whole URL, or add the route")
    if entry.data["sso"]["public"]:
        return
    path = client_secret(entry.data)
    declared = {secret["path"]: keys(secret) for secret in entry.data["secrets"]}
    if path not in declared:
        yield entry.fault(("sso",), f"{entry.name}: its client's secret {path} is not among its secrets",
                          "add it with data: {client_id: ...} and generate: {client_secret: 40}, or make the client public")
    elif not {"client_id", "client_secret"} <= declared[path]:
        yield entry.fault(("secrets",), f"{entry.name}: {path} must hold client_id and client_secret", "add what is missing")


def _secret(entry: Entry, index: int, secret: dict[str, t.Any]) -> t.Iterator[Fault]:
    where = ("secrets", index)
    generated = secret.get("generate", {})
    if not keys(secret):
        yield entry.fault(where, f"{entry.name}: {secret['path']} holds nothing", "add generate or data")
    for key in sorted(set(generated) & set(secret["data"])):
        yield entry.fault((*where, "data", key), f"{entry.name}: '{key}' of {secret['path']} is both given and generated", "keep one")
    for key, how in generated.items():
        try:
            _secrets.generator(how)
        except _secrets.SecretError as error:
            yield entry.fault((*where, "generate", key), f"{entry.name}: '{key}' of {secret['path']}: {error}")
    if targets(secret) and entry.data["wave"] in EARLY:
        what = f"{entry.name}: Kubernetes Secrets can't be made in wave {entry.data['wave']}, External Secrets comes later"
        yield entry.fault((*where, "to"), what, "move the component, or drop 'to'")


class _Targets:
    """The Kubernetes Secrets of all components: several secrets may fill one, each with keys of its own."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str, str], str] = {}
        self.settings: dict[tuple[str, str], tuple[str, str]] = {}
        self.templated: set[tuple[str, str]] = set()

    def check(self, entry: Entry, index: int, secret: dict[str, t.Any]) -> t.Iterator[Fault]:
        where = ("secrets", index, "to")
        for target in targets(secret):
            place = (target.get("namespace", entry.data["namespace"]["name"]), target["name"])
            shown = "/".join(place)
            settings = (target["type"], target["refresh"])
            first = self.settings.setdefault(place, settings)
            if place in self.templated or ("template" in target and any(place == key[:2] for key in self.keys)):
                what = f"{entry.name}: the Kubernetes Secret {shown} is made by a template of one secret and can't be shared"
                yield entry.fault(where, what, "give each its own")
            elif first != settings:
                what = f"{entry.name}: the Kubernetes Secret {shown} has two kinds, {' '.join(first)} and {' '.join(settings)}"
                yield entry.fault(where, what, "give both the same type and refresh")
            for source in sorted(set(target.get("keys", {}).values()) - keys(secret)):
                yield entry.fault(where, f"{entry.name}: {secret['path']} has no '{source}'", did_you_mean(source, keys(secret)))
            for key in sorted(target.get("template") or target.get("keys") or keys(secret)):
                first_path = self.keys.get((*place, key))
                if first_path:
                    what = f"{entry.name}: '{key}' of the Kubernetes Secret {shown} comes from {first_path} and from {secret['path']}"
                    yield entry.fault(where, what, "rename one of the keys")
                self.keys[(*place, key)] = secret["path"]
            if "template" in target:
                self.templated.add(place)


def _databases(selection: Selection) -> t.Iterator[Fault]:
    connections = {c["name"] for entry in selection.entries.values() for c in entry.data.get("vault", {}).get("connections", [])}
    for name in sorted(selection.entries):
        entry = selection.entries[name]
        for index, role in enumerate(entry.data.get("vault", {}).get("database", [])):
            # Without any connection in the catalogue it is the site's own; vault_spec checks that one.
            if connections and role["connection"] not in connections:
                yield entry.fault(("vault", "database", index), f"{name}: no component declares the database connection '{role['connection']}'",
                                  did_you_mean(role["connection"], connections))
