# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_plan: the plan is made and shown on the controller, in check mode and in the run alike."""

from __future__ import annotations

import json
import os
import tempfile
import typing as t

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import plan, preflight, removal
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain

display = Display()
SPEC: dict[str, t.Any] = {
    "desired": {"type": "dict", "required": True},
    "facts": {"type": "dict", "required": True},
    # Fingerprints only, but told as secrets are.
    "secrets_fingerprints": {"type": "dict", "default": {}, "no_log": False},
    "limit": {"type": "list", "elements": "str"},
    "remove": {"type": "list", "elements": "str", "default": []},
    "dest": {"type": "path"},
    "against": {"type": "path"},
    "preflight_ignore": {"type": "list", "elements": "str", "default": []},
}
RETURNED = ("cluster", "steps", "groups", "nodes", "refusals", "snapshot", "fingerprint", "summary")  # `warnings` would be Ansible's own


class ActionModule(ActionBase):
    """Runs on the controller alone and asks nobody. Refusals are printed here, a line each, since a failed task's message is one line on some callbacks."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        _result, given = self.validate_argument_spec(SPEC)
        args = {name: plain(value) for name, value in given.items()}
        made = self._plan(args)
        refused = len(made["refusals"])
        for line in made["summary"]:
            display.display(line, color=constants.COLOR_ERROR if refused else None)
        if args["dest"]:
            _write(args["dest"], made)
        if refused:
            # A failed task shows all that it returns: what has been told is not told again.
            return {
                **result,
                "failed": True,
                "refusals": made["refusals"],
                "groups": made["groups"],
                "fingerprint": made["fingerprint"],
                "msg": f"{'One reason' if refused == 1 else f'{refused} reasons'} to do nothing, told above and in `refusals`.",
            }
        return {**result, "changed": False, "notes": made["warnings"], **{name: made[name] for name in RETURNED}}

    def _plan(self, args: dict[str, t.Any]) -> dict[str, t.Any]:
        def checks(desired: dict[str, t.Any], facts: dict[str, t.Any]) -> dict[str, list[str]]:
            return preflight.check(desired, facts, ignore=args["preflight_ignore"])

        missing = sorted({"version", "cluster", "nodes", "artifacts", "settings"} - set(args["desired"]))
        if missing:
            raise AnsibleError(f"rke2_plan: desired has no {', '.join(missing)}; give it what the filter rke2_spec returns")
        if args["remove"]:
            return removal.plan(args["desired"], args["facts"], args["remove"], fingerprints=args["secrets_fingerprints"])
        return plan.plan(
            args["desired"],
            args["facts"],
            fingerprints=args["secrets_fingerprints"],
            limit=args["limit"],
            preflight=checks,
            against=_read(args["against"]) if args["against"] else None,
        )


def _read(path: str) -> dict[str, t.Any]:
    """A plan of before; what is no plan is refused by the planner, as a plan without basis."""
    try:
        with open(path, encoding="utf-8") as handle:
            found = json.load(handle)
    except (OSError, ValueError) as error:
        raise AnsibleError(f"rke2_plan: the plan file {path} can't be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _write(path: str, made: dict[str, t.Any]) -> None:
    """The plan as a file, whole or not at all, for its owner."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".rke2-plan-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": 1, **made}, file, indent=1, sort_keys=True)
            file.write("\n")
        os.replace(name, path)
    except OSError as error:
        raise AnsibleError(f"rke2_plan: the plan can't be written to {path}: {error}") from error
