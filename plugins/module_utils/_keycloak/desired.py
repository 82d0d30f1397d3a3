# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ``config`` option into objects: one pass, every fault collected. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.parts import SECTIONS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.realm import realm_item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, named
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion


def parse(config: dict[str, t.Any]) -> Desired:
    """Desired objects; what is wrong with them is in ``.faults``, everything at once."""
    desired = Desired()
    desired.faults += [f"config: unknown key {key}{suggestion(key, ('realms',)) or '; it takes realms'}" for key in config if key != "realms"]
    realms = config.get("realms") or {}
    if not isinstance(realms, dict):
        desired.faults.append("config.realms: must be a map of names")
        realms = {}
    for realm, given, where in named(desired, realms, "config.realms", names.realm_rule):
        content = given if isinstance(given, dict) else {}
        if not isinstance(given, (dict, type(None))):
            desired.faults.append(f"{where}: must be a map with any of {', '.join(sorted(SECTIONS))}")
        realm_item(desired, realm, content.get("settings"), f"{where}.settings")
        for section, value in content.items():
            if section not in SECTIONS:
                belongs = "; it belongs to settings" if section in (*tables.REALM, "smtpServer") else suggestion(section, SECTIONS)
                desired.faults.append(f"{where}: unknown key {section}{belongs}")
            elif value is not None:
                SECTIONS[section](desired, realm, value, f"{where}.{section}")
    desired.check_references()
    return desired
