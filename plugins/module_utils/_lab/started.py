# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance from its options to servers that run: the order of the steps."""
from __future__ import annotations

import os

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import assemble, cluster, node, nodehost
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.database import create, exists, programs
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Instance, Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress


def external(options: Options, plan: Plan, check: bool) -> File:
    """Makes sure that the cluster which isn't built here is there; returns its kubeconfig."""
    place, recipes = options.layout.path("kubeconfig"), options.recipes()
    made, text = cluster.external(options.kubernetes, assemble.cluster_name(options), place, assemble.kubectl(options, recipes), check)
    if made:
        plan.add(f"{options.kubernetes} cluster {assemble.cluster_name(options)}", "create", "missing")
    return File(place, text or "", secret=True)


def started(options: Options, progress: Progress, check: bool, patient: bool = True) -> Plan:
    """Plans, and unless ``check`` carries out, everything that a running instance needs. patient: wait for the slow programs as well."""
    plan = Plan()
    instance = assemble.instance(options, progress)
    if options.kubernetes != "build":
        instance.logins.append(external(options, plan, check))
    instance.prepare(plan, check)
    if "postgres" in options.servers and not exists(options.layout):
        plan.add("PostgreSQL cluster", "create", "missing")
        if not check:
            create(options.layout, programs(options.layout))
    if options.real:
        ground(options, plan, check)
    instance.converge(plan, check)
    instance.finish(plan, check)
    if options.real:
        populate(options, instance, plan, check)
    if not check:
        instance.settle(patient)
    return plan


def populate(options: Options, instance: Instance, plan: Plan, check: bool) -> None:
    """Gives a real node its images and waits until it is ready."""
    if check:
        images = [] if os.path.exists(options.layout.path("node", "containerd")) else [node.PAUSE, node.OPENBAO]
    else:
        images = nodehost.load_images(options.layout, assemble.folders(options, options.recipes()))
        instance.cluster.wait_node(node.NAME)
    for name in images:
        plan.add(f"image {name}", "create", "missing")


def ground(options: Options, plan: Plan, check: bool) -> None:
    """Makes the network namespace and the cgroups that a real node lives in."""
    if not nodehost.network_exists(options.layout):
        plan.add(f"network namespace {node.namespace(options.layout)}", "create", "missing")
        if not check:
            nodehost.make_network(options.layout)
    if nodehost.cgroups_missing(options.layout):
        plan.add(f"cgroups {node.namespace(options.layout)}", "create", "missing")
    if not check:
        nodehost.make_cgroups(options.layout)
