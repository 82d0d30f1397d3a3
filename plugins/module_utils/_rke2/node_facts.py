# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that ``rke2_facts`` tells of a node, read only."""

from __future__ import annotations

import os
import re
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import (
    node_cluster,
    node_config,
    node_evidence,
    node_files,
    node_layout,
    node_network,
    node_service,
    node_started,
    node_system,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import ETC, MANIFESTS, SECRETS, fingerprint
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

OTHERS = ("NetworkManager", "firewalld")
FULL_TOKEN = re.compile(r"\bK10([0-9a-f]{64})::")
# Its kubeconfig, and the configuration of Pod Security Admission that goes with its profile.
WRITTEN_BY_RKE2 = (f"{ETC}/rke2.yaml", f"{ETC}/rke2-pss.yaml", f"{node_layout.KUBELET_FOLDER}/00-rke2-defaults.conf")
STAGED, IMAGES = "staged", "images.json"


def gather(layout: Layout, *, cluster: bool = True, measure_disk: bool = False, names: t.Iterable[str] = (), timeout: float = 5.0,
           now: float | None = None, endpoint: str | None = None) -> dict[str, t.Any]:
    """The node in the shape that ``rke2_facts`` documents. ``names``: to be resolved. ``timeout``: of each request to the cluster, in seconds.
    ``now``: the controller's clock. ``endpoint``: URL by which nodes register.

    Raises CommandError where systemd can't be asked.
    """
    # The controller's clock was read before this began: what is done first must not count as a difference.
    offset = None if now is None else round(time.time() - now, 1)
    units = node_service.units([*(node_layout.unit(role) for role in node_layout.ROLES), *OTHERS])
    config, fault = configuration(layout)
    installed = node_started.version(layout.binary())
    role = role_of(units)
    unit = units[node_layout.unit(role)]
    lying = files(layout)
    disk = node_started.on_disk(layout, config, installed, lying)
    datastore = os.path.isdir(layout.data("server/db/etcd/member"))
    asked = cluster and role == "server" and unit["active"] in ("active", "activating") and os.path.exists(layout.data("server/tls/client-admin.crt"))
    return {
        "reachable": True, **node_system.gather(layout), "addresses": node_network.addresses(), "default_route": node_network.default_route(layout),
        "service": {one: node_service.told(units[node_layout.unit(one)]) for one in node_layout.ROLES},
        "systemd": node_service.booted(), "prefix": layout.prefix(), "installed": installed, "started": node_started.find(layout, role, unit, disk),
        "config": config, "config_fault": fault, "files": lying, **secrets(layout),
        "datastore": datastore, "images": images(layout), "staged": staged(layout),
        "fsync_ms": node_system.sync_latency(layout) if measure_disk and not datastore else None, "listening": node_network.listening(layout),
        "resolves": node_network.resolve(names), "network_manager": node_system.network_manager(layout, units["NetworkManager"]["active"] == "active"),
        "firewalld": units["firewalld"]["active"] == "active",
        "clock_offset": offset, "endpoint": answering(endpoint) if endpoint else None,
        "cluster": node_cluster.ask(layout, timeout) if asked else None,
    }


def answering(endpoint: str) -> dict[str, t.Any]:
    """Does the place where nodes register answer, and whose is it: answers, fault (a kind of Unanswered), ca (as tokens name it)."""
    met = node_evidence.ask(endpoint if "://" in endpoint else f"https://{endpoint}")
    return {"answers": met["supervisor"] is None, "fault": met["supervisor"], "ca": met.get("authority")}


def role_of(units: t.Mapping[str, t.Mapping[str, t.Any]]) -> str:
    """The role that a node plays: the unit that runs, else the one that is enabled, else agent's where only that is known; server otherwise."""
    for wanted in (lambda unit: unit["active"] in node_service.RUNNING, lambda unit: unit["enabled"]):
        for role in node_layout.ROLES:
            if wanted(units[node_layout.unit(role)]):
                return role
    return "server"


def configuration(layout: Layout) -> tuple[dict[str, t.Any] | None, str | None]:
    """The merged configuration with fingerprints for secrets, and what is wrong with it: None where there is none, or where it can't be read."""
    parts = []
    try:
        for path in layout.config_files():
            text = node_files.text(layout.at(path))
            if text is not None:
                parts.append(node_config.parse(text, path))
    except (node_config.Unreadable, OSError) as error:
        return None, str(error)
    return (node_config.redact(node_config.merge(parts)), None) if parts else (None, None)


def files(layout: Layout) -> dict[str, dict[str, t.Any]]:
    """Digest and mode of each file that decides how RKE2 runs. Of the one with the secrets the mode alone: a digest would let one try guesses."""
    paths = [*layout.config_files(), *node_layout.FILES]
    for folder in (ETC, MANIFESTS, node_layout.KUBELET_FOLDER):
        try:
            paths.extend(sorted(f"{folder}/{name}" for name in os.listdir(layout.at(folder)) if name.endswith((".yaml", ".yml", ".conf"))))
        except OSError:
            continue
    found = {}
    for path in dict.fromkeys(paths):
        if path not in WRITTEN_BY_RKE2 and os.path.isfile(layout.at(path)):
            digest = None if path == SECRETS else node_files.sha256(layout.at(path))
            found[path] = {"sha256": digest, "mode": node_files.mode(layout.at(path))}
    return found


def secrets(layout: Layout) -> dict[str, t.Any]:
    """Fingerprint of the cluster's token (None on an agent), and the hash by which the node knows the cluster's CA (None before it has joined one).

    The hash is the one that the cluster's own token has, else the one that this node has joined with; that of the CA's file is the same, unless the CA is one
    of the site's own with an authority above it (https://docs.rke2.io/security/token).
    """
    token = (node_files.text(layout.data("server/token")) or "").strip()
    joined = os.path.exists(layout.data("agent/server-ca.crt"))
    match = FULL_TOKEN.search(token) or (FULL_TOKEN.search(node_files.text(layout.at(SECRETS)) or "") if joined else None)
    authority = node_files.sha256(layout.data("server/tls/server-ca.crt")) or node_files.sha256(layout.data("agent/server-ca.crt"))
    return {"token": fingerprint(token) if token else None, "ca": match.group(1) if match else authority}


def images(layout: Layout) -> dict[str, str | None]:
    """Digests of the archives that RKE2 imports; those noted when they were put in place, unless size or time say that the file is another one."""
    noted = node_files.record(layout.own(IMAGES)) or {}
    found: dict[str, str | None] = {}
    try:
        names = sorted(name for name in os.listdir(layout.at(node_layout.IMAGES)) if not name.startswith("."))
    except OSError:
        return found
    for name in names:
        path = os.path.join(layout.at(node_layout.IMAGES), name)
        if os.path.isfile(path):
            known = noted.get(name) or {}
            found[name] = known.get("sha256") if known.get("mark") == mark(path) else node_files.sha256(path)
    return found


def mark(path: str) -> list[int]:
    """What changes with a file's content, as long as nobody hides it: size and time in nanoseconds."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def staged(layout: Layout) -> dict[str, dict[str, str]]:
    """Versions that are unpacked beside the running one: the release's files that they came from, with their digests."""
    found = {}
    try:
        versions = sorted(os.listdir(layout.own(STAGED)))
    except OSError:
        return found
    for version in versions:
        manifest = node_files.record(layout.own(STAGED, version, "manifest.json"))
        if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict):
            found[version] = manifest["files"]
    return found
