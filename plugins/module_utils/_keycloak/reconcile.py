# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of keycloak_config: validate, read, plan, refuse or apply, note down."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _reconcile, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reading
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.parts import KEPT, KINDS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Options, Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore


def declared(options: dict[str, t.Any]) -> Desired:
    """The desired state of a module's parameters, with its faults."""
    desired = parse(options["config"])
    desired.faults += _reconcile.scope_faults(options["scope"])
    return desired


def refuse(desired: Desired, more: t.Callable[[], list[str]] = list) -> None:
    """Raises Refused where the declaration is wrong in itself; ``more()``: what else is wrong."""
    if desired.faults:
        raise _plan.Refused("The configuration is wrong; nothing was done", desired.faults + more())


class Reconciler:
    """One run. ``options``: the module's parameters. ``store``: ledger, references and fingerprints, in Vault."""

    def __init__(self, keycloak: Keycloak, store: VaultStore, options: dict[str, t.Any]):
        self.keycloak, self.store, self.options = keycloak, store, options

    def run(self, desired: Desired, check: bool) -> dict[str, t.Any]:
        """The module's result. Raises Refused (Failed with the outcomes), ApiError and the others of EXPECTED."""
        refuse(desired, lambda: self._more_faults(desired))
        ledger = self.store.ledger("keycloak", self.options["scope"], self.options["site"])
        prints = self.store.prints(make=False) if _write_only(desired) else None
        with self.store.ahead(_references(desired)):
            reading.read(self.keycloak, desired, ledger)
        world = self.keycloak.world
        planner = Planner(KINDS, desired, world, ledger, self.store.values(), prints, Options(self.options["adopt"], self.options["prune"]))
        planner.planned.faults += missing_references(desired, world)
        planned = planner.plan()
        if self.options["prune"] == "owned":
            planned.warnings += [text for kept in KEPT for text in kept(desired, world)]
        _reconcile.refuse(planned, self.options["max_deletes"])
        if planned.changes and not check:
            apply = _reconcile.Apply(self.keycloak, KINDS, desired, world, ledger, self.store.resolver, prints)
            _reconcile.carry_out(planned.changes, apply, self.keycloak.http.map, lambda: self.store.prints(make=True))
        return _plan.result(planned.changes, self.keycloak.http.stats.as_dict(), self.store.warnings + planned.warnings,
                            plan_file=self.options.get("plan_file"), name=f"keycloak_config-{self.options['scope']}")

    def _more_faults(self, desired: Desired) -> list[str]:
        """References that lead nowhere, told together with what is wrong in itself, where the server can be asked."""
        try:
            reading.read(self.keycloak, desired, Ledger(None, "keycloak", self.options["scope"]))
            return missing_references(desired, self.keycloak.world)
        except (ApiError, ValueError, KeyError):
            return []


def _references(desired: Desired) -> list[_secrets.Reference]:
    """The secrets that the plan will ask for."""
    return [reference for item in desired.items.values() for value in item.fields.values() if _secrets.holds_reference(value)
            for reference in _secrets.references(value)]


def _write_only(desired: Desired) -> bool:
    """Is a field declared that Keycloak never shows?"""
    return any(name in KINDS[item.kind].write_only for item in desired.items.values() for name in item.fields)
