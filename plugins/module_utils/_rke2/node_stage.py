# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release on a node, ready to be activated: its tarball unpacked beside what runs, its images where RKE2 imports them. Nothing that runs is touched.

Images may come long before an upgrade: RKE2 imports archives that are put there while it runs (https://docs.rke2.io/add-ons/import-images).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tarfile
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_files, node_layout, node_started, node_system
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

MANIFEST = "manifest.json"
# RKE2 keeps in it what it has imported; without it, it imports all archives at every start (https://docs.rke2.io/install/airgap).
CACHE = ".cache.json"
FOLDERS = ("bin/", "lib/systemd/system/", "share/rke2/")
TREE = "tree"


def is_tarball(name: str) -> bool:
    """Is it the file with RKE2's programs? The others are archives of images."""
    return any(name == node_layout.tarball(arch) for arch in node_layout.ARCHITECTURES.values())


def missing(layout: Layout, version: str, artifacts: t.Mapping[str, str]) -> list[str]:
    """Files of a release that aren't on the node yet with the digest that is wanted. ``artifacts``: name -> sha256."""
    staged, images = node_facts.staged(layout).get(version, {}), node_facts.images(layout)
    return [name for name, digest in sorted(artifacts.items()) if (staged if is_tarball(name) else images).get(name) != digest]


def need_space(layout: Layout, sizes: t.Mapping[str, int]) -> None:
    """Raises Refused where files don't fit: unpacked, a tarball takes up to four times its size. ``sizes``: name -> bytes."""
    wanted = sum(size * (5 if is_tarball(name) else 1) for name, size in sizes.items())
    free = node_system.space(layout, node_layout.OWN)["free"]
    if wanted > free:
        raise Refused("", [f"{', '.join(sorted(sizes))} need {wanted >> 20} MiB below {os.path.dirname(node_layout.OWN)}, where {free >> 20} MiB are free; "
                           "make room there, or give it a file system of its own, and run again"])


def put(layout: Layout, version: str, name: str, digest: str, source: str) -> None:
    """Verify a file that has come to the node and put it where it belongs; ``source`` is gone then. Raises Refused where it is another file."""
    found = node_files.sha256(source)
    if found != digest:
        raise Refused("", [f"{name}: has sha256 {found}, the lock says {digest}; nothing of it was used. Remove it from the controller's cache and run again"])
    try:
        if is_tarball(name):
            _unpack(layout, version, name, digest, source)
        else:
            _image(layout, name, digest, source)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Refused("", [f"{name}: the disk is full; make room below {os.path.dirname(node_layout.OWN)} and run again, it goes on from there"]) from error
        raise


def forget(layout: Layout, keep: t.Collection[str]) -> list[str]:
    """Remove versions that are staged and no longer needed, and what a killed run has left; which ones."""
    folder = layout.own(node_facts.STAGED)
    gone = [name for name in sorted(os.listdir(folder)) if name not in keep] if os.path.isdir(folder) else []
    for name in gone:
        node_files.remove(os.path.join(folder, name))
    return gone


def manifest(layout: Layout, version: str) -> dict[str, t.Any] | None:
    """What is staged of a version: files (name -> sha256), members (path below the prefix -> sha256, mode). None: nothing."""
    found = node_files.record(layout.own(node_facts.STAGED, version, MANIFEST))
    return found if isinstance(found, dict) and "members" in found else None


def member(layout: Layout, version: str, path: str) -> str:
    """Where a staged file lies."""
    return layout.own(node_facts.STAGED, version, TREE, path)


def _unpack(layout: Layout, version: str, name: str, digest: str, source: str) -> None:
    """The manifest is written last and the folder renamed then, so that a version is staged whole or not at all."""
    final, making = layout.own(node_facts.STAGED, version), layout.own(node_facts.STAGED, f".{version}")
    node_files.remove(making)
    node_files.folder(os.path.join(making, TREE), 0o755)
    members = {}
    with tarfile.open(source) as archive:
        for entry in archive:
            path = os.path.normpath(entry.name)
            if entry.isdir():
                continue
            if not entry.isfile() or path.startswith(("/", "..")) or not path.startswith(FOLDERS):
                raise Refused("", [f"{name}: holds {entry.name}, which a release of RKE2 doesn't; nothing of it was used"])
            content = archive.extractfile(entry)
            target = os.path.join(making, TREE, path)
            node_files.folder(os.path.dirname(target))
            permissions = 0o755 if entry.mode & 0o111 else 0o644
            with open(target, "wb") as handle:
                shutil.copyfileobj(content, handle, node_files.BLOCK)
                os.fchmod(handle.fileno(), permissions)
            members[path] = {"sha256": node_files.sha256(target), "mode": permissions}
    says = node_started.version(os.path.join(making, TREE, "bin/rke2")) if "bin/rke2" in members else None
    if says != version:
        raise Refused("", [f"{name}: its program says that it is {says or 'nothing of RKE2'}, wanted is {version}; correct the lock"])
    node_files.write(os.path.join(making, MANIFEST), json.dumps({"version": version, "files": {name: digest}, "members": members}, indent=1) + "\n", 0o644)
    node_files.remove(final)
    os.rename(making, final)
    os.unlink(source)


def _image(layout: Layout, name: str, digest: str, source: str) -> None:
    folder = layout.at(node_layout.IMAGES)
    node_files.folder(folder)
    target = os.path.join(folder, name)
    try:
        os.chmod(source, 0o644)
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        node_files.copy(source, target, 0o644)
        os.unlink(source)
    noted = node_files.record(layout.own(node_facts.IMAGES)) or {}
    noted[name] = {"sha256": digest, "mark": node_facts.mark(target)}
    node_files.write(layout.own(node_facts.IMAGES), json.dumps(noted, indent=1) + "\n", 0o644)
    cache = os.path.join(folder, CACHE)
    if not os.path.exists(cache):
        node_files.write(cache, "", 0o644)
