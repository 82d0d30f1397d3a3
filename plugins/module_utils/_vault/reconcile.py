# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of vault_config: validate, read, plan, refuse or apply, note down."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _reconcile, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger_store import MOUNT, LedgerStore, fingerprints
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import upgrade
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import world as worlds
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.references import missing_references


class Reconciler:
    """One run. ``options``: the module's parameters. ``readers``: of secrets that aren't Vault's, by scheme. ``register``: called with every secret
    that is read. ``own_policies``: the policies of the token that a login made, as far as it told."""

    def __init__(self, vault: Vault, options: dict[str, t.Any], register: t.Callable[[str], t.Any] = lambda value: None,
                 readers: dict[str, t.Callable[[str], dict | None]] | None = None, own_policies: t.Callable[[], t.Collection[str]] = tuple):
        self.vault, self.options, self.own_policies = vault, options, own_policies
        self.resolver = _secrets.Resolver({**(readers or {}), "vault": self._read_secret}, register)
        self.desired, self.world = Desired(), worlds.World()
        # Keys of secrets that are still to be turned.
        self.rotate = tuple(options["rotate"])
        # True while our own policy is too old to see everything.
        self.blind = False
        # True in check mode of a Vault that an earlier task initialises.
        self.empty = False

    def run(self, check: bool) -> dict[str, t.Any]:
        """The module's result. Raises Refused (Failed with the outcomes), Unforeseeable (in check mode), ApiError and the others of EXPECTED."""
        desired = self.desired = parse(self.options["config"])
        desired.faults += _reconcile.scope_faults(self.options["scope"])
        if desired.faults:
            raise _plan.Refused("The configuration is wrong; nothing was done", desired.faults + self._more_faults())
        self.empty = self.vault.is_empty(check)
        store = LedgerStore(self.vault)
        ledger = Ledger(None if self.empty else store, "vault", self.options["scope"], self.options["site"] or "")
        prints, early, warnings = None, upgrade.Early(), []
        if self.empty and "policy" not in desired.sections:
            # A second pass: an earlier one makes the policies that this one names.
            self.world.policies = None
        if not self.empty:
            self.world = worlds.base(self.vault, desired)
            store.mounted = MOUNT in self.world.mounts
            if store.mounted:
                ledger.load()
                prints = fingerprints(store, make=False) if self._write_only() else None
            early = upgrade.fill(self.vault, desired, ledger, self.world, self._own_policies, self.options["adopt"])
            self.blind, warnings = bool(early.policies), early.warnings()
        planned = self._plan(desired, ledger, prints, check)
        if early.policies and not check:
            warnings = [upgrade.update(self.vault, early)]
            self.blind, self.world = False, worlds.World(self.world.mounts, self.world.auths, self.world.policies, self.world.audits)
            worlds.fill(self.vault, desired, ledger, self.world)
            planned = self._plan(desired, ledger, prints, check)
        if planned.changes and not check:
            apply = _reconcile.Apply(self.vault, worlds.KINDS, desired, self.world, ledger, self.resolver, prints)
            _reconcile.carry_out(planned.changes, apply, self.vault.http.map, lambda: fingerprints(store, make=True),
                                 lambda made: self._look_again(ledger, store, made))
        return _plan.result(planned.changes, self.vault.http.stats.as_dict(), warnings + planned.warnings, plan_file=self.options.get("plan_file"),
                            name=f"vault_config-{self.options['scope']}")

    def _plan(self, desired: Desired, ledger: Ledger, prints: _secrets.Fingerprints | None, check: bool) -> _plan.Planned:
        """Raises Refused where the plan may not be carried out."""
        values = _reconcile.values(self.resolver, self._born, self._unforeseen(check))
        planned = planner.plan(desired, self.world, ledger, values, prints, planner.Options(
            self.options["adopt"], self.options["prune"], self.rotate))
        _reconcile.refuse(planned, self.options["max_deletes"])
        return planned

    def _look_again(self, ledger: Ledger, store: LedgerStore, made: t.Sequence[_plan.Change]) -> tuple[list[_plan.Change], _reconcile.Apply]:
        """Another run is making the same objects: what is there by now, and what is left to do. ``made``: by us; a secret is turned once a run."""
        turned = {change.name for change in made if change.kind == "secret" and change.action == "rotate"}
        self.rotate = tuple(name for name in self.rotate if name.rpartition("#")[0] not in turned)
        self.world = worlds.base(self.vault, self.desired)
        worlds.fill(self.vault, self.desired, ledger, self.world)
        prints = fingerprints(store, make=False) if self._write_only() else None
        planned = self._plan(self.desired, ledger, prints, False)
        return planned.changes, _reconcile.Apply(self.vault, worlds.KINDS, self.desired, self.world, ledger, self.resolver, prints)

    def _write_only(self) -> bool:
        """Is a field declared that Vault never shows?"""
        return any(name in worlds.KINDS[item.kind].write_only for item in self.desired.items.values() for name in item.fields)

    def _more_faults(self) -> list[str]:
        """References that lead nowhere, told together with what is wrong in itself, where the server can be asked."""
        try:
            return missing_references(self.desired, worlds.base(self.vault, self.desired))
        except (ApiError, ValueError):
            return []

    def _own_policies(self) -> t.Collection[str]:
        """Asked only after a refusal; a login has told already."""
        return self.own_policies() or (self.vault.read("auth/token/lookup-self", "our token") or {}).get("policies") or ()

    # --- secrets -----------------------------------------------------------------------------------------------------------------
    def _born(self, reference: _secrets.Reference) -> bool:
        """Does this run make it, or turn it?"""
        item = self.desired.items.get(f"secret:{reference.path}") if reference.scheme == "vault" else None
        if item is None or reference.key not in item.extra["keys"]:
            return False
        seed = self.world.seeds.get(reference.path)
        born = seed is None or not seed.version or (not seed.deleted and reference.key not in (seed.keys or []))
        return born or f"{reference.path}#{reference.key}" in self.rotate

    def _unforeseen(self, check: bool) -> t.Callable[[_secrets.Reference, Exception], bool]:
        """In check mode a secret of Kubernetes, or of a Vault that is still empty, may be made by an earlier task. What our own policy is too old for
        is read later."""
        def unforeseen(reference: _secrets.Reference, error: Exception) -> bool:
            return (check and (reference.scheme == "kubernetes" or self.empty)) or (self.blind and isinstance(error, ApiError) and error.status == 403)
        return unforeseen

    def _read_secret(self, path: str) -> dict | None:
        if self.empty:
            return None
        mount = self.world.kv_mount(path, self.desired) or path.split("/", maxsplit=1)[0]
        return self.vault.secret(mount, path[len(mount) + 1:])[0]
