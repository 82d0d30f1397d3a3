# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubernetes objects as plain data: their keys, what differs, what may be shown, in which order they are made. Pure."""

from __future__ import annotations

import base64
import decimal
import hashlib
import json
import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import MASK

SCOPE_LABEL = "platform.unifiedmeta.io/scope"
DIGEST = "platform.unifiedmeta.io/applied"
_VALUE = "value:"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# What the server writes; it's no part of what anybody declares.
_SERVER = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_FIRST = ("Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass")
# A service account's token Secret that is there before its account is deleted by the token controller.
_ACCOUNTS = ("ServiceAccount",)
_THIRD = ("Secret", "ConfigMap", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding", "ResourceQuota", "LimitRange", "NetworkPolicy",
          "PersistentVolumeClaim")

# Fields below which values are quantities.
_QUANTITIES = ("allocatable", "capacity", "default", "defaultRequest", "hard", "limits", "max", "min", "requests", "sizeLimit")
_UNITS: dict[str, t.Any] = {"": 1, **{unit: decimal.Decimal(1000) ** power for unit, power in zip("numkMGTPE", (-3, -2, -1, 1, 2, 3, 4, 5, 6))},
                            **{unit + "i": 1024 ** power for power, unit in enumerate("KMGTPE", 1)}}

Key = tuple[str, str, str, str]


def key(manifest: dict[str, t.Any]) -> Key:
    """apiVersion, kind, namespace ('' for a cluster's object) and name."""
    meta = manifest["metadata"]
    return manifest["apiVersion"], manifest["kind"], meta.get("namespace") or "", meta["name"]


def title(found: Key) -> str:
    """How people call it: «namespace/name», or the name."""
    return f"{found[2]}/{found[3]}" if found[2] else found[3]


def wave(kind: str) -> int:
    """What others live in or refer to comes first."""
    return next((number for number, kinds in enumerate((_FIRST, _ACCOUNTS, _THIRD)) if kind in kinds), 3)


def faults(manifests: t.Sequence[t.Any]) -> list[str]:
    """What is wrong with the list as such, a sentence each."""
    found, seen = [], set()
    for number, manifest in enumerate(manifests, 1):
        if not isinstance(manifest, dict):
            found.append(f"manifests: number {number} isn't a mapping")
            continue
        meta = manifest.get("metadata") if isinstance(manifest.get("metadata"), dict) else {}
        missing = [name for name in ("apiVersion", "kind") if not isinstance(manifest.get(name), str)]
        missing += ["metadata.name"] if not isinstance(meta.get("name"), str) else []
        if missing:
            found.append(f"manifests: number {number} ({manifest.get('kind', 'no kind')} {meta.get('name', '')}) has no {', '.join(missing)}")
        elif key(manifest) in seen:
            found.append(f"manifests: {manifest['kind']} {title(key(manifest))} is there twice")
        else:
            seen.add(key(manifest))
    return found


def filled(manifests: t.Sequence[t.Any], values: dict[str, t.Any], faults: list[str]) -> list[t.Any]:
    """Manifests with «value:NAME» in a Secret's stringData replaced. Unknown and unused names are appended to ``faults``."""
    used: set[str] = set()

    def fill(manifest: t.Any) -> t.Any:
        if not isinstance(manifest, dict) or manifest.get("kind") != "Secret" or not isinstance(manifest.get("stringData"), dict):
            return manifest
        made = {}
        for name, value in manifest["stringData"].items():
            asked = value[len(_VALUE):] if isinstance(value, str) and value.startswith(_VALUE) else None
            if asked is not None and asked not in values:
                faults.append(f"manifests: Secret {(manifest.get('metadata') or {}).get('name', '')}: there is no value {asked!r} for {name}; add it to values")
            used.update([asked] if asked else [])
            made[name] = value if asked is None else values.get(asked, "")
        return {**manifest, "stringData": made}

    result = [fill(manifest) for manifest in manifests]
    faults += [f"values: {name!r} is used by no Secret" for name in sorted(set(values) - used)]
    return result


def scope_faults(scope: str) -> list[str]:
    """A scope becomes the value of a label."""
    fine = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", scope)
    return [] if fine else [f"scope: {scope!r} can't be a label's value; take up to 63 letters, digits, «-», «_» and «.»"]


