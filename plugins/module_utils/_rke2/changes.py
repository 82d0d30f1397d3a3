# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changes on one node, field by field, and whether it needs a restart: pure.

What the running service was started with counts for the restart, what lies on the disk for the writing: a run that was killed between the two is picked up.
Source: docs.rke2.io/install/configuration («the service must be restarted to apply»), /install/private_registry, /install/packaged_components (manifests are
applied while it runs), /add-ons/import-images (archives too), /advanced («Node Labels and Taints»: at registration only).
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import flags, names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen

# Said nowhere, RKE2 takes these: a site that says them changes nothing.
DEFAULTS = {
    **{key: value for key, value in flags.CRITICAL.items() if value is not None},
    "cni": "canal",
    "secrets-encryption-provider": "aescbc",
    "etcd-snapshot-schedule-cron": "0 */12 * * *",
    "etcd-snapshot-retention": 5,
    "etcd-snapshot-name": "etcd-snapshot",
    "write-kubeconfig-mode": "0600",
    "etcd-s3-endpoint": "s3.amazonaws.com",
    "etcd-s3-region": "us-east-1",
    "etcd-s3-retention": 5,
    "tls-san-security": True,
}


@dataclass
class Changes:
    """``restart``: reasons that need one; ``live``: those that don't; ``stage``: files to bring; ``version``: from, where another one runs."""

    restart: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    stage: list[str] = field(default_factory=list)
    version: str | None = None
    labels: dict[str, str | None] = field(default_factory=dict)
    taints: dict[str, list[str]] = field(default_factory=dict)


def changes(seen: Seen, host: str, fingerprints: t.Mapping[str, str]) -> Changes:
    """Of a host that answered and has joined. ``fingerprints``: of the site's secrets, by their key in config.yaml."""
    made = Changes()
    node = seen.nodes[host]
    running = seen.version(host)
    if running and running != seen.desired["version"]:
        made.version = running
        made.restart.append(f"version: {running} → {seen.desired['version']}")
    elif seen.fact(host, "installed") != seen.desired["version"]:
        made.live.append(f"binaries: {seen.fact(host, 'installed') or 'none'} → {seen.desired['version']}")
    _config(seen, host, _with_secrets(node, fingerprints), made)
    _files(seen, host, made)
    _api(seen, host, made)
    made.stage = stage(seen, host)
    return made


def _with_secrets(node: dict[str, t.Any], fingerprints: t.Mapping[str, str]) -> dict[str, t.Any]:
    """The configuration as facts would show it: fingerprints in the place of secrets. An agent's token is the agent token, where there is one."""
    secrets = {key: value for key, value in fingerprints.items() if key in names.SECRET_KEYS and value}
    if node["role"] == "agent":
        secrets = {"token": secrets.get("agent-token") or secrets.get("token")}
    return {**node["config"], **{key: value for key, value in secrets.items() if value}}


def _config(seen: Seen, host: str, wanted: dict[str, t.Any], made: Changes) -> None:
    disk, started = seen.fact(host, "config"), seen.fact(host, "started", {}) if seen.runs(host) else {}
    if disk is None:
        made.restart.append(f"config.yaml: {seen.fact(host, 'config_fault') or 'is not there'}")
        return
    base = disk
    if started and started.get("config") is None:
        made.restart.append("config.yaml: was written after the service had started, so what it runs with can't be known")
    elif started:
        base = started["config"]
    for key in sorted({*wanted, *disk, *base}):
        told = difference(key, base.get(key), wanted.get(key))
        written = difference(key, disk.get(key), wanted.get(key))
        if key in flags.AT_REGISTRATION or key in flags.AT_JOIN:
            why = "only counts when a node registers; changed by the API" if key in flags.AT_REGISTRATION else "only counts when a node joins"
            if written:
                made.live.append(f"config.yaml: {written} ({why}, no restart)")
        elif told:
            made.restart.append(f"config.yaml: {told}")
        elif written:
            made.live.append(f"config.yaml: {written} (as the service runs already)")


