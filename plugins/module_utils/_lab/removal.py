# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends an instance: its processes, and with ``remove`` its directory."""
from __future__ import annotations

import os
import shutil

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import cluster, nodehost, processes
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options, cluster_name, supervisor
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import MANIFEST, Cache, used
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import MARKER, LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import size

KEPT = ("bin", "debian")  # folders of the cache that hold no manifest


def end(options: Options, check: bool, remove: bool) -> Plan:
    """Stops the instance's processes, in order where its supervisor lives; removes its directory. Raises LabError when that isn't the lab's."""
    plan, layout = Plan(), options.layout
    there = os.path.isdir(layout.state)
    if remove and there and os.listdir(layout.state) and not os.path.exists(layout.path(MARKER)):
        raise LabError(
            f"{layout.state} holds no file «{MARKER}», so the lab did not make it and will not remove it: check lab_state_dir (LAB_STATE), "
            "or remove the directory yourself."
        )
    running = processes.members(layout.state)
    if running:
        plan.add("supervisord and its servers", "stop", f"{len(running)} processes")
        if not check:
            daemon = supervisor(options, options.recipes())
            if daemon.alive():
                if options.real:
                    nodehost.end_pods(layout, daemon)
                daemon.shutdown()
                processes.wait_gone(layout.state, 60)
            processes.end(layout.state)
            left = processes.members(layout.state)
            if left:
                raise LabError(f"These processes of {layout.state} did not end: {left}. End them and run again.")
    left = nodehost.leftovers(layout) if options.real else []
    if left:
        plan.add(f"the node's {', '.join(left)}", "remove", "nothing runs in them any more")
        if not check:
            nodehost.remove_cgroups(layout)
            nodehost.remove_network(layout)
    if remove and options.kubernetes in ("kind", "k3d") and not check and cluster.delete(options.kubernetes, cluster_name(options), layout.path("kubeconfig")):
        plan.add(f"{options.kubernetes} cluster {cluster_name(options)}", "remove", "it is no longer wanted")
    if remove and there:
        plan.add(layout.state, "remove", "it is no longer wanted")
        if not check:
            _remove(layout.state)
    return plan


def clear(cache: Cache, plan: Plan, check: bool) -> None:
    """Removes what the lab put into its cache, and the directory itself when nothing else is in it."""
    names = os.listdir(cache.root) if os.path.isdir(cache.root) else []
    ours = [name for name in names if name in KEPT or name.endswith(".lock") or os.path.exists(cache.path(name, MANIFEST))]
    if not ours:
        return
    plan.add(cache.root, "remove", f"{size(used(cache.root))} of programs that were fetched and built")
    if check:
        return
    for name in ours:
        if os.path.isdir(cache.path(name)):
            shutil.rmtree(cache.path(name))
        else:
            os.unlink(cache.path(name))
    if not os.listdir(cache.root):
        os.rmdir(cache.root)


def _remove(folder: str) -> None:
    """Removes the directory, its marker last: a run that is killed here is picked up by the next."""
    for name in sorted(os.listdir(folder), key=lambda entry: entry == MARKER):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    os.rmdir(folder)
