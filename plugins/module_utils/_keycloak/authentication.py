# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The section ``authentication`` of a realm: flows, their bindings, required actions."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import bindings, flows, names, overrides, required_actions
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_guard as guard
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

Job = t.Callable[[], None]
KINDS = (required_actions.KIND, flows.KIND, bindings.KIND)
_PARTS = {"flows": flows.parse, "bindings": bindings.parse, "required_actions": required_actions.parse}


def _parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    if not isinstance(content, dict):
        desired.faults.append(f"{where}: must be a map with any of {', '.join(_PARTS)}")
        return
    desired.faults += [f"{where}: unknown key {key}{suggestion(key, _PARTS)}" for key in content if key not in _PARTS]
    for name, parse in _PARTS.items():
        if content.get(name) is not None or name == "bindings":
            parse(desired, realm, content.get(name), f"{where}.{name}")


SECTIONS = {"authentication": _parse}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[Job]:
    bound = f"flow_bindings:{realm}" in desired.items
    if bound or overrides.declared(desired, realm):
        yield lambda: flows.read_list(keycloak, realm)
    if bound:
        keycloak.world.put(f"flow_bindings:{realm}", keycloak.world.raw.get(f"realm:{realm}", {}))
        yield lambda: required_actions.read(keycloak, realm)


def _second(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[Job]:
    """The steps of declared flows, and of those that are bound: whether somebody could log in depends on required actions too."""
    if f"flow_bindings:{realm}" not in desired.items:
        return
    settings = keycloak.world.raw.get(f"realm:{realm}", {})
    wanted = {names.split(item.name)[-1] for item in desired.of("flow") if item.parent == realm}
    wanted |= set(desired.items[f"flow_bindings:{realm}"].fields.values())
    wanted |= {(settings.get(guard.BINDINGS[name][0]) or "").replace(trees.NEXT, "") for name in ("browser", "direct_grant")}
    for alias in sorted(wanted):
        stored = keycloak.world.raw.get(f"flow:{names.join(realm, alias)}")
        if stored and not stored.get("builtIn"):
            yield lambda alias=alias: flows.read_steps(keycloak, realm, alias)


ROUNDS = (_first, _second)


def asks(desired: Desired, world: World) -> bool:
    """Is an authenticator or a required action declared that nothing on the server has yet?"""
    known = {step.get("providerId") for key, answer in world.raw.items() if key.startswith("flow:") for step in answer.get("rows") or ()}
    known |= {step.get("authenticator") for key, answer in world.raw.items() if key.startswith("flow:") for step in answer["authenticationExecutions"]}
    return (any(name not in known for item in desired.of("flow") for _shelf, name, _where in item.extra["providers"])
            or any(item.key not in world.raw for item in desired.of("required_action")))
