# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup: the plan of a site, from the catalogue and the platform_* variables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: catalog
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The plan of a site, from the catalogue and the inventory
version_added: 0.1.0
description:
  - Reads every component of the catalogue (C(catalog/<name>/component.yml)), checks all of them, applies what the site says,
    and returns the components that this site has, complete and in order.
  - The site speaks through C(platform_*) variables, which are templated here. They are checked as well.
  - All faults are reported at once, each with file, line and advice. Nothing is changed by this lookup, and no system is asked.
  - The same input gives the same plan, whatever the machine.
  - C(platform_name), name of the site, V(platform) unless set.
  - C(platform_domain), DNS domain of the web pages; it must be set.
  - C(platform_tier), V(1), the whole stack, unless set; V(2) on a given cluster; V(3) the application only.
  - C(platform_profile), V(aws), V(onprem) (unless set), V(azure) or V(gcp).
  - C(platform_components), changes by component name, C(enabled), C(values) (Helm values), or any field of component.yml that says how it is run.
  - C(platform_choices), the provider of each role that several components could fill.
  - C(platform_external), components that the site already has; their procedures still run.
  - C(platform_endpoints), C(url) and C(ca_file) of systems by component name.
  - C(platform_registry), host of the registry that images are pulled from.
  - C(platform_delivery), V(helm) unless set, or V(argocd).
options:
  _terms:
    description: Names of the components that are wanted in the plan. All when there is none. What they need is still checked.
    type: list
    elements: str
  paths:
    description:
      - Further catalogue folders of the site, each with C(<name>/component.yml) in it.
      - Their runbooks lie in C(docs/runbooks) beside the folder, or in C(runbooks) of the component's own folder.
    type: list
    elements: path
    default: []
    vars:
      - name: platform_catalogs
  kubernetes_version:
    description: Version of the cluster, compared with what each component runs on. Not compared when it isn't known.
    type: str
    vars:
      - name: rke2_version
requirements:
  - jsonschema >= 4.17 (on the controller)
"""

EXAMPLES = r"""
- name: Show the order in which components are installed
  ansible.builtin.debug:
    msg: "{{ lookup('unifiedmeta.platform.catalog').order }}"

- name: Derive the desired state of Vault
  ansible.builtin.set_fact:
    vault_desired: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.vault_spec }}"
"""

RETURN = r"""
_raw:
  description: One plan.
  type: list
  elements: dict
  contains:
    platform:
      description: The site's own values, with defaults.
      type: dict
    order:
      description: Names of the components in the order of installation.
      type: list
      elements: str
    waves:
      description: Names of the components by wave.
      type: dict
    components:
      description: Every component, complete, with its merged Helm values.
      type: dict
    choices:
      description: Each role and the component that fills it.
      type: dict
"""

import ansible.template
from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import merge as _merge
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as _plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import site as _site
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.faults import CatalogError, did_you_mean


def native(templar):
    """A templar whose results keep their type. ansible-core before 2.19 makes text of «{{ 3 + 4 }}» unless it is told otherwise."""
    if hasattr(ansible.template, "trust_as_template"):
        return templar
    return templar.copy_with_new_env(environment_class=ansible.template.AnsibleNativeEnvironment)


# The last question and its answer.
_KNOWN = []


def _built(*question):
    """The plan, made once for the same input: a variable with this lookup in it is evaluated whenever it is named, and a task is a process of
    its own. The asker gets a copy."""
    given, paths, version = asked = _merge.plain(question)
    if _KNOWN[:1] != [asked]:
        _KNOWN[:] = [asked, _plan.build(given, paths, kubernetes_version=version)]
    return _merge.plain(_KNOWN[1])


class LookupModule(LookupBase):
    """Thin: variables in, plan out."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        have, templar = variables or {}, native(self._templar)
        given = {key: templar.template(have[f"platform_{key}"]) for key in _site.VARIABLES if f"platform_{key}" in have}
        # Of further names only the spelling is looked at.
        given.update({key.removeprefix("platform_"): None for key in have if key.startswith("platform_") and key.removeprefix("platform_") not in given})
        # Options that come from variables arrive as they were written, templates and all.
        version = templar.template(self.get_option("kubernetes_version")) or ""
        paths = templar.template(self.get_option("paths")) or []
        try:
            plan = _built(given, [str(path) for path in paths], str(version))
        except (CatalogError, ImportError) as error:
            raise AnsibleError(str(error)) from error
        return [self._only(plan, terms)]

    @staticmethod
    def _only(plan, terms):
        """The part of a plan that was asked for."""
        for name in terms:
            if name not in plan["components"]:
                raise AnsibleError(f"lookup catalog: this site has no component '{name}'; {did_you_mean(name, plan['components'])}".rstrip("; "))
        if not terms:
            return plan
        waves = {wave: [name for name in names if name in terms] for wave, names in plan["waves"].items()}
        return {
            **plan,
            "order": [name for name in plan["order"] if name in terms],
            "waves": {wave: names for wave, names in waves.items() if names},
            "components": {name: value for name, value in plan["components"].items() if name in terms},
        }
