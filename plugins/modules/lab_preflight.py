#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: lab_preflight
short_description: Tell everything that keeps the lab from running on this machine
version_added: 0.1.0
description:
  - Looks at the machine, its disk, its ports, the interpreter and the lab's settings before anything is touched.
  - All faults are told in one go, each in a sentence that says what to do.
extends_documentation_fragment:
  - unifiedmeta.platform.lab
requirements:
  - Linux
attributes:
  check_mode:
    support: full
    description: Nothing is ever changed.
  diff_mode:
    support: none
    description: Nothing is ever changed.
"""

EXAMPLES = r"""
- name: Look for everything that keeps the lab from running
  unifiedmeta.platform.lab_preflight:
    name: local
    state_dir: /var/lib/unifiedmeta-lab/local
    port_base: 18000
    cache: "{{ ansible_env.HOME }}/.cache/unifiedmeta-lab"
    files: "{{ role_path }}/files"
"""

RETURN = r"""
lacking:
  description: What has to be fetched or built.
  returned: success
  type: list
  elements: str
  sample: ["openbao 2.7.2", "kubernetes 1.35.4"]
packages:
  description: Debian packages that have to be installed.
  returned: success
  type: list
  elements: str
  sample: ["postgresql"]
"""

import shutil

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import ARGUMENTS, Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.debian import missing
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.obtain import absent
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.preflight import check, tools


def main() -> None:
    """Runs the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = Options.of(module.params)
    try:
        lacking = absent(options.recipes(), options.cache)
        faults = check(options.layout, options.cache.root, options.kubernetes, options.ports(), lacking)
        faults += options.cache.faults()
        faults += tools(("ip", "nsenter", "unshare")) if options.real else []
    except LabError as error:
        faults = error.faults
    if faults:
        module.fail_json(msg="The lab can't run here yet:\n" + "\n".join(f"- {fault}" for fault in faults))
    packages = missing(options.packages()) if shutil.which("dpkg-query") else options.packages()
    module.exit_json(changed=False, lacking=[f"{recipe.name} {recipe.version}" for recipe in lacking], packages=packages)


if __name__ == "__main__":
    main()
