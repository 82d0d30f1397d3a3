# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared steps of an authentication flow in the one form of module ``flows_tree``, and everything that is wrong with them. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_tree import NEXT, Tree, is_condition, texts
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

REQUIREMENTS = ("REQUIRED", "ALTERNATIVE", "CONDITIONAL", "DISABLED")
PROVIDERS = ("basic-flow", "form-flow", "client-flow")
# ReservedCharValidator of Keycloak 26 (services).
_RESERVED = re.compile(r"[:/?#@!$&()*+,;=\[\]\\]")
_KEYS = ("authenticator", "flow", "requirement", "config", "executions", "provider", "description")


def name_fault(name: t.Any, what: str = "a flow") -> str:
    """Why a flow or subflow, or ``what``, can't be called that; empty where it can."""
    if not isinstance(name, str) or not name or name != name.strip():
        return "must be a text without spaces at its ends"
    found = _RESERVED.search(name)
    if found:
        return f"«{name}» holds {found[0]}, which Keycloak refuses in the name of {what}"
    if NEXT.strip() in name:
        return f"«{name}» holds {NEXT.strip()}, the mark of a flow that is being built; leave it out"
    # Keycloak's column holds 255; the longest of ours is «<flow> ~next <subflow>».
    return f"«{name[:20]}…» is longer than 100 characters" if len(name) > 100 else ""


def parse(value: t.Any, where: str, faults: list[str]) -> Tree:
    """``executions`` of a declared flow in the one form; what is wrong is added to ``faults``."""
    return _parse(value, where, faults, {})


def _parse(value: t.Any, where: str, faults: list[str], names: dict[str, str]) -> Tree:
    if not isinstance(value, list) or not value:
        faults.append(f"{where}: must be a list of steps, each with authenticator or flow, and requirement")
        return []
    tree: Tree = []
    for number, given in enumerate(value):
        place = f"{where}[{number}]"
        if not isinstance(given, dict) or ("authenticator" in given and "flow" not in given) == ("flow" in given):
            faults.append(f"{place}: must be a map with authenticator (a step) or flow (a subflow with steps of its own)")
            continue
        faults += [f"{place}: unknown key {key}{suggestion(key, _KEYS)}" for key in given if key not in _KEYS]
        tree.append(_subflow(given, place, faults, names) if "flow" in given else _step(given, place, faults))
    _ignored(tree, where, faults)
    return tree


def _requirement(given: dict, words: tuple[str, ...], where: str, faults: list[str]) -> str:
    word = str(given.get("requirement", "")).upper()
    if word not in words:
        told = f"not {given['requirement']}{suggestion(word, words)}" if "requirement" in given else "it is missing"
        faults.append(f"{where}.requirement: must be one of {', '.join(words)}; {told}")
    return word


def _step(given: dict, where: str, faults: list[str]) -> dict[str, t.Any]:
    step = {"authenticator": str(given["authenticator"]), "requirement": _requirement(given, ("REQUIRED", "ALTERNATIVE", "DISABLED"), where, faults)}
    faults += [f"{where}.{key}: only a subflow has it; give flow with its name" for key in ("executions", "provider", "description") if key in given]
    config = given.get("config") or {}
    if not isinstance(config, dict) or any(isinstance(item, (dict, list)) for item in config.values()):
        faults.append(f"{where}.config: must be a map of texts")
    elif config:
        faults += hidden.in_clear(config, f"{where}.config")
        step["config"] = texts(config)
    return step


def _subflow(given: dict, where: str, faults: list[str], names: dict[str, str]) -> dict[str, t.Any]:
    name = given["flow"]
    wrong = name_fault(name)
    if wrong:
        faults.append(f"{where}.flow: {wrong}")
    elif name in names:
        faults.append(f"{where}.flow: «{name}» is the name of the subflow at {names[name]} already; choose another")
    names[str(name)] = where
    if given.get("config"):
        faults.append(f"{where}.config: a subflow has none; give it to one of its steps")
    made: dict[str, t.Any] = {"flow": str(name)}
    provider = given.get("provider", "basic-flow")
    if provider not in PROVIDERS:
        faults.append(f"{where}.provider: must be one of {', '.join(PROVIDERS)}, not {provider}{suggestion(provider, PROVIDERS)}")
    form = provider == "form-flow"
    if form != ("authenticator" in given):
        faults.append(f"{where}.authenticator: {'is missing; a form-flow needs one, such as registration-page-form' if form else 'only a form-flow has one'}")
    made["requirement"] = _requirement(given, ("REQUIRED", "DISABLED") if form else REQUIREMENTS, where, faults)
    made.update({key: str(given[key]) for key in ("authenticator", "description") if given.get(key)})
    if provider != "basic-flow":
        made["provider"] = provider
    made["executions"] = _parse(given.get("executions"), f"{where}.executions", faults, names)
    return made


def _ignored(tree: Tree, where: str, faults: list[str]) -> None:
    """Keycloak runs no ALTERNATIVE beside a REQUIRED or CONDITIONAL one, and says so only in its log."""
    steps = [step for step in tree if not is_condition(step)]
    if {"REQUIRED", "CONDITIONAL"} & {step["requirement"] for step in steps}:
        for step in steps:
            if step["requirement"] == "ALTERNATIVE":
                name = step.get("flow") or step["authenticator"]
                faults.append(f"{where}: {name} is ALTERNATIVE beside a REQUIRED or CONDITIONAL step, so Keycloak would never run it; "
                              "put the alternatives into a subflow of their own")