def desired(manifest: dict[str, t.Any], scope: str) -> dict[str, t.Any]:
    """The manifest with the mark of its owner and of its content, by which the next run sees without a write that nothing was declared anew."""
    made = json.loads(json.dumps(manifest))
    made.pop("status", None)
    if made["kind"] == "Secret" and made.get("stringData"):
        # As the server stores it, so that it can be compared.
        plain = made.pop("stringData")
        made["data"] = {**(made.get("data") or {}), **{name: base64.b64encode(str(value).encode()).decode() for name, value in plain.items()}}
    meta = made["metadata"]
    meta["labels"] = {**(meta.get("labels") or {}), SCOPE_LABEL: scope}
    # Of a Secret only the names: a digest of values in plain sight would let them be guessed, and they are compared anyway.
    told = {**made, "data": sorted(made.get("data") or {})} if made["kind"] == "Secret" else made
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
    meta["annotations"] = {**(meta.get("annotations") or {}), DIGEST: digest}
    return made


def same(live: t.Any, wanted: t.Any, field: str = "", quantities: bool = False) -> bool:
    """True where everything in ``wanted`` is in ``live``, so that an apply would change nothing.

    Lists are compared item by item; a live item may have more fields, which the server filled in. The server writes quantities in its own
    way («0.5» becomes «500m»): below the fields that hold them their values are compared.
    """
    quantities = quantities or field in _QUANTITIES
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(same(live.get(name), value, name, quantities) for name, value in wanted.items() if value is not None)
    if isinstance(wanted, list):
        return isinstance(live, list) and len(live) == len(wanted) and all(same(one, two) for one, two in zip(live, wanted))
    return live == wanted or (quantities and _amount(wanted) is not None and _amount(live) == _amount(wanted))


def _amount(value: t.Any) -> decimal.Decimal | None:
    """A quantity as a number; None for what isn't one. Source: Kubernetes API, resource.Quantity."""
    found = re.fullmatch(r"([+-]?[0-9.]+)(m|u|n|[kMGTPE]i?|Ki|[eE][+-]?[0-9]+)?", str(value))
    if not found:
        return None
    number, unit = found.groups()
    power = _UNITS.get(unit or "")
    return decimal.Decimal(number + unit) if power is None else decimal.Decimal(number) * power


def shown(manifest: dict[str, t.Any] | None) -> dict[str, t.Any] | None:
    """For diffs: without what the server writes, values of Secrets masked; a masked value that differs is told by its digest's first letters."""
    if manifest is None:
        return None
    made = {name: value for name, value in manifest.items() if name != "status"}
    made["metadata"] = {name: value for name, value in manifest["metadata"].items() if name not in _SERVER}
    if made.get("kind") == "Secret":
        for part in ("data", "stringData"):
            if made.get(part):
                made[part] = dict.fromkeys(made[part], MASK)
        # kubectl writes the whole object there, its data included.
        notes = {name: value for name, value in (made["metadata"].get("annotations") or {}).items() if name != _APPLIED}
        if "annotations" in made["metadata"]:
            made["metadata"]["annotations"] = notes
    return made


def differences(before: t.Any, after: t.Any) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The fields that differ, as two nested mappings with nothing else in them."""
    old: dict[str, t.Any] = {}
    new: dict[str, t.Any] = {}
    for name in sorted({*before, *after}):
        one, two = before.get(name), after.get(name)
        if one == two:
            continue
        if isinstance(one, dict) and isinstance(two, dict):
            old[name], new[name] = differences(one, two)
        else:
            if name in before:
                old[name] = one
            if name in after:
                new[name] = two
    return old, new


def ready(live: dict[str, t.Any] | None) -> str:
    """'' where the object does its work, else what is missing. Kinds without a state of their own are ready when they exist."""
    if live is None:
        return "it doesn't exist"
    kind, status, spec = live["kind"], live.get("status") or {}, live.get("spec") or {}
    if kind in ("Deployment", "StatefulSet", "DaemonSet") and status.get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return "its controller hasn't seen it yet"
    if kind in ("Deployment", "StatefulSet"):
        wanted, have, new = spec.get("replicas", 1), status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
        return "" if have >= wanted and new >= wanted else f"{have} of {wanted} replicas are ready, {new} are of this version"
    if kind == "DaemonSet":
        wanted, have = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
        return "" if have >= wanted else f"{have} of {wanted} pods are ready"
    if kind in ("Job", "CustomResourceDefinition"):
        wanted = "Complete" if kind == "Job" else "Established"
        return "" if _condition(status, wanted) else f"it isn't {wanted.lower()}"
    if kind == "Namespace":
        return "" if status.get("phase") == "Active" else f"it is {status.get('phase') or 'new'}"
    if kind == "Secret" and live.get("type") == "kubernetes.io/service-account-token":
        return "" if (live.get("data") or {}).get("token") else "it has no token yet"
    return ""


def _condition(status: dict[str, t.Any], wanted: str) -> bool:
    return any(one.get("type") == wanted and one.get("status") == "True" for one in status.get("conditions") or [])
