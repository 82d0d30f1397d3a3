# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An authentication flow as a tree: the declared one, the one that Keycloak answers with, and the names of its parts. Pure.

One form for both, a list of steps in the order of the run::

    {"authenticator": "auth-otp-form", "requirement": "REQUIRED", "config": {…}}
    {"flow": "second factor", "requirement": "REQUIRED", "provider": "form-flow", "authenticator": …, "description": …, "executions": […]}

What is empty or the default is left out. Names of subflows and of authenticators' settings are unique in a realm, so ours are derived:
``<flow> <subflow>``. A flow that is being built beside another has the mark NEXT in its name and in theirs.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED

Tree = list[dict[str, t.Any]]
# How a new flow is called until it has taken the place of the old one.
NEXT = " ~next"
# The settings that hold the name of a subflow, by authenticator.
_FLOW_NAMES = {"conditional-sub-flow-executed": "flow_to_check"}


def texts(config: dict) -> dict[str, str]:
    """Settings as Keycloak keeps them: texts, empty ones left out."""
    made = {str(key): str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items() if value is not None}
    return {key: value for key, value in sorted(made.items()) if value != ""}


def is_condition(step: dict) -> bool:
    """Does it only decide whether its subflow is run? All of Keycloak's own are called conditional-…; ``auth-conditional-otp-form`` is a form."""
    return "flow" not in step and "condition" in step["authenticator"] and not step["authenticator"].startswith("auth-")


# --- names -----------------------------------------------------------------------------------------------------------------------
def part(alias: str, name: str) -> str:
    """How a subflow is called in the realm."""
    return f"{alias} {name}"


def bare(alias: str, name: str) -> str:
    """The name of a subflow inside its flow, whether that is built, in the midst of a swap, or made by hand."""
    for prefix in (f"{alias}{NEXT} ", f"{alias} "):
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def sent(step: dict, alias: str, names: t.Collection[str], config: dict[str, str]) -> dict[str, str]:
    """The settings of a step as they are written for the flow ``alias``: subflows (``names``) under their names in the realm."""
    key = _FLOW_NAMES.get(step["authenticator"])
    return {**config, key: part(alias, config[key])} if key in config and config[key] in names else dict(config)


def subflows(tree: Tree) -> list[str]:
    """The names of all subflows, inside the flow."""
    return [name for step in tree if "flow" in step for name in (step["flow"], *subflows(step["executions"]))]


def walk(tree: Tree) -> t.Iterator[dict[str, t.Any]]:
    """Every step and subflow in the order in which Keycloak lists them."""
    for step in tree:
        yield step
        yield from walk(step.get("executions", ()))


# --- secrets in settings ---------------------------------------------------------------------------------------------------------
def split(tree: Tree, path: str = "") -> tuple[Tree, dict[str, str]]:
    """The tree with MASK in place of references, and these by place: ``{"2.0#secret.key": "vault:…"}``. Keycloak never shows such a setting,
    so it is a write-only field of its own."""
    shown: Tree = []
    secrets: dict[str, str] = {}
    for number, step in enumerate(tree):
        place, made = f"{path}{number}", dict(step)
        if "executions" in step:
            made["executions"], below = split(step["executions"], f"{place}.")
            secrets.update(below)
        hidden = {key: value for key, value in step.get("config", {}).items() if _secrets.is_reference(value)}
        if hidden:
            made["config"] = {**step["config"], **dict.fromkeys(hidden, _secrets.MASK)}
            secrets.update({f"{place}#{key}": value for key, value in hidden.items()})
        shown.append(made)
    return shown, secrets


def joined(tree: Tree, secrets: dict[str, str], path: str = "") -> Tree:
    """The opposite of :func:`split`."""
    made: Tree = []
    for number, step in enumerate(tree):
        place, full = f"{path}{number}", dict(step)
        if "executions" in step:
            full["executions"] = joined(step["executions"], secrets, f"{place}.")
        if "config" in step:
            full["config"] = {key: secrets.get(f"{place}#{key}", value) for key, value in step["config"].items()}
        made.append(full)
    return made


# --- the server's answer ---------------------------------------------------------------------------------------------------------
def view(alias: str, rows: t.Sequence[dict], configs: t.Mapping[str, dict]) -> Tree:
    """``GET flows/{alias}/executions`` (flat, with levels) and the settings by id in the one form."""
    root: Tree = []
    open_lists = [root]
    for row in rows:
        del open_lists[row["level"] + 1:]
        step: dict[str, t.Any]
        if row.get("authenticationFlow"):
            step = {"flow": bare(alias, row["displayName"]), "requirement": row["requirement"]}
            # The subflow's own type isn't shown: only a form has an authenticator, only a basic flow can be CONDITIONAL.
            if row.get("providerId"):
                step.update(authenticator=row["providerId"], provider="form-flow")
            elif "CONDITIONAL" not in row.get("requirementChoices", ("CONDITIONAL",)):
                step["provider"] = "client-flow"
            if row.get("description"):
                step["description"] = row["description"]
            step["executions"] = []
        else:
            step = {"authenticator": row["providerId"], "requirement": row["requirement"]}
            config = _shown(alias, step["authenticator"], configs.get(row.get("authenticationConfig", ""), {}))
            if config:
                step["config"] = config
        open_lists[row["level"]].append(step)
        if "executions" in step:
            open_lists.append(step["executions"])
    return root


def _shown(alias: str, authenticator: str, answer: dict) -> dict[str, str]:
    """Keycloak masks a secret setting, and any that the authenticator doesn't know."""
    config = texts(answer.get("config") or {})
    key = _FLOW_NAMES.get(authenticator)
    if key in config:
        config[key] = bare(alias, config[key])
    return {name: _secrets.MASK if value == MASKED else value for name, value in config.items()}


def veiled(actual: Tree, declared: Tree) -> Tree:
    """The server's tree with the mask wherever the declared one has it: no secret is compared, or shown, by way of a server that tells it."""
    made: Tree = []
    for number, step in enumerate(actual):
        other, shown = declared[number] if number < len(declared) else {}, dict(step)
        if "executions" in step:
            shown["executions"] = veiled(step["executions"], other.get("executions", []))
        if "config" in step:
            hidden = {key for key, value in other.get("config", {}).items() if value == _secrets.MASK}
            shown["config"] = {key: _secrets.MASK if key in hidden else value for key, value in step["config"].items()}
        made.append(shown)
    return made