def difference(key: str, before: t.Any, after: t.Any) -> str | None:
    """A sentence's part, or None where RKE2 takes both as the same. Secrets are fingerprints by now, and not shown even so."""
    default = DEFAULTS.get(key)
    old, new = flags.normal(key, default if before is None else before), flags.normal(key, default if after is None else after)
    if old == new:
        return None
    if key in names.SECRET_KEYS:
        return f"{key}: {'added' if before is None else 'removed' if after is None else 'changed'}"
    if isinstance(old, list) and isinstance(new, list):
        added, removed = [item for item in new if item not in old], [item for item in old if item not in new]
        parts = [f"{word} {', '.join(items)}" for word, items in (("added", added), ("removed", removed)) if items]
        return f"{key}: {'; '.join(parts) or 'another order: ' + ', '.join(new)}"
    return f"{key}: {_shown(old)} → {_shown(new)}"


def _shown(value: t.Any) -> str:
    return "(nothing)" if value in ("", [], None) else str(value).lower() if isinstance(value, bool) else str(value)


def _files(seen: Seen, host: str, made: Changes) -> None:
    disk, started = seen.fact(host, "files", {}), (seen.fact(host, "started", {}) if seen.runs(host) else {}).get("files")
    for path, file in sorted(seen.nodes[host]["files"].items()):
        wanted, there = hashlib.sha256(file["content"].encode()).hexdigest(), disk.get(path) or {}
        written = None if there.get("sha256") == wanted else "content changed" if there else "added"
        live = path.startswith(names.MANIFESTS + "/")
        stale = not live and started is not None and seen.runs(host) and (path not in started or started[path] != wanted)
        if written and live:
            made.live.append(f"{path}: {written} (applied while RKE2 runs)")
        elif written or stale:
            made.restart.append(f"{path}: {written or 'was written after the service had started'}")
        elif there.get("mode") not in (None, file["mode"]):
            made.live.append(f"{path}: mode {there['mode']} → {file['mode']}")


def _api(seen: Seen, host: str, made: Changes) -> None:
    """Labels and taints of a node that has registered. What somebody else gave it is left alone; what our own file named before goes."""
    node, wanted = seen.node(host), seen.nodes[host]["config"]
    if not node:
        return
    before = seen.fact(host, "config", {})
    had, want = _pairs(before.get("node-label")), _pairs(wanted.get("node-label"))
    labels = node.get("labels") or {}
    made.labels = {key: value for key, value in want.items() if labels.get(key) != value}
    made.labels.update({key: None for key in had if key not in want and key in labels})
    there = {_taint(taint) for taint in node.get("taints") or []}
    want_taints, had_taints = set(_list(wanted.get("node-taint"))), set(_list(before.get("node-taint")))
    add, remove = sorted(want_taints - there), sorted((had_taints - want_taints) & there)
    made.taints = {word: items for word, items in (("add", add), ("remove", remove)) if items}
    for key, value in sorted(made.labels.items()):
        told = "removed" if value is None else f"{labels.get(key, 'none')} → {value}"
        made.live.append(f"label {key}: {told} (by the API)")
    made.live += [f"taint {taint}: {word} (by the API)" for word, items in (("added", add), ("removed", remove)) for taint in items]


def _pairs(value: t.Any) -> dict[str, str]:
    return {item.partition("=")[0]: item.partition("=")[2] for item in _list(value)}


def _taint(taint: t.Any) -> str:
    """A taint as config.yaml has it; facts may have the API's map."""
    if isinstance(taint, str):
        return taint
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"


def _list(value: t.Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)] if value else []


def stage(seen: Seen, host: str) -> list[str]:
    """Files of the lock that the host lacks: the release where another version (or none) is installed and it isn't staged, and archives of images."""
    arch, lock, version = seen.fact(host, "arch", ""), seen.desired["artifacts"], seen.desired["version"]
    missing = []
    tarball = f"rke2.linux-{arch}.tar.gz"
    if seen.fact(host, "installed") != version and tarball not in (seen.fact(host, "staged", {}).get(version) or {}):
        missing.append(tarball)
    for name in images(seen, host):
        there = seen.fact(host, "images", {}).get(name)
        if there is None or (name in lock and there != lock[name]):
            missing.append(name)
    return missing


def images(seen: Seen, host: str) -> list[str]:
    """Names of the archives that the host shall have."""
    return [name.replace("{arch}", seen.fact(host, "arch", "")) for name in seen.nodes[host]["images"]]
